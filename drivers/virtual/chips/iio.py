"""A converter inside a processor, as Linux's industrial I/O shows it: files of text.

Kernel: Documentation/ABI/testing/sysfs-bus-iio; value in millivolts = raw x scale.
"""

import errno
import random
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.virtual.chips.ads1115 import Input
from drivers.virtual.plant.parameters import parameter

SAMPLE_S = 1e-5  # successive approximation: a snapshot beside mains and relays
CHANNELS = 8


@dataclass(slots=True, kw_only=True)
class IioErrors:
    """How this copy differs from the ideal; of the size that data sheets of such parts give."""

    full_scale_v: float = parameter(0.5, 5.5)
    gain_error: float = parameter(-0.05, 0.05)
    offset_lsb: float = parameter(-100.0, 100.0)


class IioAdc:
    """Channels nobody wired read ground."""

    def __init__(
        self,
        inputs: Mapping[int, Input],
        errors: IioErrors,
        raw_max: int = 4095,
        *,
        tells_scale: bool = True,
    ) -> None:
        self.inputs, self.errors = inputs, errors
        self.raw_max, self._tells_scale = raw_max, tells_scale
        self.channels = max(CHANNELS, *(number + 1 for number in inputs))
        self.deaf = 0.0  # a fault: the share of conversions that fail
        self._rng = random.Random(f"evlock iio {errors.gain_error}")

    def attributes(self) -> list[str]:
        """Names of its files."""
        names = ["name", *(f"in_voltage{number}_raw" for number in range(self.channels))]
        return [*names, "in_voltage_scale"] if self._tells_scale else names

    def read(self, attribute: str, now_s: float) -> str:
        """An attribute's text; OSError EIO when the converter does not answer."""
        if attribute == "name":
            return "virtual-adc\n"
        if attribute == "in_voltage_scale":
            return f"{self.errors.full_scale_v * 1e3 / (self.raw_max + 1):.9f}\n"
        if self.deaf and self._rng.random() < self.deaf:
            raise OSError(errno.EIO, "the converter does not answer")
        return f"{self._convert(int(attribute[10:-4]), now_s)}\n"

    def _convert(self, number: int, now_s: float) -> int:
        pin = self.inputs.get(number)
        volts = pin(now_s - SAMPLE_S, now_s) if pin is not None else 0.0
        share = volts * (1.0 + self.errors.gain_error) / self.errors.full_scale_v
        code = round(share * (self.raw_max + 1) + self.errors.offset_lsb)
        return min(max(code, 0), self.raw_max)
