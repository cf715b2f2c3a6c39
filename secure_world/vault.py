"""The keys at rest: sealed for this device, for the code that is enrolled, and for a passphrase.

The bundle of secrets lies under the keys' key; a slot holds the keys' key for one measurement of
the code (sealing.py has the scheme). New keys enrol the code that runs; after that only a manifest
(manifest.py) enrols other code. The cipher's library takes 20 MiB, so it is used in children only.
What a child needs is in memory: it has no store.
"""

from typing import Annotated

from secure_world import log, opening, rlp
from secure_world.bundle import Bundle
from secure_world.device_secret import DeviceSecret
from secure_world.errors import ErrorCode, SecureWorldRefused, StateUnreadable
from secure_world.fields import Octets
from secure_world.message import ListOf, Message, SecretKey
from secure_world.opening import Opened, Opening, Parcel, ToOpen
from secure_world.sealing import SALT_BYTES
from secure_world.store import Store
from secure_world.vault_slots import MOST, Slot, Slots


class Rewrapped(Message):
    """All slots under a new root: that of another passphrase, or of none (no salt)."""

    salt: Annotated[bytes | None, Octets(SALT_BYTES, optional=True)]
    root: SecretKey
    slots: Annotated[tuple[Slot, ...], ListOf(Slot, MOST)]


class Vault:
    """Seals and opens the bundle of keys.

    At the start: load, open; `closed` says why there are no keys. A child that makes keys: seal,
    the parent in its batch: keep. A passphrase: unsealed, rewrap. Another version: enrol.
    """

    def __init__(self, store: Store, secret: DeviceSecret, begun: Opening | None = None) -> None:
        self._store, self.secret, self.slots = store, secret, Slots(store)
        self._opening: Opening | None = begun or Opening(secret)
        self.measurement, self.weak_cache = b"", ""
        self.sealed: bytes | None = None
        self.floor = 0
        self.salt: bytes | None = None
        self.root: bytes | None = None  # this and the next: once open
        self.key: bytes | None = None
        self._roots: dict[bytes | None, bytes] = {}  # by salt: a failed commit goes back to one

    def load(self) -> None:
        """Take all from the store. Raises StateUnreadable."""
        row = self._store.row("SELECT floor, passphrase, (SELECT sealed FROM device) FROM vault")
        assert row is not None
        self.floor, self.salt, self.sealed = row
        self.slots.load()
        if not self.measurement:
            self._measure()
        if self.sealed is None:
            self._shut()
            self.secret.bury()
        elif self.secret.destroyed:
            self.secret.destroy()  # the power went in the middle of it
        elif self.key is not None:
            self.root = self._roots.get(self.salt)
        if self._opening is not None and not self._can_open:
            self._end_opening()

    @property
    def enrolled(self) -> bool:
        """Whether the code that runs may use the keys; the first code that has any may."""
        return self.sealed is None or self._first_use or self.slot is not None

    @property
    def waits(self) -> bool:
        """Whether the keys wait for the passphrase."""
        return self.sealed is not None and self.salt is not None and self.key is None

    @property
    def weakness(self) -> str:
        """Its name for `info` and quotes: `bytecode`, or nothing."""
        return "bytecode" if self.weak_cache else ""

    @property
    def slot(self) -> Slot | None:
        """That of the code that runs."""
        return self.slots.of(self.measurement)

    def open(self, sealed: bytes) -> Opened | None:
        """The opened bundle, or None while it stays closed. Raises StateUnreadable."""
        self.sealed, self.key = sealed, None
        if not self._can_open:
            return None
        slot = self.slot
        child, self._opening = self._opening or self._again(), None
        wanted = ToOpen(sealed, slot.version, slot.wrapped) if slot else ToOpen(sealed, 0, b"")
        opened = child.open(wanted)
        if opened is None:
            self.secret.read()  # says it if it is missing or damaged
            text = "the device secret does not open the sealed keys, expected the same device's"
            raise StateUnreadable(text)
        self._take(opened.root, opened.key)
        return opened

    def closed(self) -> SecureWorldRefused:
        """Why the bundle is not open: TAMPERED, MEASUREMENT or SEALED."""
        if self.secret.destroyed:
            text = "the device secret was destroyed, expected `evlock secure-world zeroise`"
            return SecureWorldRefused(ErrorCode.TAMPERED, text)
        if not self.enrolled:
            text = (
                f"code 0x{self.measurement.hex()[:16]}… is not enrolled, expected the enrolled"
                " version (or a manifest of this one, enrolled by that)"
            )
            return SecureWorldRefused(ErrorCode.MEASUREMENT, text)
        text = "keys wait for their passphrase, expected `evlock secure-world unseal`"
        return SecureWorldRefused(ErrorCode.SEALED, text)

    def check_open(self) -> tuple[bytes, bytes]:
        """Root and keys' key. Raises SecureWorldRefused as `closed`."""
        if self.root is None or self.key is None:
            raise self.closed()
        return self.root, self.key

    def seal(self, bundle: Bundle) -> bytes:
        """The parcel of a new bundle. Only in a child. Raises StateUnreadable."""
        parcel = opening.seal(self.secret.made(), self.measurement, self.floor, bundle)
        return rlp.encode(parcel.to_rlp())

    def keep(self, parcel: bytes) -> None:
        """Write a parcel to the store, in the open batch: the only slot, and no passphrase."""
        made = Parcel.from_rlp(rlp.decode(parcel))
        self._store.write("UPDATE device SET sealed = ?", made.sealed)
        self._store.write("UPDATE vault SET passphrase = NULL")
        self.slots.clear()
        self.slots.put(Slot(made.measurement, made.version, made.wrapped))
        self.sealed, self.salt = made.sealed, None
        self._take(made.root, made.key)

    def unsealed(self, root: bytes, key: bytes) -> None:
        """The passphrase was right, in the open batch."""
        self._take(root, key)

    def rewrap(self, changed: Rewrapped) -> None:
        """Another passphrase from now on, in the open batch."""
        self._store.write("UPDATE vault SET passphrase = ?", changed.salt)
        for slot in changed.slots:
            self.slots.put(slot)
        self._roots = {self.salt: self.root or b"", changed.salt: changed.root}
        self.salt, self.root = changed.salt, changed.root

    def enrol(self, slot: Slot, floor: int) -> None:
        """Let other code open the keys too, in the open batch; `floor` shuts out those before.

        The running version stays until one that is not below the floor has opened the keys.
        """
        self.slots.put(slot)
        self._raise_floor(floor)
        self.slots.make_room(slot, self.slot)

    def forget(self) -> None:
        """Destroy what opens the bundle: at once, whatever becomes of the open batch."""
        self.secret.destroy()
        self._store.write("UPDATE vault SET passphrase = NULL")
        self.slots.clear()
        self.sealed = self.salt = None
        self._shut()

    @property
    def _first_use(self) -> bool:
        old = self.sealed is not None and opening.is_version_2(self.sealed)
        return old and not self.slots.all()

    @property
    def _can_open(self) -> bool:
        there = self.sealed is not None and not self.secret.destroyed
        return there and self.enrolled and (self.salt is None or self._first_use)

    def _take(self, root: bytes, key: bytes) -> None:
        self.root, self.key = root, key
        self._roots = {self.salt: root}
        self._raise_floor(self.floor)

    def _raise_floor(self, floor: int) -> None:
        """Drop the slots below, once code that is not below runs."""
        if floor > self.floor:
            self._store.write("UPDATE vault SET floor = ?", floor)
            self.floor = floor
        runs = self.slot
        if runs is not None and runs.version >= self.floor:
            self.slots.drop_below(self.floor)

    def _shut(self) -> None:
        self.root = self.key = None
        self._roots = {}

    def _measure(self) -> None:
        assert self._opening is not None
        self.measurement, self.weak_cache = self._opening.measured()
        if self.weak_cache:
            text = f"{self.weak_cache}: more people may write it than the sources beside it"
            log.event("WARNING", "BYTECODE-OPEN", f"{text}, expected it removed")

    def _again(self) -> Opening:
        """Another child, after a commit that failed."""
        child = Opening(self.secret)
        child.measured()
        return child

    def _end_opening(self) -> None:
        assert self._opening is not None
        self._opening.end()
        self._opening = None
