"""The child of the start: it measures the code at once, and then opens the keys for it.

It begins before the long-running process has read its own state, so that both run in parallel.
"""

import socket
from typing import TYPE_CHECKING, Annotated

from secure_world import bytecode, lean, measurement, rlp, sealing
from secure_world.child import Child
from secure_world.device_secret import DeviceSecret
from secure_world.errors import StateUnreadable
from secure_world.fields import Octets
from secure_world.message import U32, Hash, Message, SecretKey

if TYPE_CHECKING:  # curves are slow to load, and this module begins first
    from secure_world.bundle import Bundle

_MAX_MESSAGE = 8 * 1024
_VERSION_2_BYTES = 12 + 64 + 16  # nonce, two keys, tag

Sealed = Annotated[bytes, Octets(256, shorter=True)]
Wrapped = Annotated[bytes, Octets(12 + 32 + 16)]
MaybePoint = Annotated[bytes, Octets(64, shorter=True)]


class Parcel(Message):
    """A bundle as sealed for one measurement, and what opens it: all that the vault keeps."""

    sealed: Sealed
    measurement: Hash
    version: U32
    wrapped: Wrapped
    root: SecretKey
    key: SecretKey


class ToOpen(Message):
    """The stored bundle, with the slot of the measured code; without one it is of version 2."""

    sealed: Sealed
    version: U32
    wrapped: Annotated[bytes, Octets(12 + 32 + 16, shorter=True)]


class Opened(Message):
    """What the child says. `parcel` and the points are there if the bundle was sealed anew."""

    account_key: SecretKey
    meter_key: SecretKey
    attestation_secret: SecretKey
    link_secret: SecretKey
    root: SecretKey
    key: SecretKey
    attestation_key: MaybePoint
    link_key: MaybePoint
    parcel: Annotated[bytes, Octets(1024, shorter=True)]

    @property
    def bundle(self) -> "Bundle":
        """The secrets alone."""
        from secure_world.bundle import Bundle

        return Bundle(self.account_key, self.meter_key, self.attestation_secret, self.link_secret)


class Opening:
    """The parent's end of that child. `end` it, or let `open` do so."""

    def __init__(self, secret: DeviceSecret) -> None:
        def work(channel: socket.socket) -> None:
            _work(channel, secret)

        self._child = Child(work)

    def measured(self) -> tuple[bytes, str]:
        """The code's measurement, and a cache too easy to write (or ""). Raises StateUnreadable."""
        told = self._child.receive()
        if not told:
            self.end()
            text = f"{measurement.TREE}: not measured, expected the packages' files to be readable"
            raise StateUnreadable(text)
        code, weak = rlp.decode(told)
        assert isinstance(code, bytes)
        assert isinstance(weak, bytes)
        return code, weak.decode("utf-8", "replace")

    def open(self, wanted: ToOpen) -> Opened | None:
        """The opened bundle, or None if it does not open. The child has ended then."""
        self._child.send(rlp.encode(wanted.to_rlp()))
        told = self._child.receive()
        ended = self._child.end()
        return Opened.from_rlp(rlp.decode(told)) if ended and told else None

    def end(self) -> None:
        """Nothing is to be opened."""
        self._child.send(b"")
        self._child.end()


def seal(secret: bytes, code: bytes, version: int, made: "Bundle") -> Parcel:
    """A new keys' key around a bundle, for code of this measurement. Only in a child."""
    key, root = sealing.new_key(), sealing.root_key(secret)
    sealed = sealing.seal_keys(key, rlp.encode(made.to_rlp()))
    return Parcel(sealed, code, version, sealing.wrap(root, code, version, key), root, key)


def is_version_2(sealed: bytes) -> bool:
    """Whether a stored bundle has the form of state version 2: two keys, and no slot."""
    return len(sealed) == _VERSION_2_BYTES


def secrets(key: bytes, sealed: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """The four secrets of a sealed bundle, in their order. Raises BoxClosed. Only in a child."""
    account, meter, attestation, link = rlp.decode(sealing.open_keys(key, sealed))
    return account, meter, attestation, link  # type: ignore[return-value]


def _work(channel: socket.socket, secret: DeviceSecret) -> None:
    """The child's part."""
    lean.whole()  # OpenSSL hashes twice as fast, and its cipher comes next
    code = measurement.measurement(measurement.files())
    channel.send(rlp.encode([code, bytecode.easier_to_write().encode("utf-8", "replace")]))
    sealing.prepare()  # while the parent reads its state
    asked = channel.recv(_MAX_MESSAGE)
    if asked:
        work = _opened if ToOpen.from_rlp(rlp.decode(asked)).wrapped else _of_version_2
        opened = work(secret.read(), code, ToOpen.from_rlp(rlp.decode(asked)))
        channel.send(rlp.encode(opened.to_rlp()))


def _opened(secret: bytes, code: bytes, wanted: ToOpen) -> Opened:
    root = sealing.root_key(secret)
    key = sealing.unwrap(root, code, wanted.version, wanted.wrapped)
    return Opened(*secrets(key, wanted.sealed), root, key, b"", b"", b"")


def _of_version_2(secret: bytes, code: bytes, wanted: ToOpen) -> Opened:
    from secure_world.bundle import Bundle, p256_point, p256_secret

    plain = sealing.open_version_2(secret, wanted.sealed)
    found = (plain[:32], plain[32:], p256_secret(), p256_secret())
    parcel = seal(secret, code, 0, Bundle(*found))
    points = p256_point(found[2]), p256_point(found[3])
    return Opened(*found, parcel.root, parcel.key, *points, rlp.encode(parcel.to_rlp()))
