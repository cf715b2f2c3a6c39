"""ADS1115 at register level (Texas Instruments SBAS444): time comes in with every access."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.virtual.plant.parameters import parameter

# "Register Map": the pointer's two low bits choose the register.
CONVERSION, CONFIG, LO_THRESH, HI_THRESH = range(4)
# "Config Register Field Descriptions"
OS, MODE_SINGLE = 0x8000, 0x0100
RESET = {CONVERSION: 0x0000, CONFIG: 0x8583, LO_THRESH: 0x8000, HI_THRESH: 0x7FFF}
MUX = ((0, 1), (0, 3), (1, 3), (2, 3), (0, None), (1, None), (2, None), (3, None))
FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
RATES = (8, 16, 32, 64, 128, 250, 475, 860)
IDLE_BUS = b"\xff"  # nobody pulls the line down after the register's two bytes
NEVER = math.inf
WAKE_S = 25e-6  # "Single-Shot Mode": from the power-down state until the conversion begins

Input = Callable[[float, float], float]  # (begin, end) in seconds -> mean volts at the pin


@dataclass(slots=True, kw_only=True)
class AdcErrors:
    """How this copy of the chip differs from the ideal ("Electrical Characteristics")."""

    clock_error: float = parameter(-0.1, 0.1)  # data rate variation ±10 %
    gain_error: float = parameter(-0.01, 0.01)
    offset_lsb: float = parameter(-100.0, 100.0)
    supply_v: float = parameter(2.0, 5.5)  # inputs are clamped 0.3 V beyond the supply


class Ads1115:
    """A conversion is the mean of its input over its period, and appears at the period's end."""

    def __init__(self, inputs: Sequence[Input], errors: AdcErrors) -> None:
        self.inputs, self.errors = inputs, errors
        self.deaf = 0.0  # a fault: the share of transfers that it does not acknowledge
        self.reset()

    def reset(self) -> None:
        """Power-up, or the general call's reset: power-down, all registers at their defaults."""
        self._registers = dict(RESET)
        self._pointer = CONVERSION
        self._active = RESET[CONFIG]  # the settings of the conversion under way
        self._ends_s = NEVER  # when that conversion ends
        self._shot = False  # a single conversion was asked for meanwhile

    def sleep(self, now_s: float) -> None:
        """A fault: the MODE bit is set; the conversion under way completes, and no other begins."""
        self._convert_until(now_s)
        self._registers[CONFIG] |= MODE_SINGLE

    def write(self, data: bytes, now_s: float) -> None:
        """Pointer byte, then the register's two bytes, most significant first."""
        if not data:
            return
        self._pointer = data[0] & 0x03
        if len(data) >= 3 and self._pointer != CONVERSION:
            self._convert_until(now_s)
            value = data[1] << 8 | data[2]
            self._registers[self._pointer] = value
            if self._pointer == CONFIG:
                self._configured(value, now_s)

    def read(self, count: int, now_s: float) -> bytes:
        """The register under the pointer; the pointer stays where it is."""
        if now_s >= self._ends_s:
            self._convert_until(now_s)
        word = self._registers[self._pointer]
        if self._pointer == CONFIG:
            idle = self._ends_s == NEVER
            word = word | OS if idle else word & ~OS
        if count == 2:
            return word.to_bytes(2, "big")
        return (word.to_bytes(2, "big") + IDLE_BUS * count)[:count]

    def _configured(self, value: int, now_s: float) -> None:
        # "Continuous-Conversion Mode": a conversion under way completes with the previous
        # settings; thereafter the new ones count.
        self._shot = bool(value & MODE_SINGLE and value & OS)
        if self._ends_s == NEVER and self._shot:
            self._begin(now_s + WAKE_S)
        elif self._ends_s == NEVER and not value & MODE_SINGLE:
            self._begin(now_s)

    def _begin(self, now_s: float) -> None:
        self._active, self._shot = self._registers[CONFIG], False
        self._ends_s = now_s + self._period_s()

    def _period_s(self) -> float:
        return 1.0 / (RATES[self._active >> 5 & 7] * (1.0 + self.errors.clock_error))

    def _convert_until(self, now_s: float) -> None:
        """Complete what has ended by `now_s`; of many equal conversions only the last counts."""
        while now_s >= self._ends_s:
            period_s = self._period_s()
            if self._active == self._registers[CONFIG] and not self._active & MODE_SINGLE:
                self._ends_s += math.floor((now_s - self._ends_s) / period_s) * period_s
            ended_s = self._ends_s
            self._registers[CONVERSION] = self._convert(ended_s - period_s, ended_s) & 0xFFFF
            self._ends_s = NEVER
            if self._shot or not self._registers[CONFIG] & MODE_SINGLE:
                self._begin(ended_s)

    def _convert(self, begin_s: float, end_s: float) -> int:
        positive, negative = MUX[self._active >> 12 & 7]
        volts = self._pin_v(positive, begin_s, end_s)
        if negative is not None:
            volts -= self._pin_v(negative, begin_s, end_s)
        lsb_v = FULL_SCALE_V[self._active >> 9 & 7] / 0x8000
        code = volts * (1.0 + self.errors.gain_error) / lsb_v + self.errors.offset_lsb
        return min(max(round(code), -0x8000), 0x7FFF)  # PGA: clips at full scale

    def _pin_v(self, pin: int, begin_s: float, end_s: float) -> float:
        volts = self.inputs[pin](begin_s, end_s)
        return min(max(volts, -0.3), self.errors.supply_v + 0.3)
