"""History of one quantity that is constant between steps: means over any recent interval."""

from array import array
from bisect import bisect_right

HISTORY_S = 65.0  # what is kept at least
PRUNE_AT = 20_000


class Trace:
    """Before its first value the plant stood still: that value counts for all the past."""

    def __init__(self, time_s: float, value: float) -> None:
        self._starts, self._values = array("d", (time_s,)), array("d", (value,))
        self._last_start, self._last = time_s, value

    def set(self, time_s: float, value: float) -> None:
        """From `time_s` on (never before the latest call's) the quantity has this value."""
        self._last_start, self._last = time_s, value
        self._starts.append(time_s)
        self._values.append(value)
        if len(self._starts) > PRUNE_AT:
            self._prune(time_s - HISTORY_S)

    def mean(self, begin_s: float, end_s: float) -> float:
        """Mean over [begin_s, end_s]; the latest value is taken to last until `end_s`."""
        if begin_s >= self._last_start:
            return self._last
        starts, values = self._starts, self._values
        index = max(bisect_right(starts, begin_s) - 1, 0)
        total, start = 0.0, begin_s
        while index + 1 < len(starts) and starts[index + 1] < end_s:
            stop = starts[index + 1]
            total += values[index] * (stop - start)
            start, index = stop, index + 1
        total += values[index] * (end_s - start)
        return total / (end_s - begin_s)

    def _prune(self, before_s: float) -> None:
        surplus = min(max(bisect_right(self._starts, before_s) - 1, 0), len(self._starts) - 2)
        del self._starts[:surplus]
        del self._values[:surplus]
