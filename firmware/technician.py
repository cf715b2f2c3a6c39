"""The methods that only the technician's socket has: events, measurements, the relay by hand."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from drivers.errors import DriverError
from firmware.by_hand import ByHand
from firmware.diagnosis import Diagnosis
from firmware.errors import CheckFailed, RpcError
from firmware.events import EventLog
from firmware.jsonrpc_server import Method
from firmware.sampler import Collector, Sampler
from firmware.trace import COUNT_MAX, Trace
from firmware.trader import Trader

READ_MAX_S = 60.0
LATE_S = 10.0  # beyond the length of a measurement: then there are no samples


class Technician:
    """One method a command of `evlock sensor`, `relay`, `events` and `doctor`."""

    def __init__(
        self,
        sampler: Sampler,
        trader: Trader,
        events: EventLog,
        diagnosis: Diagnosis,
        by_hand: ByHand,
        alternates: bool,
    ) -> None:
        self._alternates = alternates
        self._sampler, self._trader = sampler, trader
        self._events, self._diagnosis, self._by_hand = events, diagnosis, by_hand

    def methods(self) -> dict[str, Method]:
        return {
            "events": self._events.answer,
            "diagnose": self._diagnosis.facts,
            "sensor.read": self.sensor_read,
            "sensor.samples": self.sensor_samples,
            "relay": self.relay,
        }

    async def sensor_read(self, seconds: float = 1.0) -> dict[str, Any]:
        """Means, noise and raw values of the next `seconds` (0.05 to 60); not while it trades."""
        length_s = _within("seconds", seconds, 0.05, READ_MAX_S)
        async with self._undisturbed():
            found = await self._measured(Collector(length_s), length_s)
        return {
            "voltage_v": round(found.voltage.mean, 5),
            "current_a": round(found.current.mean, 5),
            "voltage_noise_v": round(found.voltage.deviation, 5),
            "current_noise_a": round(found.current.deviation, 5),
            "voltage_rms_v": round(_rms(found.voltage.mean, found.voltage.deviation), 5),
            "current_rms_a": round(_rms(found.current.mean, found.current.deviation), 5),
            "raw_voltage_v": round(found.raw_voltage.mean, 5),
            "raw_current_a": round(found.raw_current.mean, 5),
            **await self._pins(),
            "samples": found.current.count,
            "samples_per_s": round(found.current.count / length_s, 1),
            "repeats": found.current.repeats,
        }

    async def sensor_samples(self, count: int = 200) -> dict[str, Any]:
        """About `count` samples (10 to 1000) as they come; not while it trades."""
        if type(count) is not int or not 10 <= count <= COUNT_MAX:
            raise RpcError(f"count = {count!r:.40}, 10 to {COUNT_MAX} expected", "CONTROL-PARAMS")
        length_s = count * self._sampler.hardware.period_s
        async with self._undisturbed():
            trace = Trace(length_s)
            await self._measured(trace, length_s)
        times = trace.times
        first_s = times[0] if times else 0.0
        return {
            "time_s": [round(time_s - first_s, 5) for time_s in times],
            **{name: [round(v, 5) for v in kept.values] for name, kept in trace.kept.items()},
        }

    async def relay(self, action: str, seconds: float = 0.0) -> dict[str, Any]:
        """`status`, `open`, `close` for at most `seconds`, or `test`."""
        if action == "close":
            return await self._by_hand.close(_within("seconds", seconds, 0.1, READ_MAX_S))
        if action == "open":
            return await self._by_hand.open()
        if action == "test":
            return await self._by_hand.test()
        if action == "status":
            return self._relay_status()
        text = f"action = {action!r:.40}, status, open, close or test expected"
        raise RpcError(text, "CONTROL-PARAMS")

    # -- inside ------------------------------------------------------------------------------
    def _undisturbed(self) -> AbstractAsyncContextManager[None]:
        """Without a trade; a relay closed by hand holds trades off already."""
        return nullcontext() if self._by_hand.told()["by_hand"] else self._trader.idle()

    def _relay_status(self) -> dict[str, Any]:
        active, window = self._trader.active, self._sampler.window
        return {
            "closed": self._sampler.guard is not None,
            "trade": active.trade if active else None,
            "current_a": round(window.current_a, 4) if window and not self._sampler.fault else None,
            "fault": self._sampler.fault or None,
            **self._by_hand.told(),
        }

    async def _measured(self, collector: Collector, length_s: float) -> Collector:
        if self._sampler.fault:
            code, _, text = self._sampler.fault.partition(" ")
            raise _fault(code, text)
        future = self._sampler.collect(length_s, collector)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), length_s + LATE_S)
        except TimeoutError:
            text = f"no measurement within {length_s + LATE_S:g} s"
            raise CheckFailed(text) from None

    async def _pins(self) -> dict[str, Any]:
        """Volts at the converters' pins now; of a wave, one moment would tell nothing."""
        if self._alternates:
            return {}
        hardware = self._sampler.hardware

        def read() -> tuple[float, float]:
            return hardware.voltage_adc.read_v(), hardware.current_adc.read_v()

        voltage, current = await asyncio.wrap_future(self._sampler.do(read))
        return {"pin_voltage_v": round(voltage, 5), "pin_current_v": round(current, 5)}


def _fault(code: str, text: str) -> DriverError:
    """The sampling thread's fault as an error of the same code."""
    error = DriverError(f"no samples: {text}")
    error.code = code if code.isupper() else error.code
    return error


def _rms(mean: float, deviation: float) -> float:
    return float((mean * mean + deviation * deviation) ** 0.5)


def _within(name: str, value: float, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise RpcError(f"{name} = {value!r:.40}, {low:g} to {high:g} expected", "CONTROL-PARAMS")
    return float(value)
