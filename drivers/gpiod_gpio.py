"""GPIO lines of a Linux character device (/dev/gpiochipN), over gpiod 2.x.

When the process is gone, however it went, the kernel takes its lines back. Whether the level stays
is the chip driver's affair ("may revert to its default state", Documentation/userspace-api/gpio/
gpio-v2-get-line-ioctl.rst): mainline kernels return a Pi's line to an input, Raspberry Pi's own
kernels keep the level unless `strict_gpiod` is set. So a relay needs a pull resistor to its open
level, and the service's ExecStopPost opens it in any case (docs/wiring.md).
"""

import errno
import importlib
from typing import Any

from drivers.errors import RelayLibrary


class GpiodGpio:
    """The calls of RPi.GPIO that relays and switches need; channels are the chip's offsets."""

    BOARD, BCM = 10, 11  # "BCM" is the chip's own numbering: on a Pi they are the same
    OUT, IN = 0, 1
    LOW, HIGH = 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22

    def __init__(self, chip: str, consumer: str = "evlock") -> None:
        try:
            self._gpiod: Any = importlib.import_module("gpiod")
            self._line: Any = importlib.import_module("gpiod.line")
            self._gpiod.request_lines  # noqa: B018 - gpiod 1.x, Debian 12's, lacks it
        except (ImportError, AttributeError) as error:
            raise RelayLibrary(
                f"gpiod: {error}; version 2 by the extra 'linux' expected"
            ) from error
        self._chip, self._consumer = chip, consumer
        self._requests: dict[int, Any] = {}

    def setmode(self, mode: int) -> None:
        """Only the chip's own numbering: a header's numbers mean nothing here."""
        if mode != self.BCM:
            raise ValueError(f"numbering mode {mode}: BCM ({self.BCM}) expected")

    def setup(
        self, channel: int, direction: int, *, initial: int = -1, pull_up_down: int = PUD_OFF
    ) -> None:
        """Take the line as an output whose first level is `initial`, or as an input with a pull.

        OSError when it is taken.
        """
        if (direction, initial == -1) not in ((self.OUT, False), (self.IN, True)):
            text = f"direction {direction}, initial {initial}"
            raise ValueError(f"line {channel}: {text}; OUT with a level, or IN, expected")
        settings = self._input(pull_up_down) if direction == self.IN else self._output(initial)
        if channel in self._requests:
            self._requests[channel].reconfigure_lines({channel: settings})
        else:
            self._requests[channel] = self._request({channel: settings}, channel)

    def output(self, channel: int, value: int) -> None:
        """Drive the line; RuntimeError when this process has not set it up."""
        self._own(channel).set_value(channel, self._level(value))

    def input(self, channel: int) -> int:
        """The level that the kernel reads; RuntimeError when this process has not set it up."""
        return int(self._own(channel).get_value(channel) == self._line.Value.ACTIVE)

    def _output(self, initial: int) -> Any:
        """The kernel sets level and direction in one call: no pulse on the way."""
        direction = self._line.Direction.OUTPUT
        return self._gpiod.LineSettings(direction=direction, output_value=self._level(initial))

    def _input(self, pull: int) -> Any:
        bias = self._line.Bias
        wanted = {self.PUD_UP: bias.PULL_UP, self.PUD_DOWN: bias.PULL_DOWN}.get(pull, bias.AS_IS)
        return self._gpiod.LineSettings(direction=self._line.Direction.INPUT, bias=wanted)

    def _request(self, config: dict[int, Any], channel: int) -> Any:
        try:
            return self._gpiod.request_lines(self._chip, config=config, consumer=self._consumer)
        except OSError as error:
            detail = self._holder(channel) if error.errno == errno.EBUSY else error.strerror
            raise OSError(error.errno, detail, self._chip) from error

    def _holder(self, channel: int) -> str:
        try:
            with self._gpiod.Chip(self._chip) as chip:
                return f"held by {chip.get_line_info(channel).consumer or 'the kernel'!r}"
        except (OSError, ValueError):
            return "held by another program"

    def _own(self, channel: int) -> Any:
        if channel not in self._requests:
            raise RuntimeError(f"line {channel}: setup() expected first")
        return self._requests[channel]

    def _level(self, value: int) -> Any:
        return self._line.Value.ACTIVE if value else self._line.Value.INACTIVE
