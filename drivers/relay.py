"""A relay on one GPIO line, over the RPi.GPIO API (BCM numbering)."""

import contextlib
import importlib
import os
import tempfile
from collections.abc import Iterator
from typing import Any, Protocol, cast

from drivers.errors import RelayError, RelayLibrary, SettingError


class Gpio(Protocol):
    """What a relay needs of RPi.GPIO; all back ends have it, and VirtualGPIO."""

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
        except Exception as error:  # lgpio's errors, for one, have no base class but this
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
        except Exception as error:
            raise RelayError(f"line {self._line}: {error}; level {level} expected") from error
        self._verify(level)

    def _verify(self, level: int) -> None:
        found = self._level()
        if found != level:
            raise RelayError(f"line {self._line}: reads {found} after a write, {level} expected")

    def _level(self) -> int:
        try:
            return int(self._gpio.input(self._line))
        except Exception as error:
            raise RelayError(f"line {self._line}: {error}; a level expected") from error


def open_gpio(driver: str = "rpi", chip: str = "/dev/gpiochip0") -> Gpio:
    """This machine's lines by board.toml's `[gpio]`: "rpi", "gpiod" (on `chip`) or "sysfs".

    Raises RelayLibrary where the library is missing, or made for another board.
    """
    if driver == "gpiod":
        from drivers.gpiod_gpio import GpiodGpio

        return GpiodGpio(chip)
    if driver == "sysfs":
        from drivers.sysfs_gpio import SysfsGpio

        return SysfsGpio()
    if driver != "rpi":
        raise SettingError(f"GPIO driver {driver!r}: one of 'rpi', 'gpiod', 'sysfs' expected")
    return _rpi_gpio()


@contextlib.contextmanager
def _set(name: str, value: str) -> Iterator[None]:
    """An environment variable for a while, unless somebody has set it; no child inherits it."""
    if name in os.environ:
        yield
        return
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def _rpi_gpio() -> Gpio:
    try:
        # rpi-lgpio's library makes named pipes in its working directory while it is imported; the
        # daemon's own may be read-only, and they are not needed afterwards.
        with tempfile.TemporaryDirectory(prefix="evlock-lgpio-") as place, _set("LG_WD", place):
            module: Any = importlib.import_module("RPi.GPIO")
        module.setwarnings(False)  # a line still in use is the expected case after a crash
    except (ImportError, RuntimeError, OSError) as error:
        raise RelayLibrary(
            f"RPi.GPIO: {error}; a Raspberry Pi with the extra 'pi' (Raspberry Pi 5, or kernels "
            "without /dev/gpiomem: 'pi5') expected"
        ) from error
    return cast(Gpio, module)
