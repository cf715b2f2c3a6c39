"""What a program tells systemd (sd_notify(3)): ready, status, alive, stopping.

Without NOTIFY_SOCKET, as when started by hand, all of it does nothing.
"""

import asyncio
import os
import socket
from collections.abc import Callable, MutableMapping

LOOKS = 4  # at the progress, in one watchdog period
STATUS_EVERY_S = 5.0


class Notifier:
    """Datagrams to the service manager; a manager that is gone is no fault of the program."""

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self._address = given.pop("NOTIFY_SOCKET", "")  # no child shall speak for us
        self.watchdog_s = _watchdog_s(given)
        self._status = ""

    def ready(self, status: str) -> None:
        """The program serves: whoever waits for it may start."""
        self._status = status
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, text: str) -> None:
        """One line for `systemctl status`, sent when it has changed."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The program ends in order."""
        self._send("STOPPING=1")

    async def watch(self, progress: Callable[[], object], status: Callable[[], str]) -> None:
        """Feed the watchdog when `progress()` is another than at the last look, else not."""
        if not self._address:
            return
        seen: object = None
        while True:
            found = progress()
            if found != seen:
                self.alive()
            seen = found
            self.status(status())
            await asyncio.sleep(min(self.watchdog_s / LOOKS, STATUS_EVERY_S))

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the zero byte of an abstract socket (sd_notify(3)).
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
            try:
                channel.sendto(text.encode(), address)
            except OSError:
                return


def _watchdog_s(given: MutableMapping[str, str]) -> float:
    """Seconds that may pass between two signs of life; infinite without a watchdog."""
    period, pid = given.pop("WATCHDOG_USEC", ""), given.pop("WATCHDOG_PID", "")
    ours = not pid or pid == str(os.getpid())
    return int(period) / 1e6 if ours and period.isdigit() and int(period) else float("inf")
