"""The relay moved by a technician: only while no trade is open, and never closed for good.

What flows is counted in the energy register like everything else, and nobody pays for it.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from drivers.errors import DriverError
from firmware.checks import SETTLE_S
from firmware.domain.delivery import EXPORT
from firmware.domain.guard import Guard
from firmware.errors import CheckFailed, FirmwareError, StateError
from firmware.sampler import PARTING_S, Collector, Sampler
from firmware.secured import Secured
from firmware.trace import Trace, carried_s
from firmware.trader import Trader
from secure_world.protocol import SecureWorldError

CLOSED_MAX_S = 60.0
BACKSTOP_S = 0.5  # later than the loop's own timer: the sampling thread opens without the loop
LOOK_S = 0.25
AWAY_S = 60.0  # so long a standing connection stays open when somebody opens it
STOP_LIMIT_S = 2.0
log = logging.getLogger(__name__)
Note = Callable[[str, str, str], None]


class ByHand:
    """`note(kind, code, text)` hears of every movement."""

    def __init__(
        self, sampler: Sampler, trader: Trader, secured: Secured, limit_a: float, note: Note
    ) -> None:
        self._sampler, self._trader, self._secured = sampler, trader, secured
        self._limit_a, self._note = limit_a, note
        self._open = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._until_s = 0.0

    async def close(self, seconds: float) -> dict[str, Any]:
        """Close for at most `seconds` (0.1 to 60); returns when it is closed.

        Raises StateError METER-BUSY while a trade is open, DriverError when the line is dead.
        """
        if not 0.1 <= float(seconds) <= CLOSED_MAX_S:
            text = f"seconds = {seconds}, 0.1 to {CLOSED_MAX_S:g} expected"
            raise StateError(text, "CONFIG-VALUE")
        if self._task is not None:
            raise StateError("the relay is closed by hand already", "METER-BUSY")
        closed: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._hold(float(seconds), closed))
        return await asyncio.shield(closed)

    async def open(self) -> dict[str, Any]:
        """Open now; returns what flowed. Refused while a trade holds the relay."""
        if self._task is not None:
            self._open.set()
            with suppress(Exception):
                await asyncio.shield(self._task)
            return {"closed": False, "by_hand": True}
        async with self._trader.idle(AWAY_S):
            await self._do(self._sampler.hardware.open_all)
        return {"closed": False, "by_hand": False}

    async def test(self) -> dict[str, Any]:
        """Move both relays once and tell what was seen of it."""
        async with self._trader.idle():
            reference = self._sampler.hardware.reference
            load = await self._move(self._do, reference.close, reference.open)
            before = self._totals()
            main = await self._move(self._do, self._close, self._sampler.open_relay)
            await asyncio.sleep(PARTING_S)
            await self._do(self._sampler.stop_counting)
            flowed = await self._register(before)
        text = f"test: main {_said(main)}; reference load {_said(load)}"
        self._note("relay", "RELAY-BY-HAND", text)
        return {"main": main, "reference_load": load, "unpaid_uwh": flowed}

    async def stop(self) -> None:
        """The daemon ends: open while there is a sampling thread to do it."""
        if self._task is not None:
            self._open.set()
            with suppress(Exception):
                await asyncio.wait_for(self._task, STOP_LIMIT_S)

    def told(self) -> dict[str, Any]:
        """Whether it is closed by hand, and for how long yet."""
        left_s = max(0.0, self._until_s - time.monotonic()) if self._task else 0.0
        return {"by_hand": self._task is not None, "opens_in_s": round(left_s, 1)}

    # -- inside ------------------------------------------------------------------------------
    async def _hold(self, seconds: float, closed: asyncio.Future[dict[str, Any]]) -> None:
        try:
            async with self._trader.idle():
                await self._closed_for(seconds, closed)
        except Exception as error:  # whoever asked hears it
            if closed.done():
                log.warning("RELAY-BY-HAND %s", error)
            else:
                closed.set_exception(error)
        finally:
            self._task = None

    async def _closed_for(self, seconds: float, closed: asyncio.Future[dict[str, Any]]) -> None:
        self._open.clear()
        before = self._totals()
        self._until_s = time.monotonic() + seconds
        await self._do(lambda: self._close(seconds))
        try:
            closed.set_result({"closed": True, "opens_in_s": seconds})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._open.wait(), seconds)
        finally:
            await self._part()
            flowed = await self._register(before)
            text = f"closed for at most {seconds:g} s, {flowed} µWh flowed unpaid"
            self._note("relay", "RELAY-BY-HAND", text)

    def _close(self, seconds: float = LOOK_S) -> None:
        """In the sampling thread."""
        last_s = time.monotonic() + seconds + BACKSTOP_S
        self._sampler.close_relay(Guard(self._limit_a, EXPORT, silent_after_s=last_s))

    async def _part(self) -> None:
        """Open, and count until the contacts have parted; a dead bus opens by itself."""
        with suppress(DriverError, FirmwareError):
            await self._do(self._sampler.open_relay)
            await asyncio.sleep(PARTING_S)
            await self._do(self._sampler.stop_counting)

    async def _move(
        self,
        do: Callable[[Callable[[], Any]], Coroutine[Any, Any, Any]],
        close: Callable[[], None],
        part: Callable[[], None],
    ) -> dict[str, Any]:
        """Close and open once under a trace; whatever happens, `part` is called."""
        rest_a = (await self._measured(self._sampler.collect(LOOK_S))).current.mean
        trace = self._trace(2.0 * LOOK_S)
        begun_s = time.monotonic()
        await do(close)
        try:
            await asyncio.sleep(LOOK_S)
        finally:
            parted_s = time.monotonic()
            await do(part)
        await self._measured(trace.done)
        closed = carried_s(trace, begun_s, parted_s, rest_a)
        parting = carried_s(trace, parted_s, math.inf, rest_a)
        return {
            "line_follows": True,  # else its driver has raised
            "current_a": round(_rms(trace, begun_s + SETTLE_S, parted_s), 3),
            "operate_ms": round(1e3 * (closed[0] - begun_s), 1) if closed else None,
            "release_ms": round(1e3 * (parting[-1] - parted_s), 1) if closed and parting else None,
        }

    async def _measured(self, work: "Future[Collector]") -> Collector:
        """Bounded: trades are held off meanwhile."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(work), STOP_LIMIT_S)
        except TimeoutError:
            raise CheckFailed("the converters gave no samples") from None

    def _trace(self, seconds: float) -> Trace:
        trace = Trace(seconds)
        self._sampler.collect(seconds, trace)
        return trace

    def _totals(self) -> tuple[int, int]:
        return self._sampler.energy()

    async def _register(self, before: tuple[int, int]) -> int:
        """The secure world's register takes what flowed; microwatt-hours of both directions."""
        now = self._totals()
        with suppress(SecureWorldError):  # it is counted with the next reading then
            await self._secured.count(*now)
        return sum(now) - sum(before)

    async def _do(self, action: Callable[[], Any]) -> Any:
        return await asyncio.wrap_future(self._sampler.do(action))


def _rms(trace: Trace, from_s: float, until_s: float) -> float:
    pairs = zip(trace.times, trace.kept["current_a"].values, strict=True)
    found = [value * value for time_s, value in pairs if from_s < time_s < until_s]
    return math.sqrt(sum(found) / len(found)) if found else 0.0


def _said(moved: dict[str, Any]) -> str:
    operate = moved["operate_ms"]
    return "line follows" if operate is None else f"operates in {operate} ms"
