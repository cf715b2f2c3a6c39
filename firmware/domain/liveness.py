"""Whether samples come from a converter that still converts (seed 001: reset, sleep).

A living chain has noise: two neighbouring conversions of the ACS712 behind 16 bits are equal once
in twenty, of the quiet voltage channel once in four (and a conversion may be read twice). A run of
fifty equal ones is no chance. It needs noise above half a step of the converter, which both
sensors' data sheets promise; a converter that repeats a recording is not seen here, but by the
counterpart's meter.
"""

from dataclasses import dataclass

FROZEN_RUN = 50  # 58 ms at 860 samples a second
FROZEN = "frozen: {} equal samples of the {} converter"


@dataclass
class Run:
    """Length of the run of equal values that ends now."""

    what: str
    length: int = 0
    last: float | None = None

    def add(self, value: float) -> str | None:
        """The reason to stop, when the run has become too long."""
        self.length = self.length + 1 if value == self.last else 1
        self.last = value
        return FROZEN.format(self.length, self.what) if self.length >= FROZEN_RUN else None


class Liveness:
    """Both channels of one meter, uncalibrated values."""

    def __init__(self) -> None:
        self._voltage, self._current = Run("voltage"), Run("current")

    def add(self, raw_v: float, raw_a: float) -> str | None:
        """The reason to stop after this sample, or None."""
        return self._current.add(raw_a) or self._voltage.add(raw_v)
