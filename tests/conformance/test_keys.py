"""Keys: BIP-39, BIP-32, BIP-44, RFC 6979, and the ways in and out of being provisioned."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_utils.crypto import keccak
from mnemonic import Mnemonic

from tests.conformance import answers, rfc6979, rlp, structures
from tests.conformance.answers import named
from tests.conformance.conftest import Make
from tests.conformance.kit import ACCOUNT_KEY, EXPORT, Kit, trade
from tests.conformance.oracles.accounts import account
from tests.conformance.owner import CHAIN, MARKET
from tests.conformance.transactions import LEGACY, Tx
from tests.conformance.wire import Code, Command, Gone, Role

VECTORS = json.loads((Path(__file__).parent / "vectors" / "accounts.json").read_text("ascii"))
OFFICIAL = [row for row in VECTORS if row["group"] == "official"]
GOOD = "legal winner thank year wave sausage worth useful legal winner thank yellow"
POWER_W = 3600


def named_by(row: dict[str, str]) -> str:
    return f"{row['group']}-{row['mnemonic'].split()[0]}-{len(row['mnemonic'].split())}"


@pytest.mark.parametrize("row", VECTORS, ids=named_by)
def test_restored_accounts(blank: Kit, row: dict[str, str]) -> None:
    found = blank.ask(Command.RESTORE, row["mnemonic"], row["passphrase"], POWER_W)
    restored = named(answers.Restored, found)
    assert "0x" + restored.account.hex() == row["account"]
    info = blank.info()
    assert (info.provisioned, info.account, info.meter) == (True, *restored)


def test_the_restored_key_signs(blank: Kit) -> None:
    row = OFFICIAL[17]
    blank.account, blank.meter = named(
        answers.Restored,
        blank.ask(Command.RESTORE, row["mnemonic"], row["passphrase"], POWER_W),
    )
    blank.claim()
    blank.set_policy()
    for tx in (Tx(nonce=3), Tx(nonce=4, kind=LEGACY)):
        assert blank.sign(tx) == tx.signed_by(bytes.fromhex(row["key"]))


@pytest.mark.parametrize("words", [12, 15, 18, 21, 24])
def test_new_keys(blank: Kit, words: int) -> None:
    """The words are BIP-39's, of their length, and lead to the account that was answered."""
    found = blank.ask(Command.PROVISION, words, "pass phrase", POWER_W)
    made = named(answers.Provisioned, found)
    assert len(made.mnemonic.split(" ")) == words
    assert Mnemonic("english").check(made.mnemonic)
    assert account(made.mnemonic, "pass phrase")[1] == "0x" + made.account.hex()
    assert not blank.info().provisioned and blank.info().account == b""
    blank.ask(Command.CONFIRM, made.account)
    blank.restart()
    info = blank.info()
    assert (info.provisioned, info.account, info.meter) == (True, made.account, made.meter)
    assert blank.ask(Command.CONFIRM, made.account) == []  # said twice


def test_unconfirmed_keys_do_not_count(blank: Kit) -> None:
    first = named(answers.Provisioned, blank.ask(Command.PROVISION, 12, "", POWER_W))
    assert blank.refused(Command.CONFIRM, b"\1" * 20) is Code.ACCOUNT
    assert blank.refused(Command.SIGN_TRANSACTION, Tx().raw()) is Code.NOT_PROVISIONED
    second = named(answers.Provisioned, blank.ask(Command.PROVISION, 12, "", POWER_W))
    assert len({*first[1:], *second[1:]}) == 4
    assert blank.refused(Command.CONFIRM, first.account) is Code.ACCOUNT
    blank.restart()
    assert blank.ask(Command.CONFIRM, second.account) == []
    assert blank.refused(Command.PROVISION, 12, "", POWER_W) is Code.ALREADY_PROVISIONED
    assert blank.refused(Command.RESTORE, GOOD, "", POWER_W) is Code.ALREADY_PROVISIONED
    assert blank.refused(Command.RESTORE_KEY, b"\1" * 32, POWER_W) is Code.ALREADY_PROVISIONED


def test_words_that_are_no_mnemonic(blank: Kit) -> None:
    words = GOOD.split()
    for wrong in (
        "",
        " ".join(words[:11]),
        " ".join([*words, "legal"]),
        " ".join([*words[1:], words[0]]),
        " ".join([*words[:11], "yell"]),
        " ".join([*words[:11], "zoo"]),
        GOOD.upper(),
        GOOD + " ",
        " " + GOOD,
        GOOD.replace(" ", "  ", 1),
        GOOD.replace(" ", "\t", 1),
        " ".join(word[:4] for word in words),
        "abandon " * 2 + "able",
        "あいこくしん " * 11 + "あおぞら",
        "\0" * 12,
    ):
        assert blank.refused(Command.RESTORE, wrong, "", POWER_W) is Code.MNEMONIC, wrong
    assert not blank.info().provisioned


@pytest.mark.parametrize("key", [1, 2, 1 << 248, structures.ORDER // 2, structures.ORDER - 1])
def test_restored_from_a_key(make: Make, key: int) -> None:
    kit, secret = make(), key.to_bytes(32, "big")
    kit.restore_key(secret)
    assert kit.account == structures.address(PrivateKey(secret).public_key)
    assert "0x" + kit.account.hex() == str(Account.from_key(secret).address).lower()


def test_numbers_that_are_no_key(blank: Kit) -> None:
    for key in (0, structures.ORDER, structures.ORDER + 1, 2**256 - 1):
        found = blank.refused(Command.RESTORE_KEY, key.to_bytes(32, "big"), POWER_W)
        assert found is Code.ACCOUNT
    assert not blank.info().provisioned


def test_nothing_works_without_keys(blank: Kit) -> None:
    for command, fields in (
        (Command.SIGN_TRANSACTION, [Tx().raw()]),
        (Command.OPEN_TRADE, trade(1)),
        (Command.COUNT, [1, 0, 0]),
        (Command.SIGN_READING, [b"\1" * 32, False, 1, 0, 0]),
        (Command.ATTEST, [b"\1" * 32]),
        (Command.SIGN_LINK, [False, b"\1" * 32, b"\2" * 32, b"\3" * 32, b"\4" * 32]),
        (Command.LINK_REQUEST, []),
        (Command.SET_POLICY, [1, b"\0" * 32, b"\xc0", b"\1" * 64]),
    ):
        assert blank.refused(command, *fields) is Code.NOT_PROVISIONED, command


# Key, message, k, r, s as the community's list of secp256k1 with SHA-256 has them (low s).
KNOWN = [
    (
        1,
        b"Satoshi Nakamoto",
        "8F8A276C19F4149656B280621E358CCE24F5F52542772691EE69063B74F15D15",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
    ),
    (
        1,
        b"All those moments will be lost in time, like tears in rain. Time to die...",
        "38AA22D72376B4DBC472E06C3BA403EE0A394DA63FC58D88686C611ABA98D6B3",
        "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
        "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
    ),
    (
        rfc6979.N - 1,
        b"Satoshi Nakamoto",
        "33A19B60E25FB6F4435AF53A3D42D493644827367E6453928554F43E49AA6F90",
        "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
        "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
    ),
]


@pytest.mark.parametrize(("key", "message", "k", "r", "s"), KNOWN)
def test_the_oracle_knows_the_vectors(key: int, message: bytes, k: str, r: str, s: str) -> None:
    digest = sha256(message).digest()
    assert rfc6979.nonce(key, digest) == int(k, 16)
    assert rfc6979.sign(key.to_bytes(32, "big"), digest)[1:] == (int(r, 16), int(s, 16))


@pytest.mark.parametrize("key", [1, rfc6979.N - 1, int.from_bytes(ACCOUNT_KEY, "big")])
def test_signatures_are_those_of_rfc_6979(make: Make, key: int) -> None:
    kit, secret = make(), key.to_bytes(32, "big")
    kit.restore_key(secret)
    kit.claim()
    kit.set_policy()
    for nonce in range(12):
        tx = Tx(nonce=nonce)
        fields = rlp.decode(kit.sign(tx)[1:])
        assert isinstance(fields, list)
        found = [rlp.uint(field) for field in fields[9:]]
        assert tuple(found) == rfc6979.sign(secret, keccak(tx.raw()))


def test_the_same_payload_has_the_same_bytes_for_ever(kit: Kit) -> None:
    tx = Tx(nonce=kit.nonce())
    first = kit.sign(tx)
    ready = kit.open(trade(1))
    kit.restart()
    assert kit.sign(tx) == first == tx.signed_by(ACCOUNT_KEY)
    assert kit.open(trade(1)) == ready


def test_the_meter_key_is_another_and_signs_readings(kit: Kit) -> None:
    ready = kit.open(trade(1, EXPORT))
    hashed = structures.digest(CHAIN, MARKET, "Ready", ready.trade, ready.meter, 0, b"\5" * 32)
    assert structures.signer(hashed, ready.signature) == kit.meter != kit.account


def test_a_lost_answer_leaves_no_device_stuck(blank: Kit) -> None:
    """The client dies while its words are made: provision again."""
    client = blank.home.client(Role.ADMIN)
    client.send(rlp.encode([3, Command.PROVISION, 1, [12, "", POWER_W]]))
    client.close()
    made = named(answers.Provisioned, blank.insist(lambda: blank.ask(Command.PROVISION, 12, "", 1)))
    assert blank.ask(Command.CONFIRM, made.account) == []


def test_killed_while_keys_are_made(blank: Kit) -> None:
    for _ in range(5):
        client = blank.home.client(Role.ADMIN)
        client.send(rlp.encode([3, Command.PROVISION, 1, [12, "", POWER_W]]))
        blank.restart()
        with pytest.raises(Gone):
            client.receive()
        assert not blank.info().provisioned
    made = named(answers.Provisioned, blank.ask(Command.PROVISION, 24, "", POWER_W))
    assert blank.ask(Command.CONFIRM, made.account) == []
    assert blank.info().account == made.account
