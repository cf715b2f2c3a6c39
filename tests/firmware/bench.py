"""A board of the plant on injected time: its chips' registers read without a process or a wait."""

from drivers.acs712 import ACS712
from drivers.divider import Divider
from drivers.virtual.board import CURRENT_ADC, REFERENCE_LINE, VOLTAGE_ADC
from drivers.virtual.machine import Machine
from firmware.domain.calibration import Calibration
from firmware.domain.statistics import Series

# 860 samples a second, continuous, ±6.144 V, AIN0 against ground (SBAS444, "Config Register")
CONFIG = 0x4000 | 0x0000 | 0x00E0 | 0x0003
LSB_V = 6.144 / 0x8000


class Bench:
    """`sample(t)` gives (t, volts, amps) as the calibrated meter would see them."""

    def __init__(self, machine: Machine, name: str) -> None:
        self.machine, self.name, self.board = machine, name, machine.boards[name]
        self.calibration = Calibration()
        self.now_s = machine.world.time_s
        for address in (CURRENT_ADC, VOLTAGE_ADC):
            self._write(address, bytes((1, CONFIG >> 8, CONFIG & 0xFF)))
            self._write(address, b"\0")
        self.now_s += 0.1

    def line(self, number: int, *, closed: bool, at_s: float) -> None:
        self.board.gpio.setup(number, True, 0 if closed else 1, at_s)

    def sample(self, at_s: float) -> tuple[float, float, float]:
        self.now_s = at_s
        self.machine.world.advance(at_s)
        volts = Divider(30_000.0, 7_500.0).voltage_v(self._volts(VOLTAGE_ADC))
        amps = ACS712(20).current_a(self._volts(CURRENT_ADC))
        return at_s, self.calibration.voltage_v(volts), self.calibration.current_a(amps)

    def calibrate(self) -> None:
        """Zero, then the reference load beside the multimeter, as the technician does."""
        self.now_s = max(self.now_s, self.machine.world.time_s)  # others may have moved it on
        zero, _ = self._mean(0.8)
        self.calibration = Calibration().with_zero(zero.mean, zero.deviation)
        self.line(REFERENCE_LINE, closed=True, at_s=self.now_s)
        self.now_s += 0.1
        offset = self.calibration.current_offset_a
        amps, volts = self._mean(0.8)
        seen = self.machine.measure(self.name, 0.7, self.now_s)
        self.line(REFERENCE_LINE, closed=False, at_s=self.now_s)
        self.now_s += 0.1
        self.calibration = self.calibration.with_load(
            amps.mean + offset, volts.mean, seen["current_a"], seen["voltage_v"]
        )

    def _mean(self, seconds: float) -> tuple[Series, Series]:
        amps, volts = Series(), Series()
        start_s = self.now_s
        for n in range(1, int(seconds * 860)):
            _, volt, amp = self.sample(start_s + n / 860)
            amps.add(amp)
            volts.add(volt)
        return amps, volts

    def _volts(self, address: int) -> float:
        reply = self.board.i2c.transfer(address, b"", 2, self.now_s)
        return int.from_bytes(reply[1:], "big", signed=True) * LSB_V

    def _write(self, address: int, data: bytes) -> None:
        self.board.i2c.transfer(address, data, 0, self.now_s)
