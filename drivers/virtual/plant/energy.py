"""True energy at a terminal, the yardstick of every meter."""

import math
from dataclasses import dataclass

JOULE_PER_UWH = 0.0036


def uwh_rounded_down(joules: float) -> int:
    """Joules as whole microwatt-hours."""
    return math.floor(joules / JOULE_PER_UWH)


@dataclass(slots=True)
class Energy:
    """Joules since the last reset: over the line out and in, and into the reference load."""

    out_j: float = 0.0
    in_j: float = 0.0
    reference_j: float = 0.0

    def add(self, voltage_v: float, line_a: float, reference_a: float, seconds: float) -> None:
        """A stretch of constant voltage and currents; `line_a` is positive out of this board."""
        joules = voltage_v * line_a * seconds
        if joules > 0.0:
            self.out_j += joules
        else:
            self.in_j -= joules
        self.reference_j += voltage_v * reference_a * seconds

    def state(self) -> dict[str, int]:
        """Whole microwatt-hours."""
        return {
            "energy_out_uwh": uwh_rounded_down(self.out_j),
            "energy_in_uwh": uwh_rounded_down(self.in_j),
            "reference_uwh": uwh_rounded_down(self.reference_j),
        }
