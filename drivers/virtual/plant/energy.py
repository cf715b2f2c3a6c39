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

    def reset(self) -> None:
        self.out_j = self.in_j = self.reference_j = 0.0
