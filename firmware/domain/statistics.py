"""Running mean and standard deviation of a series of samples (Welford 1962)."""

import math
from dataclasses import dataclass


@dataclass
class Series:
    """Mean, deviation, and how often two neighbours were equal."""

    count: int = 0
    mean: float = 0.0
    repeats: int = 0
    _m2: float = 0.0
    _last: float = math.nan

    def add(self, value: float) -> None:
        self.count += 1
        delta = value - self.mean
        self.mean += delta / self.count
        self._m2 += delta * (value - self.mean)
        self.repeats += value == self._last
        self._last = value

    @property
    def deviation(self) -> float:
        """Sample standard deviation; 0 for fewer than two values."""
        return math.sqrt(self._m2 / (self.count - 1)) if self.count > 1 else 0.0

    @property
    def mean_error(self) -> float:
        """Standard error of the mean."""
        return self.deviation / math.sqrt(self.count) if self.count else math.inf
