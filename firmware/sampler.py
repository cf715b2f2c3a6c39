"""The sampling thread: reads both converters at their pace and guards the relay.

It alone touches the hardware. Others hand it work with `run`; it hands back windows and trips.
Nothing in it waits for a disk, another process or another thread.
"""

import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from drivers.errors import AdcConfigChanged, DriverError, SwitchError
from firmware.domain.calibration import Calibration
from firmware.domain.energy import EnergyMeter, Meter, Window
from firmware.domain.guard import Guard
from firmware.domain.liveness import Liveness
from firmware.domain.statistics import Series
from firmware.errors import CheckFailed, MeteringGap, SamplingEnded
from firmware.hardware import Hardware, RawSample

T = TypeVar("T")
Trip = Callable[[str, float, str], None]
log = logging.getLogger(__name__)

PARTING_S = 0.05  # after the order to open: contacts part, the last current is counted
RETRY_S = 0.1  # between attempts while a bus is dead
WATCH_EVERY = 86  # samples between two read-backs of the converters' configuration
DISCARDED_MAX = 50  # samples of unknown moment in a row: the machine is too slow to measure
NO_VOLTAGE = "no voltage"


class Collector:
    """A request for the statistics of the next samples."""

    def __init__(self, seconds: float) -> None:
        self.until_s = time.monotonic() + seconds
        self.voltage = Series()
        self.current = Series()
        self.raw_voltage = Series()
        self.raw_current = Series()
        self.samples: list[RawSample] | None = None  # a list here keeps them all, uncalibrated
        self.done: Future[Collector] = Future()


class Sampler(threading.Thread):
    """`on_trip(reason, monotonic time, detail)` is called in this thread after the relay opened."""

    def __init__(self, hardware: Hardware, on_trip: Trip, meter: Meter | None = None) -> None:
        super().__init__(name="sampler", daemon=True)
        self.hardware = hardware
        self.meter: Meter = meter or EnergyMeter()
        self.calibration = Calibration()
        self.guard: Guard | None = None
        self.late = 0
        self.discarded = 0  # samples of which nobody could tell the moment: missing, not wrong
        self.gaps = 0
        self.saturated = 0  # samples that were no values
        self.first_sample_s: float | None = None
        self.fault = "no sample yet"
        self.case_opened: bool | None = None  # None: not read yet, or there is no switch
        self.case_fault = ""
        self.converter_changed = False  # until whoever reports it takes it back
        self.window: Window | None = None
        self._discarded = 0  # of them, how many in a row
        self._on_trip = on_trip
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._collector: Collector | None = None
        self._liveness = Liveness()
        self._parted_s = math.inf  # when an opened contact has parted for sure
        self._halt = threading.Event()
        self.ended: Future[None] = Future()  # only ever fails: the daemon must not outlive it

    @property
    def calibration(self) -> Calibration:
        """What raw values are corrected with."""
        return self._calibration

    @calibration.setter
    def calibration(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self.meter.noise_a = calibration.noise_a * calibration.current_gain

    @property
    def period_s(self) -> float:
        """The pace of samples."""
        return self.hardware.period_s

    # -- asked from other threads ------------------------------------------------------------
    def do(self, action: Callable[[], T]) -> "Future[T]":
        """Have the sampling thread do something with the hardware between two samples."""
        future: Future[T] = Future()
        self._work.put((action, future))
        return future

    def collect(self, seconds: float, into: Collector | None = None) -> "Future[Collector]":
        """Statistics of the samples of the next `seconds`; fails when a sample fails."""

        def begin() -> None:
            self._drop_collector(DriverError("another measurement took over"))
            # From here on nobody can cancel it: whoever gave up before is not served at all.
            if collector.done.set_running_or_notify_cancel():
                self._collector = collector

        def refused(work: "Future[None]") -> None:
            """In a fault nothing is begun: whoever waits must hear it."""
            error = work.exception()
            if error is not None and not collector.done.done():
                collector.done.set_exception(error)

        collector = into or Collector(seconds)
        self.do(begin).add_done_callback(refused)
        return collector.done

    def close_relay(self, guard: Guard) -> None:
        """Arm the guard, begin to count, close. In the sampling thread only (by `do`)."""
        self.guard = guard
        self._parted_s = math.inf
        self.meter.count(True)
        self.meter.switched()
        self.hardware.relay.close()

    def open_relay(self) -> None:
        """Open, and keep counting: contacts take milliseconds to part. By `do` only."""
        self.hardware.relay.open()
        self.meter.switched()
        self.guard = None
        self._parted_s = time.monotonic() + PARTING_S

    def stop_counting(self) -> None:
        """The contacts have parted. By `do` only."""
        self._parted_s = math.inf
        self.meter.count(False)

    def totals(self) -> tuple[int, int]:
        """(imported, exported) microwatt-hours of this run, up to now. By `do` only."""
        self.meter.flush()
        return self.meter.imported_uwh, self.meter.exported_uwh

    def take_windows(self) -> list[Window]:
        """The windows closed since the last call, oldest first; of one other thread only."""
        closed = self.meter.closed
        return [closed.popleft() for _ in range(len(closed))]

    def energy(self) -> tuple[int, int]:
        """(imported, exported) microwatt-hours of the closed windows of this run; any thread."""
        return self.meter.imported_uwh, self.meter.exported_uwh

    def halt(self) -> None:
        self._halt.set()

    # -- the thread --------------------------------------------------------------------------
    def run(self) -> None:
        """Sample until halted; a dead bus trips the guard and is retried."""
        try:
            self._run()
        except Exception as error:
            log.exception("METER-DEAD")
            self.ended.set_exception(SamplingEnded(f"sampling thread: {error!r}"))
        finally:
            self._open_for_good()

    def _run(self) -> None:
        while not self._halt.is_set():
            try:
                self.hardware.open_all()  # also what an earlier fault could not open
                self.hardware.configure()
                self._sample_until_fault()
            except (DriverError, MeteringGap) as error:
                self._fault(error)

    def _sample_until_fault(self) -> None:
        next_s = time.monotonic()
        countdown = WATCH_EVERY
        while not self._halt.is_set():
            self._one_sample()
            countdown -= 1
            if countdown == 0:
                self.hardware.check()
                self._look_at_case()
                countdown = WATCH_EVERY
            while not self._work.empty():
                self._work_off()
            next_s += self.period_s
            wait_s = next_s - time.monotonic()
            if wait_s > 0.0:
                time.sleep(wait_s)
            elif wait_s < -self.period_s:
                self.late += 1
                next_s = time.monotonic()

    def _look_at_case(self) -> None:
        """A line that cannot be read is a fault to report: not an opened case, nor a shut one."""
        case = self.hardware.case
        if case is None:
            return
        try:
            self.case_opened, self.case_fault = case.is_open, ""
        except SwitchError as error:
            self.case_opened, self.case_fault = None, str(error)

    def _one_sample(self) -> None:
        sample = self.hardware.read()
        if sample is None:
            self._discard()
            return
        self._discarded = 0
        if sample.saturated:
            self._disbelieve(sample)
            return
        time_s, raw_v, raw_a, lag_s, _ = sample
        calibration = self._calibration
        voltage_v, current_a = calibration.voltage_v(raw_v), calibration.current_a(raw_a)
        lag_s -= calibration.phase_s
        self.window = self.meter.add(time_s, voltage_v, current_a, lag_s) or self.window
        if self.first_sample_s is None or self.fault:
            self.first_sample_s = self.first_sample_s or time_s
            self.fault = ""
        frozen = self._liveness.add(raw_v, raw_a)
        if self.guard is not None:
            self._judge(time_s, frozen)
        elif time_s > self._parted_s:
            self.stop_counting()
        if self._collector is not None:
            self._gather(sample, voltage_v, current_a)

    def _disbelieve(self, sample: RawSample) -> None:
        """A channel at the end of its range: the true value lies outside and is not known."""
        self.meter.samples += 1
        self.meter.interrupt()
        self.window, self.saturated = None, self.saturated + 1
        self._drop_collector(CheckFailed(sample.saturated, "SENSOR-SATURATED"))
        if self.guard is not None:
            self.open_relay()
            self._on_trip(sample.saturated, sample.time_s, f"{sample.current_a:+.1f} A")
        elif sample.time_s > self._parted_s:
            self.stop_counting()

    def _discard(self) -> None:
        self.discarded += 1
        self._discarded += 1
        if self._discarded >= DISCARDED_MAX:
            self._discarded = 0
            raise MeteringGap(f"{DISCARDED_MAX} samples in a row came late: too busy to measure")

    def _judge(self, time_s: float, disbelief: str | None) -> None:
        assert self.guard is not None
        energy_uwh = self.meter.running_uwh(self.guard.direction)
        power_w = self.window.power_w if self.window else 0.0
        present_a = self.meter.present_a
        reason = disbelief or self.guard.check(time_s, present_a, energy_uwh, power_w)
        if reason is None and self.meter.voltage_lost:
            reason = NO_VOLTAGE
        if reason is not None:
            self.open_relay()
            self._on_trip(reason, time_s, f"{present_a:+.3f} A")

    def _gather(self, sample: RawSample, voltage_v: float, current_a: float) -> None:
        collector = self._collector
        assert collector is not None
        collector.raw_voltage.add(sample.voltage_v)
        collector.raw_current.add(sample.current_a)
        collector.voltage.add(voltage_v)
        collector.current.add(current_a)
        if collector.samples is not None:
            collector.samples.append(sample)
        if sample.time_s >= collector.until_s:
            self._collector = None
            collector.done.set_result(collector)

    def _work_off(self) -> None:
        action, future = self._work.get()
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(action())
        except BaseException as error:
            future.set_exception(error)
            if isinstance(error, DriverError):
                raise

    def _fault(self, error: Exception) -> None:
        """A bus or gap error: relay open, measurement lost, nothing counted across it."""
        code = str(getattr(error, "code", "METER"))
        fresh = not self.fault
        if fresh:
            log.warning("%s %s", code, error)
        self.fault = f"{code} {error}"
        self.converter_changed |= isinstance(error, AdcConfigChanged)
        armed, self.guard = self.guard is not None, None
        self.gaps += 1
        self._parted_s = time.monotonic() + PARTING_S
        self.meter.interrupt()
        self._drop_collector(error)
        try:
            self.hardware.open_all()
        except DriverError as second:
            if fresh:
                log.error("%s relay not opened: %s", second.code, second)
        if armed:
            self._on_trip(_reason(error), time.monotonic(), str(error))
        while not self._work.empty():
            _, future = self._work.get()
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        if not isinstance(error, MeteringGap):
            self._halt.wait(RETRY_S)

    def _drop_collector(self, error: Exception) -> None:
        collector, self._collector = self._collector, None
        if collector is not None:
            collector.done.set_exception(error)

    def _open_for_good(self) -> None:
        try:
            self.hardware.open_all()
        except DriverError as error:
            log.error("%s relay not opened at exit: %s", error.code, error)


def _reason(error: Exception) -> str:
    """For the delivery: a bus may come back, a converter that was set anew is not believed."""
    if isinstance(error, MeteringGap):
        return "gap"
    return "converter changed" if isinstance(error, AdcConfigChanged) else "bus"
