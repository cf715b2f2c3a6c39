"""What the commands share: the components of one device, each with its state in memory."""

import os
from enum import IntEnum
from pathlib import Path

from coincurve import PrivateKey

from secure_world import durable, entropy
from secure_world.audit import Audit
from secure_world.bundle import Bundle, NewKeys
from secure_world.claims import Claims
from secure_world.clock import Clock
from secure_world.device_secret import FileSecret
from secure_world.errors import ErrorCode, SecureWorldRefused, StateUnreadable
from secure_world.keys import address_of
from secure_world.message import SecretKey
from secure_world.nonces import Nonces
from secure_world.opening import Opened, Opening
from secure_world.pin import Pin
from secure_world.places import DATABASE, LOCK, SECRET
from secure_world.policy import PolicyBook
from secure_world.record import Record
from secure_world.register import Registers
from secure_world.store import Store, StoreError
from secure_world.trades import Trades
from secure_world.vault import Vault


class Stage(IntEnum):
    """Life of the keys: PENDING until the node confirms that the mnemonic arrived."""

    EMPTY, PENDING, PROVISIONED, DESTROYED = 0, 1, 2, 3


class Keys(Record):
    """The secrets, opened, with the addresses of the first two."""

    account_key: PrivateKey
    meter_key: PrivateKey
    attestation_secret: SecretKey
    link_secret: SecretKey
    account: bytes
    meter: bytes

    @classmethod
    def of(cls, bundle: Bundle) -> "Keys":
        """Of a bundle."""
        account, meter = PrivateKey(bundle.account_key), PrivateKey(bundle.meter_key)
        addresses = address_of(account.public_key), address_of(meter.public_key)
        return cls(account, meter, bundle.attestation_secret, bundle.link_secret, *addresses)


class Device:
    """One meter's secure world, alone in its state folder. Raises StateError."""

    def __init__(self, folder: Path, clock: Clock, begun: Opening | None = None) -> None:
        durable.make_private_folder(folder)
        self._lock = durable.lock(folder / LOCK)
        self.clock = clock
        self.entropy, self.isolation = entropy.source(), ""  # said by info; main.py knows better
        self.store = Store(folder / DATABASE)
        self.vault = Vault(self.store, FileSecret(folder / SECRET), begun)
        self.audit = Audit(self.store, clock)
        self.register = Registers(self.store, clock)
        self.trades = Trades(self.store)
        self.claims = Claims(self.store)
        self.nonces = Nonces(self.store)
        self.policy = PolicyBook(self.store, clock)
        self.pin = Pin(self.store, clock)
        self._keys: Keys | None = None
        self._sealed: bytes | None = None  # what `_keys` was opened from
        self.load()

    def close(self) -> None:
        """Let go of the state folder."""
        self.store.close()
        os.close(self._lock)

    def load(self) -> None:
        """Take everything from the store: at the start, and after a failed commit."""
        row = self.store.row(
            "SELECT stage, sealed, rated_power_w, boot_count, locked, tampered, account, meter,"
            " attestation_key, link_key FROM device"
        )
        assert row is not None
        stage, sealed, self.rated_power_w, self.boot_count, locked, self.tampered, *public = row
        self.account, self.meter, self.attestation_key, self.link_key = public
        self.stage, self.locked = Stage(stage), bool(locked)
        self.audit.load(self.boot_count)
        self.register.load(self.rated_power_w)
        for part in (self.vault, self.trades, self.claims, self.nonces, self.policy, self.pin):
            part.load()
        if sealed != self._sealed:
            self._open(sealed)

    def commit(self) -> None:
        """Make all that was changed since the last commit durable. Raises StoreError."""
        self.register.flush()
        self.store.commit()

    def undo(self) -> None:
        """Nothing since the last commit has happened. Raises StateUnreadable."""
        try:
            self.store.rollback()
            self.load()
        except StoreError as error:
            raise StateUnreadable(f"{error}, expected a readable state") from error

    def count_start(self) -> None:
        """One more start of this process, durably."""
        self.store.write("UPDATE device SET boot_count = boot_count + 1")
        self.boot_count += 1
        self.audit.load(self.boot_count)
        self.audit.note("START", self._told_start())
        self.commit()

    def _told_start(self) -> str:
        """Which code started, and whether its keys are open."""
        code = f"code 0x{self.vault.measurement.hex()[:16]}…"
        if not self.is_sealed:
            return code
        return f"{code}, {self.vault.closed().code}"

    def check_provisioned(self) -> None:
        """Raises SecureWorldRefused: NOT-PROVISIONED, TAMPERED."""
        if self.stage is Stage.DESTROYED:
            text = (
                "keys destroyed by a finding, expected `evlock secure-world zeroise` and new keys"
            )
            raise SecureWorldRefused(ErrorCode.TAMPERED, text)
        if self.stage is not Stage.PROVISIONED:
            text = "no keys that were confirmed, expected provision or restore first"
            raise SecureWorldRefused(ErrorCode.NOT_PROVISIONED, text)

    @property
    def keys(self) -> Keys:
        """Raises SecureWorldRefused: NOT-PROVISIONED, TAMPERED, SEALED, MEASUREMENT."""
        if self._keys is None or self.stage is not Stage.PROVISIONED:
            self.check_provisioned()
            raise self.vault.closed()
        return self._keys

    @property
    def signing_keys(self) -> Keys:
        """As `keys`; also LOCKED."""
        if self.locked:
            text = "locked by its owner, expected `evlock key unlock` first"
            raise SecureWorldRefused(ErrorCode.LOCKED, text)
        return self.keys

    @property
    def signer(self) -> Keys | None:
        """The `signing_keys`, or None instead of a refusal."""
        if self.locked or self.stage is not Stage.PROVISIONED:
            return None
        return self._keys

    @property
    def is_sealed(self) -> bool:
        """Whether there are keys, but not open."""
        return self._keys is None and self._sealed is not None

    def adopt(self, made: NewKeys) -> None:
        """Take new keys (of a child) in place of none, or of unconfirmed ones."""
        bundle = Bundle(made.account_key, made.meter_key, made.attestation_secret, made.link_secret)
        keys = Keys.of(bundle)
        self.vault.keep(made.parcel)
        self.store.write(
            "UPDATE device SET stage = ?, rated_power_w = ?, account = ?, meter = ?,"
            " attestation_key = ?, link_key = ?, tampered = 0",
            made.stage,
            made.rated_power_w,
            keys.account,
            keys.meter,
            made.attestation_key,
            made.link_key,
        )
        self.register.provisioned(made.rated_power_w)
        self.stage, self.rated_power_w, self.tampered = Stage(made.stage), made.rated_power_w, 0
        self.account, self.meter = keys.account, keys.meter
        self.attestation_key, self.link_key = made.attestation_key, made.link_key
        self._keys, self._sealed = keys, self._stored()

    def open(self, bundle: Bundle) -> None:
        """Take the keys that a passphrase opened."""
        self._keys, self._sealed = Keys.of(bundle), self._stored()

    def confirm(self) -> None:
        """Unconfirmed keys become the keys."""
        self.store.write("UPDATE device SET stage = ?", Stage.PROVISIONED)
        self.stage = Stage.PROVISIONED

    def lock(self, locked: bool) -> None:
        """Sign nothing from now on, also after a restart; or sign again."""
        self.store.write("UPDATE device SET locked = ?", int(locked))
        self.locked = locked

    def destroy_keys(self, stage: Stage) -> None:
        """No keys any more: EMPTY by a person, DESTROYED by a finding."""
        self.store.write(
            "UPDATE device SET stage = ?, sealed = NULL, account = NULL, meter = NULL,"
            " attestation_key = NULL, link_key = NULL",
            stage,
        )
        self.vault.forget()
        self.stage, self._keys, self._sealed = stage, None, None
        self.account = self.meter = self.attestation_key = self.link_key = None

    def finding(self, mask: int) -> None:
        """Remember findings of tampering (bits)."""
        self.store.write("UPDATE device SET tampered = tampered | ?", mask)
        self.tampered |= mask

    def _open(self, sealed: bytes | None) -> None:
        """The keys of the stored bundle, or none while it stays closed (vault.closed says why)."""
        opened = self.vault.open(sealed) if sealed is not None else None
        self._keys, self._sealed = None, sealed
        if opened is not None:
            self._take(opened)

    def _take(self, opened: Opened) -> None:
        self._keys = Keys.of(opened.bundle)
        if not opened.parcel:
            return
        self.vault.keep(opened.parcel)
        self.account, self.meter = self._keys.account, self._keys.meter
        self.attestation_key, self.link_key = opened.attestation_key, opened.link_key
        self.store.write(
            "UPDATE device SET account = ?, meter = ?, attestation_key = ?, link_key = ?",
            self.account,
            self.meter,
            self.attestation_key,
            self.link_key,
        )
        self.audit.note("ENROLLED", f"0x{self.vault.measurement.hex()[:16]}… at first use")
        self.store.commit()
        self._sealed = self._stored()

    def _stored(self) -> bytes | None:
        return self.vault.sealed
