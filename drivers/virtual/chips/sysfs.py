"""The kernel's files in front of GPIO lines and IIO converters, with the kernel's errors.

GPIO: Documentation/userspace-api/gpio/sysfs.rst. Lines stay exported when a process dies.
"""

import errno
import re
from collections.abc import Mapping

from drivers.virtual.chips.gpio_bank import HIGH, LOW, GpioBank
from drivers.virtual.chips.iio import IioAdc

GPIO_ROOT = "/sys/class/gpio/"
LINE_FILE = re.compile(r"gpio(\d{1,5})/(direction|value)")
NUMBER = re.compile(r"\s*\d{1,9}\s*")
DIRECTIONS = {"in": None, "out": LOW, "low": LOW, "high": HIGH}  # "out" drives low


class Sysfs:
    """Every method raises OSError with the errno that the kernel would give."""

    def __init__(self, bank: GpioBank, devices: Mapping[str, IioAdc]) -> None:
        self._bank = bank
        self._exported: set[int] = set()
        self._iio = {
            f"{device}/{name}": (adc, name)
            for device, adc in devices.items()
            for name in adc.attributes()
        }

    def read(self, path: str, now_s: float) -> str:
        """The whole text of a file."""
        if path in self._iio:
            adc, name = self._iio[path]
            return adc.read(name, now_s)
        if path in (f"{GPIO_ROOT}export", f"{GPIO_ROOT}unexport"):
            raise _error(errno.EACCES, path)
        number, name = self._line(path)
        if name == "direction":
            return "out\n" if self._bank.lines[number].output else "in\n"
        return f"{self._bank.level(number)}\n"

    def write(self, path: str, text: str, now_s: float) -> None:
        """What `echo text > path` does."""
        if path in self._iio:
            raise _error(errno.EACCES, path)
        if path == f"{GPIO_ROOT}export":
            self._export(path, text)
        elif path == f"{GPIO_ROOT}unexport":
            self._unexport(path, text, now_s)
        else:
            self._set(path, text, now_s)

    def _export(self, path: str, text: str) -> None:
        number = _number(path, text)
        if number not in self._bank.lines:
            raise _error(errno.EINVAL, path)
        if number in self._exported:
            raise _error(errno.EBUSY, path)
        self._exported.add(number)

    def _unexport(self, path: str, text: str, now_s: float) -> None:
        number = _number(path, text)
        if number not in self._exported:
            raise _error(errno.EINVAL, path)
        self._exported.discard(number)
        self._bank.setup(number, False, None, now_s)

    def _set(self, path: str, text: str, now_s: float) -> None:
        number, name = self._line(path)
        if name == "direction":
            word = text.strip()
            if word not in DIRECTIONS:
                raise _error(errno.EINVAL, path)
            self._bank.setup(number, word != "in", DIRECTIONS[word], now_s)
        elif not self._bank.lines[number].output:
            raise _error(errno.EPERM, path)
        else:
            self._bank.drive(number, HIGH if _number(path, text) else LOW, now_s)

    def _line(self, path: str) -> tuple[int, str]:
        found = LINE_FILE.fullmatch(path.removeprefix(GPIO_ROOT))
        if not path.startswith(GPIO_ROOT) or found is None or int(found[1]) not in self._exported:
            raise _error(errno.ENOENT, path)
        return int(found[1]), found[2]


def _number(path: str, text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise _error(errno.EINVAL, path)
    return int(text)


def _error(number: int, path: str) -> OSError:
    return OSError(number, errno.errorcode[number], path)
