"""The two converters of one meter, read so that each value's moment is known.

Continuous: both chips convert for themselves; what is read is at most a conversion old. Good for
direct current. Overlapped: conversions of both chips are ordered one right after the other and run
side by side: good for alternating current, for the moments are known to some ten microseconds.
InTurn: one chip with two channels, or the kernel's converters: one after the other.
"""

import math
import time
from statistics import median
from typing import NamedTuple, Protocol

BEGIN_LATE_S = 0.25e-3  # a longer order was held up, and nobody knows whether before or after
TRIALS = 15  # pairs that are timed by configure()
ROOM = 1.15  # beside their median: the machine has other work
# Pairs in ten cycles of 50 Hz or twelve of 60 Hz. Prime, so that in a window every pair meets
# another phase of the cycle: harmonics far above half the sampling rate then do not look like
# power ("equivalent-time sampling").
PAIRS = (109, 97, 83, 71, 61, 53, 43, 37, 31, 23)
BLOCK_S = 0.2


class Converter(Protocol):
    """drivers/ads1115.py, or drivers/iio.py: volts at a pin."""

    def configure(self) -> None: ...
    def check_config(self) -> None: ...
    def read_v(self) -> float: ...
    def is_saturated(self, volts: float) -> bool: ...


class Ordered(Converter, Protocol):
    """A converter that begins when it is told to."""

    averaged_s: float
    centre_s: float

    def begin(self) -> None: ...
    def finish_v(self) -> float: ...


class Pins(NamedTuple):
    """Volts at both pins: the current's of `time_s` (monotonic), the voltage's `lag_s` before."""

    time_s: float
    voltage_v: float
    current_v: float
    lag_s: float


class Converters(Protocol):
    """How a pair of values is had; `period_s` is the pace that it can keep."""

    period_s: float
    averaged_s: tuple[float, float]

    def configure(self) -> None: ...
    def check(self) -> None: ...
    def read(self) -> Pins | None: ...


class Continuous:
    """Both converters run by themselves, or convert when they are read (`alternating`, of IIO)."""

    averaged_s = (0.0, 0.0)

    def __init__(
        self, voltage: Converter, current: Converter, period_s: float, alternating: bool = False
    ) -> None:
        self._voltage, self._current = voltage, current
        self.period_s = paced(period_s) if alternating else period_s
        self._read_s = self.period_s if alternating else math.inf

    def configure(self) -> None:
        """Wake and set both; raises DriverError."""
        self._current.configure()
        self._voltage.configure()

    def check(self) -> None:
        """Compare their settings with what was set."""
        self._current.check_config()
        self._voltage.check_config()

    def read(self) -> Pins | None:
        """The latest conversion of each; None when it took too long to tell their moments."""
        before_s = time.monotonic()
        volts = self._voltage.read_v()
        between_s = time.monotonic()
        amps = self._current.read_v()
        after_s = time.monotonic()
        if after_s - before_s > self._read_s:
            return None
        lag_s = 0.5 * (after_s - before_s)
        return Pins(0.5 * (between_s + after_s), volts, amps, lag_s)


class Overlapped:
    """Two chips, conversions ordered one right after the other; `read` gives None if one was late.

    Which of them comes first changes from pair to pair: whatever the first order of a pair costs
    more than the second then cancels. With `in_turn` the voltage's conversion ends before the
    current's begins: both are of one chip.
    """

    def __init__(self, voltage: Ordered, current: Ordered, in_turn: bool = False) -> None:
        self._voltage, self._current, self._in_turn = voltage, current, in_turn
        self._order = voltage, current
        self.averaged_s = (voltage.averaged_s, current.averaged_s)
        self.period_s = BLOCK_S / PAIRS[-1]
        self._limit_s = 1.0  # the longest that an order may take

    def configure(self) -> None:
        """Wake and set both, find out how fast orders and pairs are here, and choose the pace."""
        self._voltage.configure()
        self._current.configure()
        orders, pairs = [], []
        for _ in range(TRIALS):
            begin_s = time.monotonic()
            first, second = self._pair()
            pairs.append(time.monotonic() - begin_s)
            orders.append(max(first.took_s, second.took_s))
        self._limit_s = min(orders) + BEGIN_LATE_S
        self.period_s = paced(ROOM * median(pairs))

    def check(self) -> None:
        """Compare the settings; of one chip those of its last conversion."""
        self._current.check_config()
        if not self._in_turn:
            self._voltage.check_config()

    def read(self) -> Pins | None:
        """A pair; None when nobody can tell when one of the conversions began."""
        first, second = self._pair()
        if first.took_s > self._limit_s or second.took_s > self._limit_s:
            return None
        swapped = self._order[0] is self._current
        volts, amps = (second, first) if swapped else (first, second)
        if not self._in_turn:
            self._order = self._order[::-1]
        return Pins(amps.centre_s, volts.volts, amps.volts, amps.centre_s - volts.centre_s)

    def _pair(self) -> "tuple[Conversion, Conversion]":
        """Both conversions in the order in which they were begun."""
        clock, volts = time.monotonic, 0.0
        first, second = self._order
        times = [clock()]
        first.begin()
        times.append(clock())
        if self._in_turn:
            volts = first.finish_v()
        times.append(clock())
        second.begin()
        times.append(clock())
        if not self._in_turn:
            volts = first.finish_v()
        return (
            Conversion.of(first, times[0], times[1], volts),
            Conversion.of(second, times[2], times[3], second.finish_v()),
        )


class Conversion(NamedTuple):
    """`centre_s`: its middle, if the order arrived in the middle of the time that it took."""

    centre_s: float
    took_s: float
    volts: float

    @classmethod
    def of(cls, converter: Ordered, from_s: float, to_s: float, volts: float) -> "Conversion":
        return cls(0.5 * (from_s + to_s) + converter.centre_s, to_s - from_s, volts)


def paced(need_s: float) -> float:
    """The shortest period, from `need_s` on, of which a prime number makes ten or twelve cycles."""
    fitting = [count for count in PAIRS if BLOCK_S / count >= need_s]
    return BLOCK_S / (fitting[0] if fitting else PAIRS[-1])
