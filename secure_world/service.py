"""What secured says to systemd (sd_notify(3)) and gets from it (sd_listen_fds(3))."""

import os
import socket
import time
from collections.abc import MutableMapping

from secure_world.errors import StateError

_FIRST = 3  # SD_LISTEN_FDS_START
_LOOKS = 3  # signs of life in one watchdog period


class Manager:
    """The service manager; without one (started by hand) nothing is sent and nothing given."""

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self._address = given.pop("NOTIFY_SOCKET", "")
        period, pid = given.pop("WATCHDOG_USEC", ""), given.pop("WATCHDOG_PID", "")
        ours = not pid or pid == str(os.getpid())
        watched = bool(self._address) and ours and period.isdigit() and int(period) > 0
        self.period_s = int(period) / 1e6 / _LOOKS if watched else None
        self.listeners = _listeners(given)
        self._fed_s = 0.0

    def alive(self) -> None:
        """Feed the watchdog, often enough and not with every request."""
        if self.period_s is None:
            return
        now_s = time.monotonic()
        if now_s >= self._fed_s + self.period_s / 2:
            self._fed_s = now_s
            self.say("WATCHDOG=1")

    def say(self, text: str) -> None:
        """READY=1, STATUS=…, WATCHDOG=1 or STOPPING=1; who does not hear it stops nothing."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
            try:
                channel.sendto(text.encode(), address)
            except OSError:
                return


def _listeners(given: MutableMapping[str, str]) -> dict[str, socket.socket]:
    """Sockets by name. Raises StateError for one that a role could not be served on."""
    pid, count = given.pop("LISTEN_PID", ""), given.pop("LISTEN_FDS", "")
    names = given.pop("LISTEN_FDNAMES", "").split(":")
    if pid != str(os.getpid()) or not count.isdigit():
        return {}
    found = {}
    for name, handle in zip(names, range(_FIRST, _FIRST + int(count)), strict=False):
        os.set_inheritable(handle, False)
        listener = socket.socket(fileno=handle)
        if (listener.family, listener.type) != (socket.AF_UNIX, socket.SOCK_SEQPACKET):
            raise StateError(f"socket {name} given: expected ListenSequentialPacket=")
        listener.setblocking(False)
        found[name] = listener
    return found
