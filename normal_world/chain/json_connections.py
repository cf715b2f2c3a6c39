"""Who is connected to a server: so many in all, so many of one address, the idlest go first.

A connection waits for its client (nothing asked yet, half a request, an answer not read) or is
being answered. Only who waits is closed to make room, whoever has waited longest first: whoever
holds connections without asking anything shuts out nobody but itself.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

MAX_CONNECTIONS = 64
MAX_OF_A_PEER = 16
PATIENCE_S = 1.0  # for one of those that are being answered to end


@dataclass
class _Held:
    peer: str
    since: float | None  # when it began to wait; None: it is being answered


class Connections:
    """Thread-safe. Programs of this machine are not counted by address: they all have the same."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[socket.socket, _Held] = {}

    def admit(self, connection: socket.socket, peer: str) -> bool:
        """Takes a new connection in, in another's place if need be; False if there is none."""
        with self._changed:
            own = [one for one, held in self._held.items() if held.peer == peer]
            if len(own) >= MAX_OF_A_PEER and not _is_local(peer) and not self._close_one(own):
                return False
            if not self._changed.wait_for(self._has_room, PATIENCE_S):
                return False
            self._held[connection] = _Held(peer, time.monotonic())
            return True

    def forget(self, connection: socket.socket) -> None:
        """It is closed."""
        with self._changed:
            self._held.pop(connection, None)
            self._changed.notify_all()

    @contextlib.contextmanager
    def answering(self, connection: socket.socket) -> Iterator[None]:
        """Not closed meanwhile; ConnectionAbortedError if that has happened already."""
        self._mark(connection, None)
        yield
        self._mark(connection, time.monotonic())

    def _mark(self, connection: socket.socket, since: float | None) -> None:
        with self._changed:
            held = self._held.get(connection)
            if held is None:
                raise ConnectionAbortedError("closed in favour of another")
            held.since = since
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return len(self._held) < MAX_CONNECTIONS or self._close_one(self._held)

    def _close_one(self, among: Collection[socket.socket]) -> bool:
        """Hangs up the one that has waited longest; its thread sees the end and closes it."""
        waiting = [(since, one) for one in among if (since := self._held[one].since) is not None]
        if not waiting:
            return False
        _, idlest = min(waiting, key=lambda pair: pair[0])
        del self._held[idlest]
        with contextlib.suppress(OSError):
            idlest.shutdown(socket.SHUT_RDWR)
        return True


def _is_local(peer: str) -> bool:
    return ip_address(peer.partition("%")[0]).is_loopback
