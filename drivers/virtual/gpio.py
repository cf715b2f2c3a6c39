"""The board's GPIO lines behind the API of RPi.GPIO 0.7 (an object in place of the module)."""

import errno
import os
import threading

from drivers.virtual.wire import (
    GPIO,
    INPUT,
    KEEP,
    OK,
    OUTPUT,
    SETUP_IN,
    SETUP_OUT,
    Connection,
    refusal,
)


class VirtualGPIO:
    """Levels live in the plant: they outlast this process, as those of a Pi do."""

    BOARD, BCM = 10, 11
    OUT, IN = 0, 1
    LOW, HIGH = 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22

    def __init__(self, socket_path: str | os.PathLike[str], board: str) -> None:
        self._connection = Connection(socket_path, board)
        self._lock = threading.Lock()
        self._mode: int | None = None
        self._directions: dict[int, int] = {}

    def setmode(self, mode: int) -> None:
        """Only BCM numbering: the virtual board has no header."""
        if mode != self.BCM:
            raise ValueError(f"numbering mode {mode}: BCM ({self.BCM}) expected")
        self._mode = mode

    def setwarnings(self, _wanted: bool) -> None:
        """RPi.GPIO warns of lines already in use; the plant has nothing to warn of."""

    def setup(
        self, channel: int, direction: int, *, initial: int = -1, pull_up_down: int = PUD_OFF
    ) -> None:
        """Make the line an output (its level `initial`, or as it was latched) or an input.

        Resistors pull the plant's lines: an input's own pull changes nothing there.
        """
        if pull_up_down not in (self.PUD_OFF, self.PUD_DOWN, self.PUD_UP):
            raise ValueError(f"line {channel}: pull {pull_up_down}, a PUD_ constant expected")
        if self._mode is None:
            raise RuntimeError("setmode(GPIO.BCM) expected before setup()")
        if direction == self.OUT:
            self._ask(SETUP_OUT, channel, KEEP if initial == -1 else int(bool(initial)))
        elif initial == -1:
            self._ask(SETUP_IN, channel)
        else:
            raise ValueError(f"line {channel}: an initial level is for outputs")
        self._directions[channel] = direction

    def output(self, channel: int, value: int) -> None:
        """Drive the line; RuntimeError when this process has not set it up as an output."""
        if self._directions.get(channel) != self.OUT:
            raise RuntimeError(f"line {channel}: setup() as an output expected first")
        self._ask(OUTPUT, channel, int(bool(value)))

    def input(self, channel: int) -> int:
        """The line's level; RuntimeError when this process has not set it up."""
        if channel not in self._directions:
            raise RuntimeError(f"line {channel}: setup() expected first")
        return self._ask(INPUT, channel)

    def cleanup(self, channel: int | None = None) -> None:
        """Make this process's lines inputs again (their pull-ups open the relays)."""
        for line in [channel] if channel is not None else list(self._directions):
            if self._directions.pop(line, None) is not None:
                self._ask(SETUP_IN, line)

    def _ask(self, action: int, channel: int, value: int = 0) -> int:
        if not 0 <= channel <= 0xFFFF:
            raise ValueError(f"line {channel}: 0 to 65535 expected")
        frame = bytes((GPIO, action, channel >> 8, channel & 0xFF, value))
        with self._lock:
            reply = self._connection.exchange(frame)
        if reply[0] != OK:
            raise OSError(errno.EINVAL, refusal(reply))
        return reply[1]
