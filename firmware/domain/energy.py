"""Energy from samples of voltage and current: E = ∫ u·i dt by the trapezoidal rule.

Samples carry measured times, so a late sample costs accuracy only in second order. A sample is
never invented: a gap longer than `gap_max_s` is an error and its energy is not counted.
Import and export are told apart by windows of a tenth of a second, not by samples: the sensor's
noise around zero would otherwise be rectified into energy on both sides.
"""

from dataclasses import dataclass, field

from firmware.errors import MeteringGap

J_PER_UWH = 0.0036
WINDOW_S = 0.1


@dataclass(frozen=True)
class Window:
    """What one closed window saw: means, and the time it covers."""

    start_s: float
    end_s: float
    voltage_v: float
    current_a: float
    power_w: float


@dataclass
class EnergyMeter:
    """Totals since the meter daemon began, in joules inside and whole microwatt-hours outside."""

    gap_max_s: float = 0.5
    noise_floor_a: float = 0.0  # window means below this are no current
    samples: int = 0
    last: Window | None = None
    _imported_j: float = 0.0
    _exported_j: float = 0.0
    _counting: bool = False
    _previous: tuple[float, float, float] | None = None
    _window: list[float] = field(default_factory=lambda: [0.0] * 5)

    def count(self, counting: bool) -> None:
        """Switch counting on or off; the open window is closed first."""
        self.flush()
        self._counting = counting

    def add(self, time_s: float, voltage_v: float, current_a: float) -> Window | None:
        """Take one sample; returns the window that it completes.

        Current is positive out of the battery (export). Raises MeteringGap after a gap.
        """
        previous, self._previous = self._previous, (time_s, voltage_v, current_a)
        self.samples += 1
        if previous is None:
            return None
        then_s, then_v, then_a = previous
        step_s = time_s - then_s
        if not 0.0 < step_s <= self.gap_max_s:
            self.flush()
            raise MeteringGap(f"no sample for {step_s:.3f} s, at most {self.gap_max_s} s expected")
        window = self._window
        half_s = 0.5 * step_s
        window[0] += step_s
        window[1] += half_s * (voltage_v + then_v)
        window[2] += half_s * (current_a + then_a)
        window[3] += half_s * (voltage_v * current_a + then_v * then_a)
        window[4] = time_s
        return self.flush() if window[0] >= WINDOW_S else None

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
        mean_a = amp_s / span_s
        if self._counting and abs(mean_a) > self.noise_floor_a:
            if energy_j > 0.0:
                self._exported_j += energy_j
            else:
                self._imported_j -= energy_j
        self.last = Window(end_s - span_s, end_s, volt_s / span_s, mean_a, energy_j / span_s)
        return self.last

    @property
    def imported_uwh(self) -> int:
        """Energy taken in since the start, rounded down to whole microwatt-hours."""
        return int(self._imported_j / J_PER_UWH)

    @property
    def exported_uwh(self) -> int:
        """Energy given out since the start, rounded down to whole microwatt-hours."""
        return int(self._exported_j / J_PER_UWH)

    def running_uwh(self, direction: int) -> float:
        """Total of a direction (0 import, 1 export) with the open window's share."""
        pending_j = self._window[3] if self._counting else 0.0
        if direction:
            return (self._exported_j + max(pending_j, 0.0)) / J_PER_UWH
        return (self._imported_j + max(-pending_j, 0.0)) / J_PER_UWH
