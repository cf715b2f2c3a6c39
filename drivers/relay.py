"""A relay on one GPIO line, over the RPi.GPIO API (BCM numbering)."""

import importlib
from typing import Any, Protocol, cast

from drivers.errors import RelayError


class Gpio(Protocol):
    """What a relay needs of RPi.GPIO; the module itself, rpi-lgpio and VirtualGPIO all fit."""

    @property
    def BCM(self) -> int: ...  # noqa: N802
    @property
    def OUT(self) -> int: ...  # noqa: N802
    def setmode(self, mode: int, /) -> None: ...
    def setup(self, channel: int, direction: int, *, initial: int) -> None: ...
    def output(self, channel: int, value: int, /) -> None: ...
    def input(self, channel: int, /) -> int: ...


class Relay:
    """Open after construction, and only believed when the line's level was read back."""

    def __init__(self, gpio: Gpio, line: int, active_low: bool = True) -> None:
        self._gpio, self._line = gpio, line
        self._closed_level = 0 if active_low else 1
        self._open_level = 1 - self._closed_level
        try:
            gpio.setmode(gpio.BCM)
            # `initial` is driven before the direction changes: no pulse on the way.
            gpio.setup(line, gpio.OUT, initial=self._open_level)
        except (OSError, RuntimeError, ValueError) as error:
            raise RelayError(f"line {line}: {error}; an output expected") from error
        self._verify(self._open_level)

    def open(self) -> None:
        """Interrupt the circuit; raises RelayError when the line does not follow."""
        self._drive(self._open_level)

    def close(self) -> None:
        """Close the circuit; raises RelayError when the line does not follow."""
        self._drive(self._closed_level)

    @property
    def is_closed(self) -> bool:
        """Whether the line now commands the relay closed, read from the line."""
        return self._level() == self._closed_level

    def _drive(self, level: int) -> None:
        try:
            self._gpio.output(self._line, level)
        except (OSError, RuntimeError) as error:
            raise RelayError(f"line {self._line}: {error}; level {level} expected") from error
        self._verify(level)

    def _verify(self, level: int) -> None:
        found = self._level()
        if found != level:
            raise RelayError(f"line {self._line}: reads {found} after a write, {level} expected")

    def _level(self) -> int:
        try:
            return int(self._gpio.input(self._line))
        except (OSError, RuntimeError) as error:
            raise RelayError(f"line {self._line}: {error}; a level expected") from error


def open_gpio() -> Gpio:
    """The RPi.GPIO module of this machine; raises RelayError where there is none."""
    try:
        module: Any = importlib.import_module("RPi.GPIO")
        module.setwarnings(False)  # a line still in use is the expected case after a crash
    except (ImportError, RuntimeError) as error:
        raise RelayError(f"RPi.GPIO: {error}; a Raspberry Pi with the pi extra expected") from error
    return cast(Gpio, module)
