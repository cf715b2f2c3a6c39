"""State of charge of a lead-acid battery, from its voltage at rest.

At rest a cell's voltage is about its acid's specific gravity plus 0.845 V, and the gravity falls
evenly with the charge taken out: a straight line between two voltages of the battery's data sheet.
Under load and shortly after it the voltage is lower: no value then, never a wrong one.
"""

from dataclasses import dataclass

REST_A = 0.1  # below it the battery rests; above the noise of any sensor that we know


@dataclass(frozen=True)
class Battery:
    """Open-circuit volts when empty and full; `rest_s` without load before it is believed."""

    empty_v: float
    full_v: float
    rest_s: float

    def permille(self, voltage_v: float) -> int:
        """State of charge at this open-circuit voltage, 0 to 1000."""
        share = (voltage_v - self.empty_v) / (self.full_v - self.empty_v)
        return round(1000 * min(max(share, 0.0), 1.0))


class Rest:
    """How long the battery has had no load."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def feel(self, now_s: float, relay_closed: bool, current_a: float) -> float:
        """Take in one look at the meter; seconds of rest so far."""
        if relay_closed or abs(current_a) > REST_A:
            self._since_s = None
            return 0.0
        self._since_s = now_s if self._since_s is None else self._since_s
        return now_s - self._since_s


class Hysteresis:
    """A switch with two thresholds, off in the beginning.

    `rising`: on at `on` and above, off below `off`. Falling: on at `on` and below, off above `off`.
    """

    def __init__(self, on: int, off: int, *, rising: bool) -> None:
        self._sign = 1 if rising else -1
        self._on, self._off = self._sign * on, self._sign * off
        self.active = False

    def feel(self, value: int) -> bool:
        """Take in a value; whether the switch is on now."""
        value *= self._sign
        self.active = value >= self._off if self.active else value >= self._on
        return self.active
