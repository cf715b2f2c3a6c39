"""A switch on one GPIO line, over the RPi.GPIO API (BCM numbering): a lid that opens it, say.

It connects the line to its resting level; a pull resistor, the chip's own where it has one, takes
the line to the other. So a cut wire reads as an open switch.
"""

from typing import Any

from drivers.errors import SwitchError


class Switch:
    """`is_open`, read from the line; `active_low`: a low level says open."""

    def __init__(self, gpio: Any, line: int, active_low: bool = False) -> None:
        self._gpio, self._line = gpio, line
        self._open_level = 0 if active_low else 1
        try:
            gpio.setmode(gpio.BCM)
            pull = gpio.PUD_DOWN if active_low else gpio.PUD_UP
            gpio.setup(line, gpio.IN, pull_up_down=pull)
        except Exception as error:  # lgpio's errors, for one, have no base class but this
            raise SwitchError(f"line {line}: {error}; an input expected") from error

    @property
    def is_open(self) -> bool:
        """Now; raises SwitchError when the line cannot be read."""
        try:
            return int(self._gpio.input(self._line)) == self._open_level
        except Exception as error:
            raise SwitchError(f"line {self._line}: {error}; a level expected") from error
