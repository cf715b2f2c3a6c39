"""Energy from samples of voltage and current: E = ∫ u·i dt by the trapezoidal rule.

Samples carry measured times, so a late sample costs accuracy only in second order. A sample is
never invented: a gap longer than `gap_max_s` is an error and its energy is not counted.
Import and export are told apart by windows of a tenth of a second, not by samples: the sensor's
noise around zero would otherwise be rectified into energy on both sides.

This is the meter for direct current, and what it shares with the one for alternating current
(alternating.py).
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from firmware.errors import MeteringGap

J_PER_UWH = 0.0036
WINDOW_S = 0.1
HANDED_MAX = 600  # closed windows kept for the history, which takes them every second


@dataclass(frozen=True)
class Window:
    """What one closed window saw: means (RMS with alternating current), and the time it covers.

    `power_w` is real power, positive out of the household; `current_a` has its sign with direct
    current only. `frequency_hz` is 0 with direct current, and where the voltage was lost.
    """

    start_s: float
    end_s: float
    voltage_v: float
    current_a: float
    power_w: float
    apparent_va: float = 0.0
    power_factor: float = 1.0
    frequency_hz: float = 0.0


class Meter(Protocol):
    """What the sampling thread and the trader need of either meter."""

    noise_floor_a: float
    noise_a: float
    samples: int
    windows: int
    last: Window | None
    closed: deque[Window]

    @property
    def imported_uwh(self) -> int: ...
    @property
    def exported_uwh(self) -> int: ...
    @property
    def present_a(self) -> float: ...
    @property
    def voltage_lost(self) -> bool: ...
    def add(
        self, time_s: float, voltage_v: float, current_a: float, lag_s: float = 0.0
    ) -> Window | None: ...
    def count(self, counting: bool) -> None: ...
    def switched(self) -> None: ...
    def flush(self) -> Window | None: ...
    def interrupt(self) -> None: ...
    def running_uwh(self, direction: int) -> float: ...


@dataclass
class Totals:
    """Totals since the meter daemon began, in joules inside and whole microwatt-hours outside."""

    gap_max_s: float = 0.5
    noise_floor_a: float = 0.0  # window means below this (in phase) are no current
    noise_a: float = 0.0  # the sensor's own noise (RMS), which is no current either
    samples: int = 0
    windows: int = 0
    last: Window | None = None
    closed: deque[Window] = field(default_factory=lambda: deque(maxlen=HANDED_MAX))
    _imported_j: float = 0.0
    _exported_j: float = 0.0
    _counting: bool = False

    @property
    def imported_uwh(self) -> int:
        """Energy taken in since the start, rounded down to whole microwatt-hours."""
        return int(self._imported_j / J_PER_UWH)

    @property
    def exported_uwh(self) -> int:
        """Energy given out since the start, rounded down to whole microwatt-hours."""
        return int(self._exported_j / J_PER_UWH)

    def _book(self, energy_j: float) -> None:
        """Positive energy is export."""
        if energy_j > 0.0:
            self._exported_j += energy_j
        else:
            self._imported_j -= energy_j

    def _hand_out(self, window: Window) -> Window:
        self.last = window
        self.closed.append(window)
        self.windows += 1
        return window

    def _running_uwh(self, direction: int, pending_j: float) -> float:
        if direction:
            return (self._exported_j + max(pending_j, 0.0)) / J_PER_UWH
        return (self._imported_j + max(-pending_j, 0.0)) / J_PER_UWH


@dataclass
class EnergyMeter(Totals):
    """The meter for direct current."""

    _previous: tuple[float, float, float] | None = None
    _window: list[float] = field(default_factory=lambda: [0.0] * 5)

    def count(self, counting: bool) -> None:
        """Switch counting on or off; the open window is closed first."""
        self.flush()
        self._counting = counting

    def add(
        self, time_s: float, voltage_v: float, current_a: float, lag_s: float = 0.0
    ) -> Window | None:
        """Take one sample; returns the window that it completes.

        Current is positive out of the battery (export). Raises MeteringGap after a gap. `lag_s`
        says nothing where neither value alternates.
        """
        previous, self._previous = self._previous, (time_s, voltage_v, current_a)
        self.samples += 1
        if previous is None:
            return None
        then_s, then_v, then_a = previous
        step_s = time_s - then_s
        if not 0.0 < step_s <= self.gap_max_s:
            self.flush()
            raise gap(step_s, self.gap_max_s)
        window = self._window
        half_s = 0.5 * step_s
        window[0] += step_s
        window[1] += half_s * (voltage_v + then_v)
        window[2] += half_s * (current_a + then_a)
        window[3] += half_s * (voltage_v * current_a + then_v * then_a)
        window[4] = time_s
        return self.flush() if window[0] >= WINDOW_S else None

    def switched(self) -> None:
        """A relay moves now: nothing here looks back so far."""

    def interrupt(self) -> None:
        """Forget the previous sample: what follows does not connect to it."""
        self.flush()
        self._previous = None

    def flush(self) -> Window | None:
        """Close the open window now."""
        span_s, volt_s, amp_s, energy_j, end_s = self._window
        if span_s <= 0.0:
            return None
        self._window = [0.0, 0.0, 0.0, 0.0, end_s]
        mean_a, power_w = amp_s / span_s, energy_j / span_s
        if self._counting and abs(mean_a) > self.noise_floor_a:
            self._book(energy_j)
        volts = volt_s / span_s
        return self._hand_out(
            Window(end_s - span_s, end_s, volts, mean_a, power_w, abs(power_w), 1.0, 0.0)
        )

    @property
    def present_a(self) -> float:
        """The current that limits are held against: the last sample's."""
        return self._previous[2] if self._previous else 0.0

    @property
    def voltage_lost(self) -> bool:
        """Never: no voltage is a voltage with direct current, and energy at it is none."""
        return False

    def running_uwh(self, direction: int) -> float:
        """Total of a direction (0 import, 1 export) with the open window's share."""
        return self._running_uwh(direction, self._window[3] if self._counting else 0.0)


def gap(step_s: float, most_s: float) -> MeteringGap:
    """The error of a pause between samples, or of a time that stands still."""
    return MeteringGap(f"no sample for {step_s:.3f} s, at most {most_s} s expected")
