"""The history's line: windows of one minute taken together.

Integers, as everything that is stored: millivolts, milliamperes, milliwatts, microwatt-hours.
The wall time of a row is a label only; its length comes from the windows' monotonic times.
"""

from dataclasses import dataclass, field, fields

from firmware.domain.energy import Window

MINUTE_S = 60


@dataclass(frozen=True)
class Row:
    """One row; means are weighted by time, and None when nothing was measured.

    Lowest and highest are those of the windows (0.1 s, whole cycles with alternating current),
    not of the samples. Current and power are positive out of the household (export).
    """

    start_s: int  # wall time, UTC
    covered_ms: int  # how much of the minute was measured
    gaps: int
    voltage_mv: int | None
    voltage_min_mv: int | None
    voltage_max_mv: int | None
    current_ma: int | None
    current_min_ma: int | None
    current_max_ma: int | None
    power_mw: int | None
    power_min_mw: int | None
    power_max_mw: int | None
    imported_uwh: int
    exported_uwh: int


COLUMNS = tuple(item.name for item in fields(Row))


@dataclass
class _Channel:
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, value: float, span_s: float) -> None:
        self.total += value * span_s
        self.low = min(self.low, value)
        self.high = max(self.high, value)

    def thousandths(self, covered_s: float) -> tuple[int | None, int | None, int | None]:
        """(mean, lowest, highest) × 1000."""
        if covered_s <= 0.0:
            return None, None, None
        return round(self.total / covered_s * 1e3), round(self.low * 1e3), round(self.high * 1e3)


@dataclass
class Minute:
    """Collects windows until `end_s` (monotonic)."""

    start_s: int  # wall time
    end_s: float  # monotonic
    covered_s: float = 0.0
    _channels: tuple[_Channel, ...] = field(
        default_factory=lambda: (_Channel(), _Channel(), _Channel())
    )

    @classmethod
    def beginning(cls, now_s: float, wall_s: float) -> "Minute":
        """From `now_s` to the next whole minute of the wall clock that is 30 s to 90 s away.

        The monotonic clock alone ends it: a wall clock that jumps changes labels, not lengths.
        """
        left_s = MINUTE_S - wall_s % MINUTE_S
        return cls(round(wall_s), now_s + left_s + (MINUTE_S if left_s < MINUTE_S / 2 else 0))

    def add(self, window: Window) -> None:
        """Take a closed window."""
        span_s = window.end_s - window.start_s
        self.covered_s += span_s
        values = window.voltage_v, window.current_a, window.power_w
        for channel, value in zip(self._channels, values, strict=True):
            channel.add(value, span_s)

    def row(self, gaps: int, imported_uwh: int, exported_uwh: int) -> Row:
        """The finished row; gaps and energy are the minute's own."""
        covered_ms = round(self.covered_s * 1e3)
        volts, amps, watts = (channel.thousandths(self.covered_s) for channel in self._channels)
        return Row(
            self.start_s, covered_ms, gaps, *volts, *amps, *watts, imported_uwh, exported_uwh
        )
