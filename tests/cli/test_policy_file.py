"""policy.json on its way to the owner and back: what is read is what is signed."""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from normal_world.cli import (
    owner_keys,
    policy_changes,
    policy_file,
    policy_flow,
    policy_wishes,
    policy_words,
)
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.main import run
from normal_world.cli.policy_file import Proposal
from normal_world.cli.rules import rules_for
from secure_world.keys import recover
from secure_world.protocol import NO_POLICY, encode_rlp
from tests.cli.test_rules import BOOK, METER, wishes

RULES = encode_rlp(rules_for(wishes("seller", "buyer"), BOOK, METER).to_rlp())
NARROW = encode_rlp(rules_for(wishes("seller"), BOOK, METER).to_rlp())
PROPOSAL = Proposal(METER, 1, NO_POLICY, RULES)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.json"
    policy_file.write(path, PROPOSAL)
    return path


def test_it_comes_back_as_it_went(file: Path) -> None:
    assert policy_file.read(file) == PROPOSAL
    signed = PROPOSAL.signed(b"\1" * 64)
    policy_file.write(file, signed)
    assert policy_file.read(file) == signed


def test_any_wallet_can_sign_it(file: Path) -> None:
    """By the typed data in the file alone, as eth_signTypedData_v4 does."""
    account = Account.create()
    told = json.loads(file.read_text("utf-8"))["typed_data"]
    signature = account.sign_message(encode_typed_data(full_message=told)).signature
    compact = policy_file.signature_of("0x" + bytes(signature).hex())
    assert recover(PROPOSAL.digest, compact).hex() == account.address[2:].lower()
    low = bytes(signature[:64]) + bytes([signature[64] - 27])  # some say 0 and 1
    assert policy_file.signature_of(low.hex()) == compact
    assert policy_file.signature_of(compact.hex()) == compact


@pytest.mark.parametrize("text", ["", "0x12", "zz" * 65, "00" * 66, "00" * 64 + "05"])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(UsageInvalid, match="wallet"):
        policy_file.signature_of(text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rules", "0x" + NARROW.hex()),
        ("device", "0x" + "0f" * 20),
        ("version", 2),
        ("words", {"energy": "a little"}),
        ("previous", "0x12"),
        ("rules", 7),
        ("evlock_policy", 2),
        ("version", True),
    ],
)
def test_words_that_say_something_else_are_not_signed(file: Path, key: str, value: Any) -> None:
    found = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(found | {key: value}), "utf-8")
    with pytest.raises(UsageInvalid, match=r"policy\.json"):
        policy_file.read(file)


def test_typed_data_of_another_message_is_not_signed(file: Path) -> None:
    found = json.loads(file.read_text("utf-8"))
    found["typed_data"]["message"]["version"] = 9
    file.write_text(json.dumps(found), "utf-8")
    with pytest.raises(UsageInvalid, match="typed_data"):
        policy_file.read(file)


def test_the_words_are_there_before_the_key_is_opened(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner_keys.make(tmp_path / "owner", None)
    opened = owner_keys.opened

    def looked(*given: Any) -> Any:
        told = capsys.readouterr().err
        assert "0x" + METER.hex() in told
        assert "market: offer" in told
        return opened(*given)

    monkeypatch.setattr(owner_keys, "opened", looked)
    key = str(tmp_path / "owner")
    assert run(["secure-world", "policy", "sign", str(file), "--owner-key", key]) == 0
    assert policy_file.read(file).signature is not None


@pytest.mark.parametrize("passphrase", [None, "horse"])
def test_an_owners_key_opens_again_and_signs(tmp_path: Path, passphrase: str | None) -> None:
    path = tmp_path / "owner"
    key = owner_keys.make(path, passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    assert owner_keys.is_sealed(path) is (passphrase is not None)
    again = owner_keys.read(path, passphrase or "")
    address = owner_keys.address_of(owner_keys.public(again))
    signature = owner_keys.sign(again, PROPOSAL.digest)
    assert "0x" + recover(PROPOSAL.digest, signature).hex() == address
    assert again == key
    with pytest.raises(FileExistsError):
        owner_keys.make(path, passphrase)


def test_a_wrong_passphrase_and_a_file_that_is_no_key_are_told(tmp_path: Path) -> None:
    path, other = tmp_path / "owner", tmp_path / "other"
    owner_keys.make(path, "horse")
    with pytest.raises(UsageInvalid, match="passphrase expected"):
        owner_keys.read(path, "cow")
    for text in ("", "0x12", "{}", "00" * 32, "ff" * 32, "not hexadecimal"):
        other.write_text(text, "utf-8")
        with pytest.raises(UsageInvalid, match="private key or a keystore"):
            owner_keys.read(other, "")


def test_a_public_key_is_known_as_such(tmp_path: Path) -> None:
    key = owner_keys.make(tmp_path / "owner", None)
    public = owner_keys.public(key)
    (tmp_path / "public").write_text("0x" + public.hex() + "\n", "utf-8")
    for text in ("0x" + public.hex(), public.hex(), str(tmp_path / "owner")):
        assert owner_keys.public_given(text, "owner.key") == public
    assert owner_keys.public_given(str(tmp_path / "public"), "owner.key") == public
    assert owner_keys.is_private(str(tmp_path / "owner"))
    assert not owner_keys.is_private(str(tmp_path / "public"))
    for text in ("02" + "00" * 32, "05" + "11" * 32, "nowhere"):
        with pytest.raises(UsageInvalid, match=r"owner\.key"):
            owner_keys.public_given(text, "owner.key")


def test_marks_have_names() -> None:
    assert policy_wishes.mask(["case-opened", "debugger", "debugger"]) == 3
    with pytest.raises(UsageInvalid, match="case-opened, debugger"):
        policy_wishes.mask(["rain"])


def test_rules_that_move_to_a_new_meter_name_it_everywhere() -> None:
    """A device that is restored has a new meter: the old one's id would bar its own trades."""
    now = b"\x0e" * 20
    wanted = encode_rlp(rules_for(wishes("seller", "buyer"), BOOK, now).to_rlp())
    assert policy_flow.moved(RULES, METER, now) == wanted
    assert policy_flow.moved(RULES, b"\x0d" * 20, now) == RULES


def test_a_proposal_tells_what_it_changes() -> None:
    """What was not said falls back to its default: that must not happen unseen."""
    before = PROPOSAL.words()
    looser = rules_for(wishes("seller", max_trade_uwh=2_000), BOOK, METER)
    text = policy_changes.text(3, before, policy_words.words(looser, METER)).splitlines()
    assert text[0] == "against policy 3, in force now"
    assert "  - market: offer: amountUwh at most 1.000 mWh" in text
    assert "  + market: offer: amountUwh at most 2.000 mWh" in text
    assert "  - market: buy" in text
    assert not [line for line in text if "reprice" in line]
    assert policy_changes.text(3, before, before).splitlines()[1:] == ["  the same"]
