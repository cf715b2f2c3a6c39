"""systemd's part, played by the test: the socket that services notify; its tools, if any."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LIMIT_S = 20.0


def need(tool: str) -> str:
    """Path of one of systemd's tools; the test is skipped where it is not installed."""
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed (Debian: package systemd)")
    return found


def tool(*command: str) -> subprocess.CompletedProcess[str]:
    """Run one of systemd's tools; whatever it says is in the result."""
    return subprocess.run(
        [need(command[0]), *command[1:]], capture_output=True, text=True, check=False
    )


class Listener:
    """What the service manager hears."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def lines(self) -> list[str]:
        """The assignments of the next datagram."""
        return self._channel.recv(4096).decode().splitlines()

    def until(self, line: str) -> None:
        """Wait for a datagram with this line."""
        while line not in self.lines():
            pass

    def drain(self) -> list[str]:
        """Everything that is there already."""
        found: list[str] = []
        self._channel.setblocking(False)
        try:
            while True:
                found += self.lines()
        except BlockingIOError:
            return found
        finally:
            self._channel.settimeout(LIMIT_S)

    def silent_for(self, seconds: float, line: str) -> bool:
        """Whether this line does not come for so long."""
        self._channel.settimeout(seconds)
        try:
            while line not in self.lines():
                pass
        except TimeoutError:
            return True
        finally:
            self._channel.settimeout(LIMIT_S)
        return False


@contextmanager
def listening(address: Path | str) -> Iterator[Listener]:
    """A datagram socket at a path, or at an abstract name that begins with @."""
    name = str(address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind("\0" + name[1:] if name.startswith("@") else name)
        channel.settimeout(LIMIT_S)
        try:
            yield Listener(channel)
        finally:
            if not name.startswith("@"):
                Path(name).unlink()
