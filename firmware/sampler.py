"""The sampling thread: reads both converters at their full rate and guards the relay.

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

from drivers.errors import DriverError
from firmware.domain.calibration import Calibration
from firmware.domain.energy import EnergyMeter, Window
from firmware.domain.guard import Guard
from firmware.domain.statistics import Series
from firmware.errors import MeteringGap, SamplingEnded
from firmware.hardware import Hardware

T = TypeVar("T")
Trip = Callable[[str, float, str], None]
log = logging.getLogger(__name__)

PARTING_S = 0.05  # after the order to open: contacts part, the last current is counted
RETRY_S = 0.1  # between attempts while a bus is dead
WATCH_EVERY = 860  # samples between two read-backs of the converters' configuration


class Collector:
    """A request for the statistics of the next samples."""

    def __init__(self, seconds: float) -> None:
        self.until_s = time.monotonic() + seconds
        self.voltage = Series()
        self.current = Series()
        self.raw_voltage = Series()
        self.raw_current = Series()
        self.done: Future[Collector] = Future()


class Sampler(threading.Thread):
    """`on_trip(reason, monotonic time, detail)` is called in this thread after the relay opened."""

    def __init__(self, hardware: Hardware, period_s: float, on_trip: Trip) -> None:
        super().__init__(name="sampler", daemon=True)
        self.hardware = hardware
        self.calibration = Calibration()
        self.meter = EnergyMeter()
        self.guard: Guard | None = None
        self.late = 0
        self.gaps = 0
        self.first_sample_s: float | None = None
        self.fault = "no sample yet"
        self.window: Window | None = None
        self._period_s = period_s
        self._on_trip = on_trip
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._collector: Collector | None = None
        self._parted_s = math.inf  # when an opened contact has parted for sure
        self._halt = threading.Event()
        self.ended: Future[None] = Future()  # only ever fails: the daemon must not outlive it

    # -- asked from other threads ------------------------------------------------------------
    def do(self, action: Callable[[], T]) -> "Future[T]":
        """Have the sampling thread do something with the hardware between two samples."""
        future: Future[T] = Future()
        self._work.put((action, future))
        return future

    def collect(self, seconds: float) -> "Future[Collector]":
        """Statistics of the samples of the next `seconds`; fails when a sample fails."""

        def begin() -> None:
            self._drop_collector(DriverError("another measurement took over"))
            # From here on nobody can cancel it: whoever gave up before is not served at all.
            if collector.done.set_running_or_notify_cancel():
                self._collector = collector

        collector = Collector(seconds)
        self.do(begin)
        return collector.done

    def close_relay(self, guard: Guard) -> None:
        """Arm the guard, begin to count, close. In the sampling thread only (by `do`)."""
        self.guard = guard
        self._parted_s = math.inf
        self.meter.count(True)
        self.hardware.relay.close()

    def open_relay(self) -> None:
        """Open, and keep counting: contacts take milliseconds to part. By `do` only."""
        self.hardware.relay.open()
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
                countdown = WATCH_EVERY
            while not self._work.empty():
                self._work_off()
            next_s += self._period_s
            wait_s = next_s - time.monotonic()
            if wait_s > 0.0:
                time.sleep(wait_s)
            elif wait_s < -self._period_s:
                self.late += 1
                next_s = time.monotonic()

    def _one_sample(self) -> None:
        before_s = time.monotonic()
        raw_v, raw_a = self.hardware.read()
        time_s = 0.5 * (before_s + time.monotonic())
        voltage_v = self.calibration.voltage_v(raw_v)
        current_a = self.calibration.current_a(raw_a)
        self.window = self.meter.add(time_s, voltage_v, current_a) or self.window
        if self.first_sample_s is None or self.fault:
            self.first_sample_s = self.first_sample_s or time_s
            self.fault = ""
        if self.guard is not None:
            self._judge(time_s, current_a)
        elif time_s > self._parted_s:
            self.stop_counting()
        if self._collector is not None:
            self._gather(time_s, raw_v, raw_a, voltage_v, current_a)

    def _judge(self, time_s: float, current_a: float) -> None:
        assert self.guard is not None
        energy_uwh = self.meter.running_uwh(self.guard.direction)
        power_w = self.window.power_w if self.window else 0.0
        reason = self.guard.check(time_s, current_a, energy_uwh, power_w)
        if reason is not None:
            self.open_relay()
            self._on_trip(reason, time_s, f"{current_a:+.3f} A")

    def _gather(self, time_s: float, raw_v: float, raw_a: float, v: float, a: float) -> None:
        collector = self._collector
        assert collector is not None
        collector.raw_voltage.add(raw_v)
        collector.raw_current.add(raw_a)
        collector.voltage.add(v)
        collector.current.add(a)
        if time_s >= collector.until_s:
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
            self._on_trip(
                "gap" if isinstance(error, MeteringGap) else "bus", time.monotonic(), str(error)
            )
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
