"""A backup: only the owner opens it, and it holds the account and nothing of the meter."""

from pathlib import Path

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from secure_world import backup
from secure_world.derivation import account_key
from secure_world.keys import address_of
from secure_world.protocol import (
    Backup,
    BackupInvalid,
    RlpInvalid,
    encode_rlp,
    open_backup,
)
from tests.secure_world import owner
from tests.secure_world.process import Secured, refusal
from tests.secure_world.rig import ACCOUNT_KEY, METER_KEY

OTHER = PrivateKey(b"\x77" * 32)
MADE = backup.seal(ACCOUNT_KEY, owner.PUBLIC_KEY)


def test_an_account_moves_to_another_device_and_the_meter_does_not(tmp_path: Path) -> None:
    with Secured(tmp_path / "old") as old, Secured(tmp_path / "new") as new:
        (tmp_path / "old").mkdir()
        (tmp_path / "new").mkdir()
        assert old.start()
        assert new.start()
        made = old.admin.provision(12, "a passphrase", 1000)
        owner.take(old.admin)
        sealed = old.admin.backup(owner.PIN)
        opened = open_backup(sealed, owner.KEY.secret)
        assert opened == account_key(made.mnemonic, "a passphrase")
        restored = new.admin.restore_key(opened, 500)
        assert restored.account == made.account == sealed.account
        assert restored.meter != made.meter
        info = new.admin.info()
        assert (info.provisioned, info.rated_power_w) == (True, 500)
        assert (info.owner, info.policy_version) == (None, 0)  # claimed and ruled anew
        assert refusal(lambda: new.admin.restore_key(opened, 500)) == "ALREADY-PROVISIONED"


def test_it_leaves_only_with_the_pin_and_with_a_line_in_the_log(secured: Secured) -> None:
    assert refusal(lambda: secured.admin.backup(owner.PIN)) == "NOT-PROVISIONED"
    secured.admin.provision(12, "", 1000)
    assert refusal(lambda: secured.admin.backup(owner.PIN)) == "NOT-CLAIMED"
    secured.admin.claim(owner.PUBLIC_KEY, owner.PIN)
    assert refusal(lambda: secured.admin.backup("314159")) == "PIN-WRONG"
    count = secured.admin.info().audit_count
    secured.admin.backup(owner.PIN)
    assert [one.event for one in secured.admin.audit(count + 1).entries] == ["BACKUP"]


def test_a_locked_device_is_backed_up_too(secured: Secured) -> None:
    secured.admin.provision(12, "", 1000)
    secured.admin.claim(owner.PUBLIC_KEY, owner.PIN)
    secured.admin.lock()
    assert secured.admin.backup(owner.PIN).owner == owner.OWNER


def test_a_replaced_owner_gets_no_backup_and_the_new_one_does_once_he_has_signed(
    secured: Secured,
) -> None:
    secured.admin.provision(12, "", 1000)
    other = address_of(OTHER.public_key)
    state = owner.take(secured.admin, owner.law(owner=other))
    assert refusal(lambda: secured.admin.backup(owner.PIN)) == "OWNER-KEY"
    meter = secured.admin.info().meter
    assert meter is not None
    law = owner.law(owner=other)
    second = owner.signed(meter, law, 2, state.digest, OTHER)
    secured.admin.set_policy(second.version, second.previous, second.rules, second.signature)
    sealed = secured.admin.backup(owner.PIN)
    assert sealed.owner == other
    assert len(open_backup(sealed, OTHER.secret)) == 32


def test_two_backups_of_one_key_have_nothing_in_common() -> None:
    again = backup.seal(ACCOUNT_KEY, owner.PUBLIC_KEY)
    assert (again.account, again.owner) == (MADE.account, MADE.owner)
    assert again.sealed != MADE.sealed
    assert open_backup(again, owner.KEY.secret) == ACCOUNT_KEY


def test_a_backup_holds_no_key_in_the_open() -> None:
    data = encode_rlp(MADE.to_rlp())
    for key in (ACCOUNT_KEY, METER_KEY, owner.KEY.secret):
        assert key not in data


def test_another_owners_key_opens_nothing() -> None:
    with pytest.raises(BackupInvalid, match=f"expected that of 0x{owner.OWNER.hex()}"):
        open_backup(MADE, OTHER.secret)
    relabelled = Backup(MADE.account, address_of(OTHER.public_key), MADE.sealed)
    with pytest.raises(BackupInvalid, match="was changed"):
        open_backup(relabelled, OTHER.secret)


@given(st.integers(0, backup.SEALED_BYTES - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(at: int, change: int) -> None:
    sealed = bytearray(MADE.sealed)
    sealed[at] ^= change
    with pytest.raises(BackupInvalid, match="was changed"):
        open_backup(Backup(MADE.account, MADE.owner, bytes(sealed)), owner.KEY.secret)


@given(st.binary(max_size=200))
def test_no_bytes_end_it_in_another_way(sealed: bytes) -> None:
    with pytest.raises((BackupInvalid, RlpInvalid)):
        open_backup(Backup(MADE.account, MADE.owner, sealed), owner.KEY.secret)


def test_the_account_cannot_be_relabelled() -> None:
    with pytest.raises(BackupInvalid, match="was changed"):
        open_backup(Backup(b"\x01" * 20, MADE.owner, MADE.sealed), owner.KEY.secret)
