"""Transactions: what is signed equals eth_account's and Kaia's bytes; all else has its code."""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance import answers, ledger, requests, rlp
from tests.conformance.kit import ACCOUNT_KEY, OWNER, Kit
from tests.conformance.owner import CHAIN, ETHER, FEES, MARKET, NATIVE, Allowance, Call, Rules
from tests.conformance.rlp import Item
from tests.conformance.transactions import DYNAMIC_FEE, LEGACY, SELECTOR, Tx, call
from tests.conformance.wire import MAX_TRANSACTION, Code, Command, Refused

KAIA = json.loads((Path(__file__).parent / "vectors" / "kaia.json").read_text("ascii"))["vectors"]
MOST = 2**256 - 1
WIDE = Rules(
    owner=OWNER.address,
    calls=[Call(MARKET, SELECTOR, max_value=MOST, max_words=255)],
    allowances=[Allowance(NATIVE, MOST, MOST), Allowance(FEES, MOST, MOST)],
    max_fee_wei=MOST,
)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def kit(shared: Kit) -> Kit:
    """One whose policy allows what a number can say."""
    shared.set_policy(WIDE)
    return shared


transactions = st.builds(
    Tx,
    kind=st.sampled_from([LEGACY, DYNAMIC_FEE]),
    gas=st.integers(0, 2**40),
    value=st.integers(0, 2**90),
    data=st.binary(max_size=64).map(lambda data: SELECTOR + data[: len(data) // 32 * 32]),
)


@quick
@given(transactions, st.integers(0, 2**60), st.integers(0, 2**60))
def test_bytes_are_eth_accounts(kit: Kit, tx: Tx, one: int, other: int) -> None:
    tx = tx.but(nonce=kit.nonce(), tip=min(one, other), max_fee=max(one, other))
    kit.home.pass_s(3600)  # the allowances are full again
    signed = kit.sign(tx)
    assert signed == tx.signed_by(ACCOUNT_KEY)
    assert Account.recover_transaction(signed).lower() == "0x" + kit.account.hex()


@pytest.mark.parametrize("kind", [LEGACY, DYNAMIC_FEE])
@pytest.mark.parametrize("nonce", [2**63 - 1, 2**63, 2**64 - 2])
def test_the_largest_nonces(kit: Kit, kind: int, nonce: int) -> None:
    tx = Tx(kind=kind, nonce=nonce - kind)  # one nonce each
    assert kit.sign(tx) == tx.signed_by(ACCOUNT_KEY)


def test_the_largest_transaction_and_one_byte_more(kit: Kit) -> None:
    full = Tx(nonce=kit.nonce(), data=call(SELECTOR, *[7] * 254))
    raw = full.raw()
    assert MAX_TRANSACTION - 32 < len(raw) <= MAX_TRANSACTION
    assert kit.refused_tx(raw + b"\0" * (MAX_TRANSACTION - len(raw))) is Code.TX_MALFORMED
    assert kit.refused_tx(raw + b"\0" * (MAX_TRANSACTION + 1 - len(raw))) is Code.TOO_LARGE
    assert kit.sign(full) == full.signed_by(ACCOUNT_KEY)


def test_eip_155s_own_example(kit: Kit) -> None:
    """Read by the standard; but a plain transfer has no function that a policy could allow."""
    example = bytes.fromhex(
        "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080"
    )
    price = 20 * 10**9
    to, tx = b"\x35" * 20, Tx(nonce=9, kind=LEGACY, chain_id=1, max_fee=price, gas=21000)
    tx = tx.but(to=to, value=ETHER, data=b"")
    assert tx.raw() == example
    assert tx.signed_by(ACCOUNT_KEY).hex() == (
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
        "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
        "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    )
    assert kit.refused_tx(example) is Code.POLICY_CHAIN
    there = Rules(
        owner=OWNER.address,
        chain_id=1,
        calls=[Call(to, SELECTOR, max_value=ETHER)],
        allowances=WIDE.allowances,
    )
    kit.set_policy(there)
    assert kit.refused_tx(example) is Code.POLICY_SELECTOR
    named = tx.but(data=SELECTOR)  # the same with four bytes of data
    assert kit.sign(named) == named.signed_by(ACCOUNT_KEY)
    kit.set_policy(WIDE)


@pytest.mark.parametrize("first", [b"", *[bytes([n]) for n in (0, 1, 3, 4, 0x20, 0x7F, 0x80)]])
def test_types_that_are_not_signed(kit: Kit, first: bytes) -> None:
    rest = Tx().raw()[1:] if first else b""
    assert kit.refused_tx(first + rest) is Code.TX_TYPE
    assert kit.refused_tx(first) is Code.TX_TYPE


def changed(kind: int, **at: Item) -> bytes:
    """An unsigned transaction with items put in by their number (`i4`) as they are."""
    items = rlp.item(Tx(kind=kind).items())
    assert isinstance(items, list)
    for name, value in at.items():
        items[int(name[1:])] = value
    return (b"\x02" if kind else b"") + rlp.encode(items)


ZERO = b"\0"
ILL_FORMED: list[tuple[str, bytes]] = [
    ("access list", changed(2, i8=[[b"\n" * 20, []]])),
    ("access list of one empty list", changed(2, i8=[[]])),
    ("access list as bytes", changed(2, i8=b"")),
    ("creates a contract", changed(2, i5=b"")),
    ("creates a contract, legacy", changed(0, i3=b"")),
    ("recipient of 19 bytes", changed(2, i5=b"\n" * 19)),
    ("recipient of 21 bytes", changed(0, i3=b"\n" * 21)),
    ("recipient of 32 bytes", changed(2, i5=MARKET.rjust(32, ZERO))),
    ("recipient as a list", changed(2, i5=[MARKET])),
    ("data as a list", changed(2, i7=[SELECTOR])),
    ("data as a list, legacy", changed(0, i5=[SELECTOR])),
    ("chain 0", changed(2, i0=b"")),
    ("chain 0, legacy", changed(0, i6=b"")),
    ("chain of 64 bits", changed(2, i0=b"\x80" + b"\0" * 7)),
    ("chain of 33 bytes", changed(0, i6=b"\1" * 33)),
    ("nonce 2^64 - 1", changed(2, i1=b"\xff" * 8)),
    ("nonce 2^64 - 1, legacy", changed(0, i0=b"\xff" * 8)),
    ("nonce 2^64", changed(2, i1=b"\1" + b"\0" * 8)),
    ("gas of nine bytes", changed(2, i4=b"\1" * 9)),
    ("value of 33 bytes", changed(2, i6=b"\1" * 33)),
    ("price of 33 bytes", changed(0, i1=b"\1" * 33)),
    ("tip above the most", changed(2, i2=b"\3")),
    ("signed already", changed(0, i7=b"\1" * 32, i8=b"\2" * 32)),
    ("not the last zero", changed(0, i8=b"\1")),
    ("zero as a zero byte", changed(0, i7=ZERO)),
    ("before EIP-155", rlp.encode(rlp.item(Tx(kind=0).items())[:6])),
    ("signed EIP-1559", b"\x02" + rlp.encode([*Tx().items(), 1, b"\1" * 32, b"\2" * 32])),
    ("one field more", b"\x02" + rlp.encode([*Tx().items(), b""])),
    ("one field less", b"\x02" + rlp.encode(Tx().items()[:8])),
    ("no fields", b"\x02\xc0"),
    ("no fields, legacy", b"\xc0"),
    ("a string", b"\x02" + rlp.encode(Tx().raw())),
    ("nothing behind the type", b"\x02"),
    ("trailing byte", Tx().raw() + ZERO),
    ("trailing byte, legacy", Tx(kind=0).raw() + ZERO),
    ("leading zero in the nonce", changed(2, i1=ZERO)),
    ("leading zero in the value", changed(0, i4=b"\0\1")),
    ("leading zero in the chain", changed(0, i6=b"\0\1")),
]


@pytest.mark.parametrize(("name", "raw"), ILL_FORMED)
def test_transactions_out_of_form(kit: Kit, name: str, raw: bytes) -> None:
    assert kit.refused_tx(raw) is Code.TX_MALFORMED, name


@pytest.mark.parametrize("kind", [LEGACY, DYNAMIC_FEE])
def test_every_flaw_at_every_place(kit: Kit, kind: int) -> None:
    tree, prefix = rlp.item(Tx(kind=kind).items()), b"\x02" if kind else b""
    codes = {Code.TX_MALFORMED, Code.TX_TYPE}
    other_call = {Code.POLICY_SIZE, Code.POLICY_SELECTOR}  # data may be any bytes
    for at in requests.places(tree):
        for flaw in requests.FLAWS:
            broken = prefix + requests.spoiled(tree, at, flaw)
            in_data = at == ((7,) if kind else (5,))
            if broken == prefix + rlp.encode(tree):
                continue
            found = kit.refused_tx(broken)
            assert found in codes or (in_data and found in other_call), (at, flaw.__name__)


@quick
@given(st.data())
def test_whatever_is_signed_was_canonical(kit: Kit, data: st.DataObject) -> None:
    """Bytes of a good transaction changed at random: refused, or signed as eth_account would."""
    kind = data.draw(st.sampled_from([LEGACY, DYNAMIC_FEE]))
    broken = bytearray(Tx(nonce=kit.nonce(), kind=kind).raw())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] = data.draw(st.integers(0, 255))
    code, signed = _try(kit, bytes(broken))
    assert code not in (Code.MALFORMED, Code.ROLE)
    if signed is not None:
        items = rlp.decode(bytes(broken[1:] if kind else broken))
        assert isinstance(items, list)
        assert Tx(kind=kind).but(**_fields(kind, items)).signed_by(ACCOUNT_KEY) == signed


def _try(kit: Kit, raw: bytes) -> tuple[Code, bytes | None]:
    try:
        return Code.OK, kit.sign(raw)
    except Refused as error:
        return error.code, None


def _fields(kind: int, items: list[Item]) -> dict[str, Any]:
    names = (
        "chain_id nonce tip max_fee gas to value data"
        if kind
        else "nonce max_fee gas to value data chain_id"
    ).split()
    found: dict[str, Any] = {}
    for name, field in zip(names, items, strict=False):
        found[name] = field if name in ("to", "data") else rlp.uint(field)
    return found


def kaia(vector: dict[str, Any]) -> tuple[bytes, bytes, Call, int]:
    """(unsigned, signed, a call that allows it, chain) of a vector."""
    fields = vector["fields"]
    data, to = bytes.fromhex(fields["data"][2:]), bytes.fromhex(fields["to"][2:])
    allowed = Call(to, data[:4].ljust(4, b"\0"), max_value=MOST, max_words=300)
    unsigned, signed = (bytes.fromhex(vector[name][2:]) for name in ("unsigned", "signed"))
    return unsigned, signed, allowed, fields["chainId"]


SIGNABLE = [v for v in KAIA if len(v["fields"]["data"]) % 64 == 10]  # a selector and whole words


@pytest.mark.parametrize("vector", SIGNABLE, ids=lambda v: f"{v['name']}-{v['type']:#x}")
def test_kaias_bytes(blank: Kit, vector: dict[str, Any]) -> None:
    unsigned, signed, allowed, chain = kaia(vector)
    blank.restore_key(bytes.fromhex(vector["key"][2:]))
    blank.claim()
    blank.set_policy(Rules(**{**WIDE.__dict__, "calls": [allowed], "chain_id": chain}))
    assert blank.sign(unsigned) == signed
    assert ledger.read(signed).signer == blank.account


def test_kaias_transactions_of_other_accounts(kit: Kit) -> None:
    """All vectors are read; and what names another account as its sender is not signed."""
    assert len(KAIA) > 50
    for vector in KAIA:
        assert kit.refused_tx(kaia(vector)[0]) is Code.TX_SENDER


def delegated(kit: Kit, kind: int = 0x31, **changes: Any) -> Tx:
    return Tx(nonce=kit.nonce(), kind=kind, sender=kit.account, max_fee=2, **changes)


@pytest.mark.parametrize("number", [0x30, 0x31])
def test_kaias_kinds_and_their_flaws(kit: Kit, number: int) -> None:
    tx = delegated(kit, number)
    items = rlp.item(tx.items())
    assert isinstance(items, list) and isinstance(items[0], bytes)
    inner = rlp.decode(items[0])
    for at in requests.places(inner):
        for flaw in requests.FLAWS:
            broken = requests.spoiled(inner, at, flaw)
            if broken == items[0]:
                continue
            found = kit.refused_tx(rlp.encode([broken, *items[1:]]))
            wanted = {Code.TX_MALFORMED, Code.TX_TYPE}
            wanted |= {Code.POLICY_SELECTOR, Code.POLICY_SIZE} if at == (7,) else set()
            assert found in wanted, (at, flaw.__name__)
    for wrong in (
        [inner, *items[1:]],
        [items[0], *items[1:3], b"\1"],
        [items[0], b"", *items[2:]],
        [items[0] + b"\0", *items[1:]],
    ):
        assert kit.refused_tx(rlp.encode(wrong)) is Code.TX_MALFORMED
    signed = ledger.read(kit.sign(tx))
    assert (signed.kind, signed.signer, signed.nonce) == (number, kit.account, tx.nonce)
    assert kit.refused_tx(tx.but(value=1)) is Code.NONCE_USED
    assert kit.refused_tx(tx.but(kind=LEGACY, max_fee=9)) is Code.NONCE_USED
    kit.sign(tx.but(max_fee=3))  # a fee bump


@pytest.mark.parametrize("number", [0, 1, 2, 0x08, 0x09, 0x0A, 0x20, 0x28, 0x32, 0x38, 0x7F])
def test_kaias_kinds_that_are_not_signed(kit: Kit, number: int) -> None:
    inner: rlp.Value = [number, 1, 2, 3, MARKET, 0, kit.account, SELECTOR]
    found = kit.refused_tx(rlp.encode([rlp.encode(inner), CHAIN, 0, 0]))
    assert found is Code.TX_TYPE


def test_who_pays_fees(kit: Kit) -> None:
    """Fee-delegated: another account does, so the allowance of fees is left alone."""
    kit.home.pass_s(3600)

    def left() -> int:
        return answers.policy(kit.ask(Command.GET_POLICY)).left[FEES]

    kit.set_policy(Rules(**{**WIDE.__dict__, "allowances": [Allowance(FEES, 10**6, 0)]}))
    assert left() == 10**6
    kit.sign(delegated(kit, 0x31, gas=10**5))
    assert left() == 10**6
    kit.sign(delegated(kit, 0x30, gas=10**5))
    assert left() == 10**6 - 2 * 10**5
    kit.set_policy(WIDE)
