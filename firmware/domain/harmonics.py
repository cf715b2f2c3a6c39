"""The voltage's third, fifth and seventh harmonic, followed sample by sample.

Each order is a phasor that every sample corrects a little, in proportion to what all of them
together failed to foretell (Widrow and others, "Fundamental relations between the LMS algorithm
and the DFT", IEEE Transactions on Circuits and Systems, 1987). Samples may come at any times.
"""

import cmath
import math
from dataclasses import dataclass, field

ORDERS = (3, 5, 7)  # what transformers and rectifiers leave in mains (EN 50160, table 1)
GAIN = 0.02  # a phasor follows within about 2 / GAIN samples


@dataclass
class Harmonics:
    """`weights` are what each order of ORDERS is multiplied with when it is asked for."""

    weights: tuple[float, ...] = (1.0, 1.0, 1.0)
    _first: complex = 0j
    _parts: list[complex] = field(default_factory=lambda: [0j] * len(ORDERS))

    def learn(self, angle: float, volts: float) -> float:
        """Take a sample at an angle of the fundamental; returns it without its harmonics."""
        turn = cmath.rect(1.0, angle)
        double = turn * turn
        third = double * turn
        fifth = third * double
        seventh = fifth * double
        a, b, c = self._parts
        rest = volts - (a * third + b * fifth + c * seventh).real
        step = GAIN * (rest - (self._first * turn).real)
        self._first += step * turn.conjugate()
        self._parts = [
            a + step * third.conjugate(),
            b + step * fifth.conjugate(),
            c + step * seventh.conjugate(),
        ]
        return rest

    def at(self, angle: float) -> float:
        """Sum of the weighted harmonics at an angle, volts."""
        turn = cmath.rect(1.0, angle)
        double = turn * turn
        third = double * turn
        a, b, c = (part * w for part, w in zip(self._parts, self.weights, strict=True))
        return (third * (a + double * (b + double * c))).real


def restored(hz: float, voltage_s: float, current_s: float) -> tuple[float, ...]:
    """Weights that give each order the power back which averaging took, beside the fundamental.

    A converter that averages over T shows sin(x)/x of a sinusoid, x = π·f·T; both do.
    """

    def shown(order: int) -> float:
        return _sinc(order * hz * voltage_s) * _sinc(order * hz * current_s)

    return tuple(shown(1) / shown(order) for order in ORDERS)


def droop(hz: float, averaged_s: float) -> float:
    """Share of a sinusoid's amplitude that is left after averaging over `averaged_s`."""
    return _sinc(hz * averaged_s)


def _sinc(x: float) -> float:
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0
