"""Calibration: from what the sensor chips say to volts and amps."""

import math
from dataclasses import dataclass, fields, replace

from firmware.domain.waveform import Waveform
from firmware.errors import CheckFailed

# Wider than any sound part: ACS712 total output error is ±1.5 % of full scale and ±40 mV of
# offset (datasheet, table "x20A performance characteristics"); a divider of 1 % resistors ±2 %.
GAIN_LIMIT = 0.10
OFFSET_LIMIT_A = 1.0
OFFSET_LIMIT_V = 50.0  # a transformer module's bias is half its supply: 5 V ± 5 % at 0.005 V/V
PHASE_LIMIT_S = 1e-3  # 18 degrees at 50 Hz; modules have a few
LATER = {"voltage_offset_v", "phase_s"}


@dataclass(frozen=True)
class Calibration:
    """Corrections of one board; `None` of a board is the uncalibrated identity."""

    current_offset_a: float = 0.0
    current_gain: float = 1.0
    voltage_gain: float = 1.0
    noise_a: float = 0.0  # standard deviation of one sample at zero current
    calibrated: bool = False
    voltage_offset_v: float = 0.0  # alternating current: the sensor's mean is no voltage,
    phase_s: float = 0.0  # and its current comes later than its voltage by so much

    def current_a(self, raw_a: float) -> float:
        """Corrected current in amperes, positive out of the household."""
        return (raw_a - self.current_offset_a) * self.current_gain

    def voltage_v(self, raw_v: float) -> float:
        """Corrected voltage in volts."""
        return (raw_v - self.voltage_offset_v) * self.voltage_gain

    def with_zero(
        self, mean_raw_a: float, noise_a: float, mean_raw_v: float = 0.0
    ) -> "Calibration":
        """With the zero point measured while no current could flow.

        `mean_raw_v` is an alternating voltage's over whole cycles: a transformer passes none.
        """
        if abs(mean_raw_a) > OFFSET_LIMIT_A:
            raise CheckFailed(
                f"zero offset {mean_raw_a:+.3f} A, at most ±{OFFSET_LIMIT_A:.1f} A expected: "
                "is a load connected past the relay, or another sensor variant fitted?",
                "CALIBRATION-ZERO",
            )
        if abs(mean_raw_v) > OFFSET_LIMIT_V:
            raise CheckFailed(
                f"voltage's mean {mean_raw_v:+.1f} V, at most ±{OFFSET_LIMIT_V:.0f} V expected: "
                "does board.toml's bias_v fit the transformer module?",
                "CALIBRATION-ZERO",
            )
        return replace(
            self, current_offset_a=mean_raw_a, noise_a=noise_a, voltage_offset_v=mean_raw_v
        )

    def with_load(
        self, raw_a: float, raw_v: float, reference_a: float, reference_v: float
    ) -> "Calibration":
        """With gains from one known point measured by the technician's instrument."""
        return self._with_gains(raw_a - self.current_offset_a, raw_v, reference_a, reference_v)

    def with_alternating_load(
        self, found: Waveform, reference_a: float, reference_v: float
    ) -> "Calibration":
        """Likewise, in RMS values, and with the phase: a resistor's current has none.

        `found` is of raw samples, its current about the raw zero point.
        """
        if abs(found.phase_s) > PHASE_LIMIT_S:
            turned = abs(found.phase_s) > 0.25 / found.frequency_hz
            why = "is one of the two sensors turned round?" if turned else "is the load a resistor?"
            raise CheckFailed(
                f"current {found.phase_s * 1e3:+.2f} ms after the voltage, at most "
                f"±{PHASE_LIMIT_S * 1e3:g} ms expected: {why}",
                "CALIBRATION-PHASE",
            )
        current_a = math.sqrt(max(0.0, found.current_rms_a**2 - self.noise_a**2))
        gains = self._with_gains(current_a, found.voltage_rms_v, reference_a, reference_v)
        return replace(gains, phase_s=found.phase_s)

    def _with_gains(
        self, measured_a: float, raw_v: float, reference_a: float, reference_v: float
    ) -> "Calibration":
        if abs(measured_a) < 0.1 or raw_v < 0.5:
            raise CheckFailed(
                f"{measured_a:.3f} A at {raw_v:.2f} V is too little to calibrate with: "
                "is the reference load connected?",
                "CALIBRATION-LOAD",
            )
        current_gain = _gain(reference_a / measured_a, "current")
        voltage_gain = _gain(reference_v / raw_v, "voltage")
        return replace(self, current_gain=current_gain, voltage_gain=voltage_gain, calibrated=True)

    def to_json(self) -> dict[str, float | bool]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, values: dict[str, float | bool]) -> "Calibration":
        """Also of a calibration stored by 0.1, which knew no alternating current."""
        names = {field.name for field in fields(cls)}
        if not names - LATER <= set(values) <= names:
            raise CheckFailed(f"calibration: the keys {sorted(names)} expected", "CALIBRATION-FILE")
        numbers = {name: float(values[name]) for name in values if name != "calibrated"}
        return cls(**numbers, calibrated=bool(values["calibrated"]))


def _gain(value: float, what: str) -> float:
    if not abs(value - 1.0) <= GAIN_LIMIT:
        raise CheckFailed(
            f"{what} gain {value:.4f}, 1 ± {GAIN_LIMIT} expected: check the instrument's reading",
            "CALIBRATION-GAIN",
        )
    return value
