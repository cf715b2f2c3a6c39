"""Work in a short-lived child, so that big libraries and secrets die with it."""

import os
import signal
import socket
from collections.abc import Callable, Iterable
from typing import NoReturn

from secure_world import hardening

PATIENCE_S = 30.0
_MAX_MESSAGE = 64 * 1024


class Child:
    """A forked process that runs `work(channel)`; this object is the channel's other end.

    Whoever makes one calls `end`, and so waits for it no longer than PATIENCE_S.
    """

    def __init__(self, work: Callable[[socket.socket], None], keep: Iterable[int] = ()) -> None:
        self._channel, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.settimeout(PATIENCE_S)
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            live(work, other, keep, parent)
        other.close()

    def receive(self) -> bytes:
        """The child's next message; empty if it ended or lost its way."""
        try:
            return self._channel.recv(_MAX_MESSAGE)
        except OSError:
            return b""

    def send(self, message: bytes) -> None:
        """Give the child a message; one that is gone hears nothing."""
        try:
            self._channel.send(message)
        except OSError:
            return

    def end(self) -> bool:
        """Wait until the child is through, or end it; whether it did all its work."""
        self.receive()  # its end of the channel closes with its life
        self._channel.close()
        os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        return status == 0


def live(
    work: Callable[[socket.socket], None], channel: socket.socket, keep: Iterable[int], parent: int
) -> NoReturn:
    """The whole life of a child of process `parent`: `keep` are handles that it needs, too."""
    status = 1
    try:
        hardening.die_with_parent()
        if os.getppid() != parent:  # it died before we could ask to die with it
            os._exit(status)
        _close_others({channel.fileno(), *keep})
        work(channel)
        status = 0
    finally:
        os._exit(status)


def _close_others(keep: set[int]) -> None:
    """Only stderr and `keep` stay: no lock, no listening socket, no database."""
    low = 3
    for handle in sorted(keep):
        os.closerange(low, handle)
        low = handle + 1
    os.closerange(low, 4096)
