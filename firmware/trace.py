"""Single samples with their times, for plots and for the operate time of a contact."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.domain.statistics import Series
from firmware.sampler import Collector

COUNT_MAX = 1000
VISIBLE_A = 0.15  # less is noise and a wandering zero


@dataclass
class Kept(Series):
    """A series that keeps its values."""

    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        super().add(value)
        if len(self.values) < COUNT_MAX:
            self.values.append(value)


@dataclass
class Timed(Kept):
    """Keeps the moment of each value too (monotonic seconds)."""

    times: list[float] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic

    def add(self, value: float) -> None:
        super().add(value)
        if len(self.times) < COUNT_MAX:
            self.times.append(self.clock())


class Trace(Collector):
    """The samples of the next `seconds`, COUNT_MAX at most."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.kept: dict[str, Kept] = {
            "voltage_v": Kept(),
            "current_a": Timed(),
            "raw_voltage_v": Kept(),
            "raw_current_a": Kept(),
        }
        self.voltage, self.current = self.kept["voltage_v"], self.kept["current_a"]
        self.raw_voltage = self.kept["raw_voltage_v"]
        self.raw_current = self.kept["raw_current_a"]

    @property
    def times(self) -> list[float]:
        """Monotonic seconds of the samples, as they were handed over."""
        current = self.kept["current_a"]
        return current.times if isinstance(current, Timed) else []


def carried_s(trace: Trace, since_s: float, until_s: float, rest_a: float) -> list[float]:
    """Moments between both at which the trace's current was clearly not `rest_a`.

    Clearly: a quarter of the RMS that flowed, so that the zero crossings of an alternating current
    are passed over in a few samples. None at all when too little flowed to be seen.
    """
    values = trace.kept["current_a"].values
    flowed = math.sqrt(sum((value - rest_a) ** 2 for value in values) / max(1, len(values)))
    limit_a = max(VISIBLE_A, 0.25 * flowed)
    return [
        time_s
        for time_s, current_a in zip(trace.times, values, strict=True)
        if since_s < time_s < until_s and abs(current_a - rest_a) > limit_a
    ]
