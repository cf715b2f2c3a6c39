"""One voltage and one current over whole cycles of the mains, repeated for ever.

Between its points a wave is a straight line. Running totals at the points make any mean exact, in
a time that does not depend on its length.
"""

import math
from array import array
from collections.abc import Sequence
from typing import Any

POINTS = 1024  # a cycle, of the waves that are made here
Table = Sequence[float]


def numpy() -> Any:
    """Imported when waves are made, not when the plant starts."""
    import numpy as module

    return module


class Waves:
    """`u` in volts at the nominal voltage, `i` in amperes, both from a rising zero of u on."""

    def __init__(
        self,
        name: str,
        volts: Sequence[float],
        amps: Sequence[float],
        cycles: int,
        surge: float = 0.0,
    ) -> None:
        np = numpy()
        self.name, self.cycles, self.count = name, cycles, len(volts)
        self.surge = surge  # so many times more current at the moment of closing
        u, i = (np.append(wave, wave[0]) for wave in (volts, amps))
        self.u, self.i = _table(np.append(u, u[-1])), _table(np.append(i, i[-1]))
        self.sum_u, self.sum_i = _running(u), _running(i)
        self._products = tuple(_running(a, b) for a, b in ((u, u), (u, i), (i, i)))

    @property
    def power_w(self) -> float:
        """Mean of u x i."""
        mean: float = self._products[1][-1] / self.count
        return mean

    @property
    def amps_rms(self) -> float:
        return math.sqrt(self._products[2][-1] / self.count)

    def total(self, wave: Table, running: Table, begin: float, end: float) -> float:
        """Integral of one wave between two positions, in points since ever. The hot path."""
        count = self.count
        begin_loops, begin = divmod(begin, count)
        end_loops, end = divmod(end, count)
        first, last = int(begin), int(end)
        a, b = begin - first, end - last
        before = running[first] + a * (wave[first] + 0.5 * a * (wave[first + 1] - wave[first]))
        after = running[last] + b * (wave[last] + 0.5 * b * (wave[last + 1] - wave[last]))
        return (end_loops - begin_loops) * running[count] + after - before

    def totals(self, begin: float, end: float) -> tuple[float, float, float]:
        """Integrals of u², u·i and i² between two positions."""
        begin_loops, begin = divmod(begin, self.count)
        end_loops, end = divmod(end, self.count)
        pairs = (self.u, self.u), (self.u, self.i), (self.i, self.i)
        uu, ui, ii = (
            # Whole loops apart: the sum since ever would lose the digits of a short stretch.
            (end_loops - begin_loops) * running[self.count]
            + self._until(a, b, running, end)
            - self._until(a, b, running, begin)
            for (a, b), running in zip(pairs, self._products, strict=True)
        )
        return uu, ui, ii

    def _until(self, a: Table, b: Table, running: Table, position: float) -> float:
        at = int(position)
        x, slope_a, slope_b = position - at, a[at + 1] - a[at], b[at + 1] - b[at]
        curved = 0.5 * (a[at] * slope_b + b[at] * slope_a) + x * slope_a * slope_b / 3.0
        return running[at] + x * (a[at] * b[at] + x * curved)


def _table(wave: Any) -> Table:
    # An array of doubles: eight bytes a point, and quicker than numpy one element at a time.
    return array("d", wave.tobytes())


def _running(a: Any, b: Any = None) -> Table:
    """Totals up to each point, of a wave or of the product of two."""
    np = numpy()
    if b is None:
        pieces = (a[:-1] + a[1:]) / 2.0
    else:
        pieces = (2.0 * (a[:-1] * b[:-1] + a[1:] * b[1:]) + a[:-1] * b[1:] + a[1:] * b[:-1]) / 6.0
    return _table(np.concatenate(([0.0], np.cumsum(pieces))))
