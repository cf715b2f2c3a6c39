"""Odd harmonics of the mains' voltage and current, followed sample by sample.

Each order is a phasor that every sample corrects a little, in proportion to what all of them
together failed to foretell (Widrow and others, "Fundamental relations between the LMS algorithm
and the DFT", IEEE Transactions on Circuits and Systems, 1987). Samples may come at any times.
"""

import cmath
import math
from dataclasses import dataclass, field

VOLTAGE_ORDERS = (3, 5, 7)  # what transformers and rectifiers leave in mains (EN 50160, table 1)
CURRENT_ORDERS = (3, 5, 7, 9, 11)


@dataclass
class Harmonics:
    """`weights` belong to the third order and up; phasors follow within about 2 / gain samples."""

    weights: tuple[float, ...]
    gain: float
    _mean: float = 0.0
    _phasors: list[complex] = field(default_factory=list)  # the fundamental's first

    def __post_init__(self) -> None:
        self._phasors = [0j] * (1 + len(self.weights))

    def learn(self, angle: float, value: float) -> float:
        """Take a sample at an angle of the fundamental, which is what is left of it then."""
        turns, phasors = self._turns(angle), self._phasors
        parts = [(phasor * turn).real for phasor, turn in zip(phasors, turns, strict=True)]
        rest = value - self._mean - sum(parts) + parts[0]
        step = self.gain * (rest - parts[0])
        self._mean += 0.5 * step
        self._phasors = [
            phasor + step * turn.conjugate() for phasor, turn in zip(phasors, turns, strict=True)
        ]
        return rest

    def at(self, angle: float) -> float:
        """Sum of the weighted harmonics at an angle."""
        found = zip(self.weights, self._phasors[1:], self._turns(angle)[1:], strict=True)
        return sum(weight * (phasor * turn).real for weight, phasor, turn in found)

    @property
    def square(self) -> float:
        """Mean square of the harmonics, each multiplied with its weight."""
        found = zip(self.weights, self._phasors[1:], strict=True)
        return sum(0.5 * weight * abs(phasor) ** 2 for weight, phasor in found)

    def _turns(self, angle: float) -> list[complex]:
        turn = cmath.rect(1.0, angle)
        turns, double = [turn], turn * turn
        for _ in self.weights:
            turn *= double
            turns.append(turn)
        return turns


def of_voltage(hz: float, voltage_s: float, current_s: float) -> Harmonics:
    """Weighted so that each order has the power back which averaging took from both channels."""

    def shown(order: int) -> float:
        return droop(order * hz, voltage_s) * droop(order * hz, current_s)

    return Harmonics(tuple(shown(1) / shown(order) for order in VOLTAGE_ORDERS), 0.02)


def of_current(hz: float, current_s: float) -> Harmonics:
    """Weighted so that `square` is what averaging took from the current's mean square."""

    def lacking(order: int) -> float:
        return (droop(hz, current_s) / droop(order * hz, current_s)) ** 2 - 1.0

    return Harmonics(tuple(map(lacking, CURRENT_ORDERS)), 0.005)


def droop(hz: float, averaged_s: float) -> float:
    """Share of a sinusoid's amplitude that is left after averaging: sin(x)/x, x = π·f·T."""
    x = math.pi * hz * averaged_s
    return math.sin(x) / x if x else 1.0
