"""Keys at rest: for this device, for the code that is enrolled, for a passphrase; and destroyed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_world import rlp, sealing
from secure_world.commands import Role
from secure_world.device import Device
from secure_world.effects import EFFECTS, apply
from secure_world.errors import ErrorCode, SecureWorldRefused, StateUnreadable
from secure_world.parent import numbered
from secure_world.persons_effects import Unlocked
from secure_world.places import SECRET
from secure_world.seal_effects import Unsealed
from secure_world.store import StoreError
from secure_world.vault import Rewrapped
from tests.secure_world import owner
from tests.secure_world.process import Secured, refusal
from tests.secure_world.rig import ACCOUNT_KEY, METER_KEY, Rig, StandingClock
from tests.secure_world.version_2 import ACCOUNT, METER, state_of_version_2

PASSPHRASE = "Straße 7"
WORDS = ("p" * 512, "ö" * 256)


# RFC 5869, appendix A: test cases 3 (no salt, no info) and, for expand, 1.
def test_hkdf_is_rfc_5869() -> None:
    root = sealing.extract(b"\x0b" * 22)
    assert root.hex() == "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04"
    assert sealing.expand(root, b"", 42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )
    first = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    assert sealing.expand(first, bytes(range(0xF0, 0xFA)), 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


@given(st.binary(max_size=200), st.data())
def test_a_box_opens_only_as_it_was_closed(plain: bytes, data: st.DataObject) -> None:
    box = sealing.close_box(b"\1" * 32, plain, b"bound")
    assert sealing.open_box(b"\1" * 32, box, b"bound") == plain
    at = data.draw(st.integers(0, len(box) - 1))
    altered = box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :]
    for key, found, bound in (
        (b"\1" * 32, altered, b"bound"),
        (b"\1" * 32, box[:at], b"bound"),
        (b"\2" * 32, box, b"bound"),
        (b"\1" * 32, box, b"other"),
    ):
        with pytest.raises(sealing.BoxClosed):
            sealing.open_box(key, found, bound)


def test_a_slot_is_bound_to_device_passphrase_code_and_version() -> None:
    def root(secret: bytes, passphrase: str = "") -> bytes:
        extra = sealing.passphrase_key(passphrase, b"s" * 16) if passphrase else b""
        return sealing.root_key(secret, extra)

    right = root(b"\1" * 32, "p")
    wrapped = sealing.wrap(right, b"m" * 32, 7, b"k" * 32)
    assert sealing.unwrap(root(b"\1" * 32, "p"), b"m" * 32, 7, wrapped) == b"k" * 32
    for given_root, code, version in (
        (root(b"\2" * 32, "p"), b"m" * 32, 7),
        (root(b"\1" * 32), b"m" * 32, 7),
        (root(b"\1" * 32, "P"), b"m" * 32, 7),
        (right, b"n" * 32, 7),
        (right, b"m" * 32, 8),
    ):
        with pytest.raises(sealing.BoxClosed):
            sealing.unwrap(given_root, code, version, wrapped)


def test_a_passphrase_is_the_same_in_every_unicode_form() -> None:
    salt = b"s" * 16
    composed, apart = "caf\u00e9", "cafe\u0301"
    assert sealing.passphrase_key(composed, salt) == sealing.passphrase_key(apart, salt)


def test_no_key_lies_open_in_the_state_folder(rig: Rig) -> None:
    rig.restart()
    assert rig.device.keys.meter_key.secret == METER_KEY
    bundle = rig.device.keys
    for path in rig.folder.iterdir():
        data = path.read_bytes()
        for key in (ACCOUNT_KEY, METER_KEY, bundle.attestation_secret, bundle.link_secret):
            assert key not in data, path


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda secret: secret.unlink(), "missing"),
        (lambda secret: secret.write_bytes(b"short"), "5 bytes, expected 32"),
        (lambda secret: secret.write_bytes(b"x" * 32), "does not open the sealed keys"),
    ],
)
def test_the_secret_of_no_or_of_another_device(rig: Rig, spoil: object, told: str) -> None:
    rig.device.close()
    assert callable(spoil)
    spoil(rig.folder / SECRET)
    with pytest.raises(StateUnreadable, match=told):
        rig.device.__init__(rig.folder, rig.clock)  # type: ignore[misc]
    rig.device.store.close()


@pytest.mark.parametrize("column", ["sealed", "wrapped", "version"])
def test_altered_state_opens_nothing(rig: Rig, column: str) -> None:
    rig.device.close()
    with sqlite3.connect(rig.folder / "state.db") as db:
        table = "device" if column == "sealed" else "slot"
        old = db.execute(f"SELECT {column} FROM {table}").fetchone()[0]  # noqa: S608
        new = old + 1 if column == "version" else old[:-1] + bytes([old[-1] ^ 1])
        db.execute(f"UPDATE {table} SET {column} = ?", (new,))  # noqa: S608
    db.close()
    with pytest.raises(StateUnreadable, match="does not open the sealed keys"):
        rig.device.__init__(rig.folder, rig.clock)  # type: ignore[misc]
    rig.device.store.close()


def test_state_of_version_2_opens_and_gets_the_other_keys(tmp_path: Path) -> None:
    state_of_version_2(tmp_path / "state")
    with Secured(tmp_path) as secured:
        assert secured.start()
        first = secured.admin.info()
        assert (first.account, first.meter, first.provisioned) == (ACCOUNT, METER, True)
        assert (first.enrolled, first.sealed, first.policy_version) == (True, False, 0)
        assert None not in (first.attestation_key, first.link_key)
        assert secured.admin.attest(b"\1" * 32).meter == METER
        secured.kill()
        assert secured.start()
        again = secured.admin.info()
    assert (again.attestation_key, again.link_key) == (first.attestation_key, first.link_key)
    assert again.meter == METER


def test_state_of_version_2_with_another_secret_is_left_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state_of_version_2(state)
    secret = (state / SECRET).read_bytes()
    (state / SECRET).write_bytes(b"x" * 32)
    with Secured(tmp_path) as secured:
        assert not secured.start()
        assert secured.wait() == 2
        assert "STATE-UNREADABLE" in secured.log.read_text()
        (state / SECRET).write_bytes(secret)
        assert secured.start()
        assert secured.admin.info().meter == METER


def claimed(secured: Secured) -> None:
    """Keys, an owner, a PIN, a policy."""
    secured.admin.provision(12, "", 1_000_000)
    owner.take(secured.admin)


def test_a_passphrase_keeps_the_keys_sealed_over_a_start(secured: Secured) -> None:
    claimed(secured)
    before = secured.admin.info()
    assert refusal(lambda: secured.admin.set_passphrase("999999", PASSPHRASE)) == "PIN-WRONG"
    secured.admin.set_passphrase(owner.PIN, PASSPHRASE)
    secured.admin.attest(b"\1" * 32)  # they stay open until the end of this process
    secured.kill()

    assert secured.start()
    sealed = secured.node.info()
    assert (sealed.sealed, sealed.enrolled, sealed.provisioned) == (True, True, True)
    assert (sealed.account, sealed.meter) == (before.account, before.meter)
    for ask in (
        lambda: secured.admin.attest(b"\1" * 32),
        lambda: secured.node.sign_transaction(b"\xc0"),
        lambda: secured.admin.set_passphrase(owner.PIN, ""),
        lambda: secured.admin.enroll_manifest(1, 0, b"\1" * 32, b"\1" * 64),
    ):
        assert refusal(ask) in ("SEALED", "TX-MALFORMED", "MANIFEST-SIGNER")
    secured.meter.count(1, 0, 5)
    assert secured.meter.info().export_uwh == before.export_uwh + 5, "counting goes on"

    assert refusal(lambda: secured.admin.unseal("Strasse 7")) == "PASSPHRASE"
    secured.admin.unseal(PASSPHRASE)
    secured.admin.unseal("whatever")  # open already
    assert not secured.admin.info().sealed
    assert secured.admin.attest(b"\1" * 32).meter == before.meter
    secured.admin.set_passphrase(owner.PIN, "")
    secured.kill()
    assert secured.start()
    assert not secured.admin.info().sealed


@pytest.mark.parametrize("passphrase", WORDS)
def test_another_passphrase_takes_the_place_of_the_first(secured: Secured, passphrase: str) -> None:
    claimed(secured)
    secured.admin.set_passphrase(owner.PIN, PASSPHRASE)
    secured.admin.set_passphrase(owner.PIN, passphrase)
    secured.kill()
    assert secured.start()
    assert refusal(lambda: secured.admin.unseal(PASSPHRASE)) == "PASSPHRASE"
    secured.admin.unseal(passphrase)


def test_no_file_keeps_a_slot_that_opens_without_the_passphrase(secured: Secured) -> None:
    claimed(secured)
    secured.stop()
    with closing(sqlite3.connect(secured.state / "state.db")) as db:
        (old,) = db.execute("SELECT wrapped FROM slot").fetchone()
    secured.start()
    secured.admin.set_passphrase(owner.PIN, PASSPHRASE)
    secured.kill()  # or the card was pulled
    assert [file.name for file in secured.state.iterdir() if old in file.read_bytes()] == []


def test_guessing_a_passphrase_costs_what_guessing_a_pin_costs(secured: Secured) -> None:
    claimed(secured)
    secured.admin.set_passphrase(owner.PIN, PASSPHRASE)
    secured.kill()
    assert secured.start()
    for _ in range(5):
        assert refusal(lambda: secured.admin.unseal("guess")) == "PASSPHRASE"
    assert refusal(lambda: secured.admin.unseal(PASSPHRASE)) == "PIN-WAIT"
    secured.kill()
    assert secured.start()
    assert refusal(lambda: secured.admin.unseal(PASSPHRASE)) == "PIN-WAIT"


def test_keys_stay_sealed_if_the_log_cannot_say_that_they_were_opened(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = rig.device.vault
    salt, root, (_, key) = b"\6" * 16, b"\7" * 32, vault.check_open()
    rig.device.pin.claim(bytes(48))
    vault.rewrap(Rewrapped(salt, root, vault.slots.all()))
    rig.device.commit()
    rig.restart()
    number = [effect for effect, _ in EFFECTS].index(Unsealed)
    secrets = (ACCOUNT_KEY, METER_KEY, b"\4" * 32, b"\5" * 32)
    asked = rlp.encode([rlp.encode_uint(number), Unsealed(root, key, *secrets).to_rlp()])

    def full() -> None:
        raise StoreError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(rig.device.store, "commit", full)
        status, _ = numbered(apply(rig.device, Role.ADMIN, asked))
    assert (ErrorCode(status).text, rig.device.is_sealed) == ("STORAGE", True)
    status, _ = numbered(apply(rig.device, Role.ADMIN, asked))
    assert (status, rig.device.is_sealed) == (0, False)
    assert rig.device.audit.page(rig.device.audit.count).entries[0].event == "UNSEALED"


def test_a_right_passphrase_wipes_no_wrong_pin_out(secured: Secured) -> None:
    claimed(secured)
    secured.admin.set_passphrase(owner.PIN, PASSPHRASE)
    for _ in range(4):
        assert refusal(lambda: secured.admin.backup("999999")) == "PIN-WRONG"
    secured.kill()
    assert secured.start()
    secured.admin.unseal(PASSPHRASE)
    assert refusal(lambda: secured.admin.backup("999999")) == "PIN-WRONG"
    assert refusal(lambda: secured.admin.backup(owner.PIN)) == "PIN-WAIT"


def test_without_a_pin_there_is_no_passphrase(secured: Secured) -> None:
    assert refusal(lambda: secured.admin.set_passphrase("1", "p")) == "NOT-PROVISIONED"
    assert refusal(lambda: secured.admin.unseal("p")) == "NOT-PROVISIONED"
    secured.admin.provision(12, "", 5)
    assert refusal(lambda: secured.admin.set_passphrase("1", "p")) == "NOT-CLAIMED"
    secured.admin.unseal("p")  # nothing is sealed


def test_a_destroyed_secret_opens_nothing_and_says_so(rig: Rig) -> None:
    rig.device.vault.secret.destroy()  # and then the power goes, before the commit
    assert not (rig.folder / SECRET).exists()
    rig.restart()
    with pytest.raises(SecureWorldRefused, match="TAMPERED"):
        assert rig.device.signing_keys
    assert rig.device.is_sealed


def test_after_zeroise_new_keys_have_a_new_secret(secured: Secured) -> None:
    claimed(secured)
    secured.admin.set_passphrase(owner.PIN, PASSPHRASE)
    before, secret = secured.admin.info(), (secured.state / SECRET).read_bytes()
    secured.admin.zeroise(owner.PIN)
    assert not (secured.state / SECRET).exists()
    for path in secured.state.iterdir():
        assert secret not in path.read_bytes()
    secured.kill()
    assert secured.start()
    assert [path.name for path in secured.state.glob(f"{SECRET}*")] == []
    claimed(secured)
    assert secured.admin.info().attestation_key != before.attestation_key
    assert (secured.state / SECRET).read_bytes() != secret
    secured.kill()
    assert secured.start()
    assert not secured.admin.info().sealed, "the passphrase went with the keys"


def test_a_device_that_was_never_used_has_no_secret_yet(tmp_path: Path) -> None:
    device = Device(tmp_path / "state", StandingClock())
    assert (device.vault.enrolled, device.is_sealed) == (True, False)
    assert len(device.vault.measurement) == 32
    device.close()
    assert not (tmp_path / "state" / SECRET).exists()


@pytest.mark.parametrize("role", [Role.NODE, Role.METER])
def test_a_child_of_a_program_cannot_act_for_a_person(rig: Rig, role: Role) -> None:
    rig.device.pin.claim(bytes(48))
    rig.device.lock(True)
    rig.device.commit()
    number = [effect for effect, _ in EFFECTS].index(Unlocked)
    asked = rlp.encode([rlp.encode_uint(number), Unlocked().to_rlp()])
    status, _ = numbered(apply(rig.device, role, asked))
    assert (ErrorCode(status).text, rig.device.locked) == ("ROLE", True)
    status, _ = numbered(apply(rig.device, Role.ADMIN, asked))
    assert (status, rig.device.locked) == (0, False)
