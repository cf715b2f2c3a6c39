"""Sinusoids through two samples: the voltage at the current's moment, and where it passes zero."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware.domain.harmonics import Harmonics

At = tuple[float, float]  # seconds, volts


class Point(NamedTuple):
    """Voltage and current of one moment."""

    time_s: float
    voltage_v: float
    current_a: float


def sine_at(time_s: float, first: At, second: At, omega: float) -> float:
    """Value at a time of the sinusoid of angular frequency `omega` through both points.

        u(t) = (u1 sin ω(t2 − t) + u2 sin ω(t − t1)) / sin ω(t2 − t1)

    The points are at most a quarter of a period apart: beyond it, noise would be amplified.
    """
    (t1, u1), (t2, u2) = first, second
    return (u1 * math.sin(omega * (t2 - time_s)) + u2 * math.sin(omega * (time_s - t1))) / (
        math.sin(omega * (t2 - t1))
    )


def zero_of(first: At, second: At, omega: float) -> float:
    """Where the sinusoid through a negative and a later positive point passes zero."""
    (t1, u1), (t2, u2) = first, second
    angle = omega * (t2 - t1)
    return t1 + math.atan2(-u1 * math.sin(angle), u2 - u1 * math.cos(angle)) / omega


class Pair(NamedTuple):
    """`rest_v` is the fundamental's voltage at `volt_s`, `current_a` the current of `time_s`."""

    time_s: float
    current_a: float
    volt_s: float
    rest_v: float
    angle: float  # of the fundamental at volt_s


@dataclass
class Alignment:
    """Pairs of different moments go in; the voltage comes out at the moment of the current.

    Its fundamental is moved along the sinusoid between two neighbouring samples, its harmonics as
    they are known to go on. Its mean is left out: a transformer passes none.
    """

    voltage: Harmonics
    current: Harmonics
    _pairs: deque[Pair] = field(default_factory=lambda: deque(maxlen=3))

    def add(
        self, volt_s: float, voltage_v: float, time_s: float, current_a: float, hz: float
    ) -> Point | None:
        """The pair before this one, of one moment; None where its voltage cannot be told."""
        pairs, omega = self._pairs, math.tau * hz
        angle = (pairs[-1].angle + omega * (volt_s - pairs[-1].volt_s)) % math.tau if pairs else 0.0
        rest_v = self.voltage.learn(angle, voltage_v)
        self.current.learn(angle + omega * (time_s - volt_s), current_a)
        pairs.append(Pair(time_s, current_a, volt_s, rest_v, angle))
        if len(pairs) < 3:
            return None
        before, middle, after = pairs
        around = ((middle, after), (before, middle))
        for first, second in around if middle.time_s >= middle.volt_s else around[::-1]:
            if 0.0 < second.volt_s - first.volt_s <= 0.25 / hz:
                sine_v = sine_at(middle.time_s, first[2:4], second[2:4], omega)
                angle = middle.angle + omega * (middle.time_s - middle.volt_s)
                voltage_v = sine_v + self.voltage.at(angle)
                return Point(middle.time_s, voltage_v, middle.current_a)
        return None

    @property
    def last_s(self) -> float | None:
        """The current's moment in the latest pair."""
        return self._pairs[-1].time_s if self._pairs else None

    def forget(self) -> None:
        """The next pair does not follow the ones so far."""
        self._pairs.clear()


@dataclass
class Crossings:
    """Rising zero crossings; noise makes none, for the voltage must have been below −`level_v`."""

    level_v: float
    _armed: bool = False

    def add(self, then: Point, now: Point, hz: float) -> float | None:
        """The time of the crossing between two neighbouring samples, if there is one."""
        if now.voltage_v < -self.level_v:
            self._armed = True
        if not self._armed or now.voltage_v < 0.0:
            return None
        self._armed = False
        return zero_of(then[:2], now[:2], math.tau * hz)

    def forget(self) -> None:
        """Samples are missing: a crossing among them is not guessed."""
        self._armed = False
