"""GPIO lines by the kernel's old interface (Documentation/ABI/obsolete/sysfs-gpio), for kernel 4.4.

A line keeps its direction and level for as long as it is exported: the process may be gone, killed
or not. Nothing here unexports, so a closed relay stays closed until somebody opens it: that is
what the service's ExecStopPost is for (docs/wiring.md). At reset the line is an input again.
"""

import errno
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FOLDER = "/sys/class/gpio"
PAGE = 4096  # no attribute of sysfs is longer
RULES_S, STEP_S = 1.0, 0.02  # udev gives the new files to the group `gpio` a moment after export


def read_file(path: str) -> str:
    """The attribute's text; raises OSError."""
    with Path(path).open(encoding="ascii", errors="replace") as file:
        return file.read(PAGE)


def write_file(path: str, text: str) -> None:
    """One write of the whole text, as the kernel wants it; raises OSError. Creates no file."""
    # Write only: sysfs refuses an open for reading, of "export" say, even to root.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode("ascii"))
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    finally:
        os.close(descriptor)


class SysfsGpio:
    """The calls of RPi.GPIO that relays and switches need; channels are the kernel's numbers."""

    BOARD, BCM = 10, 11  # "BCM" is the kernel's own numbering
    OUT, IN = 0, 1
    LOW, HIGH = 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22  # this interface has none: the resistor is a part

    def __init__(
        self,
        read: Callable[[str], str] = read_file,
        write: Callable[[str, str], None] = write_file,
    ) -> None:
        self._read, self._write = read, write
        self._set_up: set[int] = set()

    def setmode(self, mode: int) -> None:
        """Only the kernel's own numbering: a header's numbers mean nothing here."""
        if mode != self.BCM:
            raise ValueError(f"numbering mode {mode}: BCM ({self.BCM}) expected")

    def setup(
        self, channel: int, direction: int, *, initial: int = -1, pull_up_down: int = PUD_OFF
    ) -> None:
        """Make the line an output whose first level is `initial`, or an input.

        OSError when it cannot be.
        """
        if (direction, initial == -1) not in ((self.OUT, False), (self.IN, True)):
            text = f"direction {direction}, initial {initial}, pull {pull_up_down}"
            raise ValueError(f"line {channel}: {text}; OUT with a level, or IN, expected")
        self._export(channel)
        # "high" and "low" set level and direction in one step: "out" alone would pulse low.
        word = "in" if direction == self.IN else "high" if initial else "low"
        self._settled(channel, "direction", word)
        # Somebody may have left the line's levels inverted; "high" and "low" do not follow that.
        with suppress(FileNotFoundError):  # the attribute came with kernel 2.6.33
            self._settled(channel, "active_low", "0")
        self._set_up.add(channel)

    def output(self, channel: int, value: int) -> None:
        """Drive the line; RuntimeError when this object has not set it up."""
        self._write(self._own(channel), "1" if value else "0")

    def input(self, channel: int) -> int:
        """The line's level; ValueError when the kernel's answer is neither 0 nor 1."""
        path = self._own(channel)
        text = self._read(path).strip()
        if text not in ("0", "1"):
            raise OSError(errno.EPROTO, f"{text[:20]!r} read, 0 or 1 expected", path)
        return int(text)

    def _export(self, channel: int) -> None:
        try:
            self._write(f"{FOLDER}/export", str(channel))
        except OSError as error:
            # Exported before, by us or by the board's start-up: as good. Where a driver of the
            # kernel holds the line, the folder is missing and the next step says so.
            if error.errno != errno.EBUSY:
                raise

    def _settled(self, channel: int, attribute: str, text: str) -> None:
        deadline_s = time.monotonic() + RULES_S
        while time.monotonic() < deadline_s:
            with suppress(PermissionError):
                self._write(f"{FOLDER}/gpio{channel}/{attribute}", text)
                return
            time.sleep(STEP_S)
        self._write(f"{FOLDER}/gpio{channel}/{attribute}", text)

    def _own(self, channel: int) -> str:
        if channel not in self._set_up:
            raise RuntimeError(f"line {channel}: setup() expected first")
        return f"{FOLDER}/gpio{channel}/value"
