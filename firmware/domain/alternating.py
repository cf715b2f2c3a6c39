"""Real energy of alternating current, from pairs of samples that are not of the same moment.

Framed as by IEC 61000-4-30:2015, section 4.4: windows of 10 cycles at 50 Hz or 12 at 60 Hz,
without gaps, from rising zero crossing to rising zero crossing of the voltage.

Two converters cannot be made to sample at the same moment; of every pair it is known how far apart
(`lag_s`), and the voltage is moved to the current's moment (sinusoid.py). Then P = mean(u·i), and
E = ∫ u·i dt by the trapezoidal rule over the true times: where a window ends moves energy from one
to the next and loses none.

Where samples are missing, the time between is taken to have repeated the two cycles before it (two,
for there are loads whose cycles alternate), up to `gap_max_s`; beyond, it is an error, and nothing
is counted. Right after a relay moved there is nothing to repeat: a straight line then bridges a
cycle at most.
"""

import math
from dataclasses import dataclass, field

from firmware.domain.energy import Totals, Window, gap
from firmware.domain.harmonics import of_current, of_voltage
from firmware.domain.integrals import ZERO, Sums, Trace, step
from firmware.domain.settlement import Settlement
from firmware.domain.sinusoid import Alignment, Crossings, Point

CYCLES = {50: 10, 60: 12}  # IEC 61000-4-30, section 4.4
LEVEL = 0.05  # of the nominal voltage: what does not swing as far is no voltage
MISSING = 1.5  # times the usual step: at least one sample is missing
REPEATED = 2.0  # cycles
SWITCHED = 3.0  # cycles from an order to a relay on: contacts have moved, two were seen
SLOW = 0.02  # share by which a step changes what is usual
LOST_CYCLES = 2.5  # without a crossing: the voltage is gone
PULL = 0.1  # how far a measured frequency may be from the nominal one to be believed


@dataclass
class AlternatingMeter(Totals):
    """The meter for alternating current; `nominal_v` is RMS."""

    nominal_hz: int = 50
    nominal_v: float = 230.0
    averaged_s: tuple[float, float] = (0.0, 0.0)  # a conversion's length: voltage, current
    bridged: int = 0  # pauses that were taken to repeat what was before them
    _hz: float = 0.0
    _lost: bool = False
    _synced: bool = False  # the open window began at a crossing
    _heard_s: float = 0.0  # samples are complete since then
    _switched_s: float = 0.0
    _usual_s: float = 0.0  # between two points
    _power_w: float = 0.0  # of the last cycle
    _point: Point | None = None
    _window: Sums = ZERO  # where the open window began
    _cycle: Sums = ZERO  # where the open cycle began
    _trace: Trace = field(default_factory=Trace)

    def __post_init__(self) -> None:
        self._hz = float(self.nominal_hz)
        self._alignment = Alignment(
            of_voltage(self._hz, *self.averaged_s), of_current(self._hz, self.averaged_s[1])
        )
        self._settlement = Settlement(self._book, 1.0 / self.nominal_hz)
        self._crossings = Crossings(LEVEL * math.sqrt(2.0) * self.nominal_v)

    # -- what the sampling thread asks -------------------------------------------------------
    def add(
        self, time_s: float, voltage_v: float, current_a: float, lag_s: float = 0.0
    ) -> Window | None:
        """Take one pair: the current of `time_s`, the voltage of `lag_s` before it.

        Returns the window that it completes. Raises MeteringGap after a gap.
        """
        self.samples += 1
        last_s = self._alignment.last_s
        if last_s is not None and not 0.0 < time_s - last_s <= self.gap_max_s:
            self._fail(time_s - last_s)
        volt_s = time_s - lag_s
        point = self._alignment.add(volt_s, voltage_v, time_s, current_a, self._hz)
        return self._advance(point) if point else None

    def count(self, counting: bool) -> None:
        """Switch counting on or off, at the last sample: contacts do not wait for a crossing."""
        self._settlement.count(counting, self._trace.now, self._floor_w)

    def switched(self) -> None:
        """A relay moves now: what was before is not repeated in a pause after it."""
        self._switched_s = self._trace.now.time_s

    def flush(self) -> Window | None:
        """Nothing: a window is of whole cycles, whenever the totals are read."""
        return None

    def interrupt(self) -> None:
        """What follows does not connect to the samples so far, which count to the last of them."""
        self._settlement.rest(self._trace.now, self._floor_w)
        self._alignment.forget()
        self._crossings.forget()
        self._point, self._synced, self._lost = None, False, False

    def running_uwh(self, direction: int) -> float:
        """Total of a direction (0 import, 1 export), the open window's cycles included.

        The cycle under way is taken to be like the last one, for u·i itself swings.
        """
        now_s = self._trace.now.time_s
        pending_j = self._settlement.pending_j(self._cycle, now_s, self._power_w)
        return self._running_uwh(direction, pending_j)

    @property
    def present_a(self) -> float:
        """The current that limits are held against: RMS of a cycle back from the last sample."""
        return self._rms_a(self._trace.last(1.0 / self._hz))

    @property
    def voltage_lost(self) -> bool:
        """No rising zero crossing of a real voltage for two and a half cycles."""
        return self._lost

    # -- from points to cycles ---------------------------------------------------------------
    def _advance(self, point: Point) -> Window | None:
        then, self._point = self._point, point
        if then is None:
            self._trace.begin(point.time_s)
            self._window = self._cycle = self._trace.now
            return None
        pause_s, begin, crossing_s = point.time_s - then.time_s, self._trace.now, None
        stretch = self._stretch(then, point, pause_s)
        self._trace.add(stretch, point.time_s, REPEATED / self._hz)
        if pause_s <= 0.25 / self._hz:
            crossing_s = self._crossings.add(then, point, self._hz)
        else:
            self._crossings.forget()  # one among missing samples is not guessed
            self._heard_s = point.time_s
        if crossing_s is not None:
            return self._crossed(begin.plus(stretch, (crossing_s - then.time_s) / pause_s))
        return self._waited()

    def _stretch(self, then: Point, point: Point, pause_s: float) -> Sums:
        """The integrals between two points; where samples are missing, as it was before."""
        before_s, usual_s = REPEATED / self._hz, self._usual_s or pause_s
        self._usual_s = usual_s + SLOW * (min(pause_s, 2.0 * usual_s) - usual_s)
        if pause_s <= min(MISSING * usual_s, 0.25 / self._hz):
            return step(then, point)
        steady = then.time_s - self._switched_s >= SWITCHED / self._hz
        if pause_s <= self.gap_max_s and steady and self._trace.bridges(before_s):
            self.bridged += 1
            return self._trace.repeated(pause_s, before_s)
        if pause_s > 1.0 / self._hz:
            self._fail(pause_s)
        return step(then, point)

    def _fail(self, pause_s: float) -> None:
        self.interrupt()
        raise gap(pause_s, self.gap_max_s if pause_s > self.gap_max_s else 1.0 / self._hz)

    def _crossed(self, at: Sums) -> Window | None:
        """A rising zero crossing; of cycles among missing samples the clock tells how many."""
        regular, lost = self._synced and not self._lost, self._lost
        self._end_cycle(at)
        self._synced, self._lost = True, False
        cycles = round((at.time_s - self._window.time_s) * self._hz)
        if lost:
            return self._close(at, 0)
        if not regular:
            self._window = at
        elif cycles >= CYCLES[self.nominal_hz]:
            return self._close(at, cycles)
        return None

    def _waited(self) -> Window | None:
        """No crossing: without a voltage, cycles and windows end by the clock."""
        now = self._trace.now
        since_s = now.time_s - self._cycle.time_s
        silent_s = now.time_s - max(self._cycle.time_s, self._heard_s)
        self._lost = self._lost or silent_s > LOST_CYCLES / self._hz
        if not self._lost:
            return None
        if since_s >= 1.0 / self.nominal_hz:
            self._end_cycle(now)
        if now.time_s - self._window.time_s >= CYCLES[self.nominal_hz] / self.nominal_hz:
            return self._close(now, 0)
        return None

    def _end_cycle(self, at: Sums) -> None:
        cycle = at.minus(self._cycle)
        if cycle.time_s > 0.0:
            self._power_w = cycle.energy_j / cycle.time_s
        self._cycle = at

    # -- windows and energy ------------------------------------------------------------------
    def _close(self, at: Sums, cycles: int) -> Window:
        window, start_s, self._window = at.minus(self._window), self._window.time_s, at
        span_s, hz = window.time_s, cycles / window.time_s
        if abs(hz / self.nominal_hz - 1.0) < PULL:
            self._hz = hz
        volts = math.sqrt(window.volt2 / span_s)
        amps = self._rms_a(window, self._alignment.current.square)
        watts, apparent_va = window.energy_j / span_s, volts * amps
        self._settlement.settle(at, abs(watts) > self.noise_floor_a * volts)
        factor = min(1.0, abs(watts) / apparent_va) if apparent_va else 0.0
        return self._hand_out(
            Window(start_s, at.time_s, volts, amps, watts, apparent_va, factor, hz)
        )

    def _rms_a(self, stretch: Sums, lacking: float = 0.0) -> float:
        """RMS current; the sensor's noise adds to it as squares do, and is taken off.

        `lacking` is the mean square that the converter's averaging took from the harmonics.
        """
        mean = stretch.amp2 / stretch.time_s if stretch.time_s else 0.0
        return math.sqrt(max(0.0, mean + lacking - self.noise_a**2))

    @property
    def _floor_w(self) -> float:
        return self.noise_floor_a * self.nominal_v
