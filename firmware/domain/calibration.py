"""Calibration: from what the sensor chips say to volts and amps."""

from dataclasses import dataclass, fields, replace

from firmware.errors import CheckFailed

# Wider than any sound part: ACS712 total output error is ±1.5 % of full scale and ±40 mV of
# offset (datasheet, table "x20A performance characteristics"); a divider of 1 % resistors ±2 %.
GAIN_LIMIT = 0.10
OFFSET_LIMIT_A = 1.0


@dataclass(frozen=True)
class Calibration:
    """Corrections of one board; `None` of a board is the uncalibrated identity."""

    current_offset_a: float = 0.0
    current_gain: float = 1.0
    voltage_gain: float = 1.0
    noise_a: float = 0.0  # standard deviation of one sample at zero current
    calibrated: bool = False

    def current_a(self, raw_a: float) -> float:
        """Corrected current in amperes, positive out of the battery."""
        return (raw_a - self.current_offset_a) * self.current_gain

    def voltage_v(self, raw_v: float) -> float:
        """Corrected voltage in volts."""
        return raw_v * self.voltage_gain

    def with_zero(self, mean_raw_a: float, noise_a: float) -> "Calibration":
        """With the zero point measured while no current could flow."""
        if abs(mean_raw_a) > OFFSET_LIMIT_A:
            raise CheckFailed(
                f"zero offset {mean_raw_a:+.3f} A, at most ±{OFFSET_LIMIT_A:.1f} A expected: "
                "is a load connected past the relay, or another sensor variant fitted?",
                "CALIBRATION-ZERO",
            )
        return replace(self, current_offset_a=mean_raw_a, noise_a=noise_a)

    def with_load(
        self, raw_a: float, raw_v: float, reference_a: float, reference_v: float
    ) -> "Calibration":
        """With gains from one known point measured by the technician's instrument."""
        measured_a = raw_a - self.current_offset_a
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
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise CheckFailed(f"calibration: the keys {sorted(names)} expected", "CALIBRATION-FILE")
        numbers = {name: float(values[name]) for name in names - {"calibrated"}}
        return cls(**numbers, calibrated=bool(values["calibrated"]))


def _gain(value: float, what: str) -> float:
    if not abs(value - 1.0) <= GAIN_LIMIT:
        raise CheckFailed(
            f"{what} gain {value:.4f}, 1 ± {GAIN_LIMIT} expected: check the instrument's reading",
            "CALIBRATION-GAIN",
        )
    return value
