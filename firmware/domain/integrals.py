"""Integrals over alternating voltage and current, and how a pause in them is bridged."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware.domain.sinusoid import Point


class Sums(NamedTuple):
    """Integrals from the meter's start to `time_s`: u·i (J), u² (V²s), i² (A²s)."""

    time_s: float
    energy_j: float
    volt2: float
    amp2: float

    def plus(self, other: "Sums", times: float = 1.0) -> "Sums":
        """This and so many times the other; its share, if less than once."""
        return Sums(
            self.time_s + times * other.time_s,
            self.energy_j + times * other.energy_j,
            self.volt2 + times * other.volt2,
            self.amp2 + times * other.amp2,
        )

    def minus(self, other: "Sums") -> "Sums":
        """The stretch from the other to this."""
        return self.plus(other, -1.0)


ZERO = Sums(0.0, 0.0, 0.0, 0.0)


def step(then: Point, now: Point) -> Sums:
    """Integrals between two points, by the trapezoidal rule."""
    half_s = 0.5 * (now.time_s - then.time_s)
    return Sums(
        2.0 * half_s,
        half_s * (then.voltage_v * then.current_a + now.voltage_v * now.current_a),
        half_s * (then.voltage_v**2 + now.voltage_v**2),
        half_s * (then.current_a**2 + now.current_a**2),
    )


@dataclass
class Trace:
    """The integrals now, and for a period back, whatever a period is."""

    now: Sums = ZERO
    _past: deque[Sums] = field(default_factory=deque)

    def begin(self, time_s: float) -> None:
        """Samples begin, or begin again: what was before does not connect."""
        self.now = self.now._replace(time_s=time_s)
        self._past.clear()
        self._past.append(self.now)

    def add(self, sums: Sums, time_s: float, period_s: float) -> None:
        """Go on by a stretch, to a time."""
        self.now = self.now.plus(sums)._replace(time_s=time_s)
        past = self._past
        past.append(self.now)
        while past[1].time_s < time_s - 1.1 * period_s:
            past.popleft()

    def bridges(self, period_s: float) -> bool:
        """Whether a whole period was seen."""
        return self._past[0].time_s <= self.now.time_s - period_s

    def last(self, period_s: float) -> Sums:
        """The stretch of a period back from now, or as much of it as there is."""
        if not self._past or not self.bridges(period_s):
            return self.now.minus(self._past[0]) if self._past else ZERO
        return self.now.minus(self._at(self.now.time_s - period_s))

    def repeated(self, pause_s: float, period_s: float) -> Sums:
        """What a pause adds, had the last period gone on in it."""
        whole, rest_s = divmod(pause_s, period_s)
        before = self._at(self.now.time_s - period_s)
        part = self._at(self.now.time_s - period_s + rest_s).minus(before)
        return part.plus(self.now.minus(before), whole)

    def _at(self, time_s: float) -> Sums:
        later = next(n for n, sums in enumerate(self._past) if sums.time_s >= time_s)
        after = self._past[later]
        if later == 0:
            return after
        before = self._past[later - 1]
        share = (time_s - before.time_s) / (after.time_s - before.time_s)
        return before.plus(after.minus(before), share)
