"""ACS712, a Hall current sensor (Allegro data sheet ACS712, "x05B/x20A/x30A Characteristics")."""

from drivers.errors import SettingError

SENSITIVITY_V_PER_A = {5: 0.185, 20: 0.100, 30: 0.066}  # at 5 V, typical
RATED_SUPPLY_V = 5.0


class ACS712:
    """Output = supply/2 + sensitivity x current; both follow the supply (ratiometric)."""

    def __init__(self, variant_a: int, supply_v: float = RATED_SUPPLY_V) -> None:
        if variant_a not in SENSITIVITY_V_PER_A:
            raise SettingError(f"ACS712: variant {variant_a} A, one of 5, 20, 30 expected")
        if not 4.5 <= supply_v <= 5.5:
            raise SettingError(f"ACS712: supply {supply_v} V, 4.5 to 5.5 V expected")
        self.full_scale_a = float(variant_a)
        self.sensitivity_v_per_a = SENSITIVITY_V_PER_A[variant_a] * supply_v / RATED_SUPPLY_V
        self._zero_v = supply_v / 2

    def current_a(self, volts: float) -> float:
        """Amperes from the output in volts; before calibration wrong by up to ±0.4 A and ±1.5 %."""
        return (volts - self._zero_v) / self.sensitivity_v_per_a

    def is_saturated(self, volts: float) -> bool:
        """Whether the output stands at a rail (or is gone): beyond 1.15 times its range."""
        return abs(volts - self._zero_v) > 1.15 * self.full_scale_a * self.sensitivity_v_per_a
