"""History of one terminal's voltage and current: pieces of the same waves, one after the other."""

from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from drivers.virtual.plant.ac.waves import Waves
from drivers.virtual.plant.trace import HISTORY_S

PRUNE_AT = 4096
Mix = tuple[float, float]  # a quantity is mix[0] x u(t) + mix[1] x i(t)
_start = attrgetter("start_s")


@dataclass(frozen=True, slots=True)
class Phase:
    """Where the mains stand: cycles since ever at a time, and how fast they go."""

    time_s: float
    cycles: float
    frequency_hz: float

    def at(self, time_s: float) -> float:
        """Cycles since ever."""
        return self.cycles + (time_s - self.time_s) * self.frequency_hz


class Piece(NamedTuple):
    """From `start_s` on."""

    start_s: float
    waves: Waves
    reference_s: float  # at this time the waves stand at position `origin`, in points
    origin: float
    rate: float  # points per second
    volts: Mix
    amps: Mix

    def at(self, time_s: float) -> float:
        """Position in the waves."""
        return self.origin + (time_s - self.reference_s) * self.rate


class Squares(NamedTuple):
    """Integrals over time of v², v·i, i² (divided by the seconds: their means)."""

    vv: float
    vi: float
    ii: float


def piece(start_s: float, waves: Waves, phase: Phase, volts: Mix, amps: Mix) -> Piece:
    """The present mixes at the mains' present phase."""
    points = waves.count / waves.cycles
    rate = phase.frequency_hz * points
    return Piece(start_s, waves, phase.time_s, phase.cycles * points, rate, volts, amps)


class Trace:
    """Before its first piece the plant had always been so; the latest piece goes on for ever."""

    def __init__(self, first: Piece) -> None:
        self._pieces = [first]
        self.last = first

    def set(self, latest: Piece) -> None:
        """Nothing is added while nothing has changed."""
        if latest[1:] == self.last[1:]:
            return
        self.last = latest
        self._pieces.append(latest)
        if len(self._pieces) > PRUNE_AT:
            before_s = latest.start_s - HISTORY_S
            surplus = bisect_right(self._pieces, before_s, key=_start) - 1
            del self._pieces[: min(max(surplus, 0), len(self._pieces) - 2)]

    def pieces(self, begin_s: float, end_s: float) -> list[tuple[Piece, float, float]]:
        """What makes up an interval: each piece with its own begin and end."""
        if begin_s >= self.last.start_s:
            return [(self.last, begin_s, end_s)]
        index = max(bisect_right(self._pieces, begin_s, key=_start) - 1, 0)
        found, start = [], begin_s
        while index + 1 < len(self._pieces) and self._pieces[index + 1].start_s < end_s:
            stop = self._pieces[index + 1].start_s
            found.append((self._pieces[index], start, stop))
            start, index = stop, index + 1
        return [*found, (self._pieces[index], start, end_s)]

    def mean_squares(self, begin_s: float, end_s: float) -> Squares:
        """Means of v², v·i and i² over [begin_s, end_s]."""
        parts = [
            squares(part, part.volts, part.amps, start, stop)
            for part, start, stop in self.pieces(begin_s, end_s)
        ]
        return Squares(*(sum(column) / (end_s - begin_s) for column in zip(*parts, strict=True)))


class Signal:
    """One of a trace's two quantities."""

    def __init__(self, trace: Trace, of_current: bool) -> None:
        self._trace, self._of_current = trace, of_current

    def mean(self, begin_s: float, end_s: float) -> float:
        """Mean over [begin_s, end_s]; the hot path."""
        total = 0.0
        for part, start, stop in self._trace.pieces(begin_s, end_s):
            of_u, of_i = part.amps if self._of_current else part.volts
            waves, begin, end = part.waves, part.at(start), part.at(stop)
            area = of_u * waves.total(waves.u, waves.sum_u, begin, end) if of_u else 0.0
            if of_i:
                area += of_i * waves.total(waves.i, waves.sum_i, begin, end)
            total += area / part.rate
        return total / (end_s - begin_s)


def squares(part: Piece, volts: Mix, amps: Mix, begin_s: float, end_s: float) -> Squares:
    """Integrals over [begin_s, end_s] of two mixes of a piece's waves."""
    totals = part.waves.totals(part.at(begin_s), part.at(end_s))
    uu, ui, ii = (total / part.rate for total in totals)

    def product(a: Mix, b: Mix) -> float:
        return a[0] * b[0] * uu + (a[0] * b[1] + a[1] * b[0]) * ui + a[1] * b[1] * ii

    return Squares(product(volts, volts), product(volts, amps), product(amps, amps))
