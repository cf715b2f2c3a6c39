"""Two ADS1115 on one bus in a time of their own: a transfer takes what a bus takes, a sleep sleeps.

The chips are the plant's, at register level; the drivers and Adafruit's library do not know.
"""

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.virtual.chips.ads1115 import AdcErrors, Ads1115
from drivers.virtual.chips.i2c import I2cBus
from drivers.virtual.wire import NACK
from tests.firmware.waves import AMPS_A_PIN, VOLTS_A_PIN, Load

VOLTAGE, CURRENT = 0x49, 0x48
BIAS_V = 2.5
Input = Callable[[float, float], float]


@dataclass
class Clock:
    """In place of the module `time` of the drivers."""

    now_s: float = 100.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds + 6e-5  # what a sleep of Linux takes longer


@dataclass
class Bus:
    """Four bytes at 400 kHz take 0.1 ms; `held_s` is a pause in the middle of the next transfer."""

    chips: dict[int, Ads1115]
    clock: Clock
    transfer_s: float = 1e-4
    held_s: float = 0.0
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    def __post_init__(self) -> None:
        self._bus = I2cBus(self.chips)

    def try_lock(self) -> bool:
        return True

    def unlock(self) -> None:
        """Nobody else is there."""

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        self._transfer(address, bytes(buffer[start:end]), 0)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        end = len(buffer) if end is None else end
        buffer[start:end] = self._transfer(address, b"", end - start)

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: bytes,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        in_end = len(in_buffer) if in_end is None else in_end
        data = bytes(out_buffer[out_start:out_end])
        in_buffer[in_start:in_end] = self._transfer(address, data, in_end - in_start)

    def _transfer(self, address: int, data: bytes, count: int) -> bytes:
        clock, jitter_s = self.clock, abs(self.rng.gauss(0.0, 2e-5))
        clock.now_s += 0.8 * self.transfer_s + jitter_s
        reply = self._bus.transfer(address, data, count, clock.now_s)
        clock.now_s += 0.2 * self.transfer_s + self.held_s
        self.held_s = 0.0
        if reply[0] == NACK:
            raise OSError(errno.EREMOTEIO, "no acknowledge")
        return reply[1:]


def bus_of(
    load: Load, voltage_clock: float = 0.07, current_clock: float = -0.05, one_chip: bool = False
) -> Bus:
    """The load's voltage at 0x49 and its current at 0x48, or both at 0x48, AIN1 and AIN0."""

    def volts(begin_s: float, end_s: float) -> float:
        return BIAS_V + load.voltage.mean(begin_s, end_s) / VOLTS_A_PIN

    def amps(begin_s: float, end_s: float) -> float:
        return BIAS_V + load.current.mean(begin_s, end_s) / AMPS_A_PIN

    def chip(clock_error: float, *inputs: Input) -> Ads1115:
        errors = AdcErrors(clock_error=clock_error, gain_error=0.0, offset_lsb=0.0, supply_v=5.0)
        return Ads1115((*inputs, *[lambda _b, _e: 0.0] * (4 - len(inputs))), errors)

    if one_chip:
        return Bus({CURRENT: chip(current_clock, amps, volts)}, Clock())
    chips = {VOLTAGE: chip(voltage_clock, volts), CURRENT: chip(current_clock, amps)}
    return Bus(chips, Clock())
