"""A voltage channel of Linux's Industrial I/O (Documentation/ABI/testing/sysfs-bus-iio)."""

import re
from collections.abc import Callable

from drivers.errors import (
    AdcAbsent,
    AdcAnswer,
    AdcConfigChanged,
    AdcError,
    AdcNotConfigured,
    SettingError,
)
from drivers.faults import kernel_fault
from drivers.sysfs_gpio import read_file

__all__ = ["Iio", "read_file"]

# Millivolts = (in_voltageY_raw + offset) x scale, Y the channel; scale and offset are Y's own or
# in_voltage_scale for all; no offset is 0. A vendor's kernel may have raw alone (ARTIK 710s,
# drivers/iio/adc/nexell_adc.c): then the board's file must know the scale.
INTEGER = re.compile(r"-?[0-9]{1,10}\n?")
DECIMAL = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,12})?\n?")
RAW_MAX = 4095  # 12 bits: what the converters inside such processors have


class Iio:
    """One single-ended channel; every read is one conversion, made by the kernel on the spot."""

    def __init__(
        self,
        device: str,
        *,
        channel: int = 0,
        scale_mv: float | None = None,
        raw_max: int = RAW_MAX,
        read: Callable[[str], str] = read_file,
    ) -> None:
        """`scale_mv`: millivolts a step, where the kernel does not tell; None or 0 if it must."""
        if channel < 0 or raw_max < 1 or (scale_mv or 0.0) < 0:
            wanted = f"channel {channel}, scale {scale_mv} mV, raw_max {raw_max}"
            raise SettingError(f"IIO {device}: {wanted}: positive values expected")
        self._device, self._channel, self._read = device.rstrip("/"), channel, read
        self._board_scale_mv, self._raw_max = scale_mv or 0.0, raw_max
        self._found: tuple[str, str, str] | None = None
        self._offset = self._lsb_v = 0.0

    def configure(self) -> None:
        """Learn what the converter is and how it scales, and see that it converts."""
        self._raw()
        found = self._settings()
        _, scale, offset = found
        lsb_mv = self._number(scale, DECIMAL, "scale") if scale else self._board_scale_mv
        if lsb_mv <= 0:
            where = f"{self._device}: scale of channel {self._channel}: {scale or 'none'}"
            raise AdcAbsent(f"{where}; a positive one, or scale_mv in the board's file, expected")
        self._offset = self._number(offset, DECIMAL, "offset") if offset else 0.0
        self._lsb_v, self._found = lsb_mv / 1000, found

    def read_v(self) -> float:
        """One conversion in volts at the pin; raises AdcError, never guesses."""
        if self._found is None:
            raise AdcNotConfigured(f"{self._device}: read, but configure() expected first")
        try:
            return (self._raw() + self._offset) * self._lsb_v
        except AdcError:
            self._found = None  # it may come back as another converter: configure() again
            raise

    def is_saturated(self, volts: float) -> bool:
        """Whether `volts` is the lowest or highest code: the true value may lie outside."""
        code = volts / self._lsb_v - self._offset if self._lsb_v else 0.0
        return not 0.5 <= code <= self._raw_max - 0.5

    def check_config(self) -> None:
        """Raise AdcConfigChanged unless name, scale and offset are as configure() found them."""
        if self._found is None:
            raise AdcNotConfigured(f"{self._device}: checked, but configure() expected first")
        found = self._settings()
        if found != self._found:
            where = f"{self._device}: (name, scale, offset)"
            raise AdcConfigChanged(f"{where} = {found}, {self._found} expected")

    def _raw(self) -> int:
        attribute = f"in_voltage{self._channel}_raw"
        raw = int(self._number(self._text(attribute), INTEGER, attribute))
        if not 0 <= raw <= self._raw_max:
            raise AdcAnswer(f"{self._device}/{attribute}: {raw}, 0 to {self._raw_max} expected")
        return raw

    def _settings(self) -> tuple[str, str, str]:
        return self._optional("name"), self._shared("scale"), self._shared("offset")

    def _shared(self, what: str) -> str:
        own = self._optional(f"in_voltage{self._channel}_{what}")
        return own or self._optional(f"in_voltage_{what}")  # one for all channels

    def _optional(self, attribute: str) -> str:
        try:
            return self._text(attribute).strip()
        except AdcAbsent:
            return ""

    def _text(self, attribute: str) -> str:
        path = f"{self._device}/{attribute}"
        try:
            return self._read(path)
        except OSError as error:
            raise kernel_fault(error, path) from error

    def _number(self, text: str, form: re.Pattern[str], attribute: str) -> float:
        if not form.fullmatch(text):
            raise AdcAnswer(f"{self._device}/{attribute}: {text[:20]!r}, a number expected")
        return float(text)
