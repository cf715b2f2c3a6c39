"""The standing connection, done: checks, closes, counts every second, and parts for whoever works.

What flows goes into the secure world's register like a trade's energy, by this run's totals: an
answer that was lost, or a kill, counts nothing twice. A kill loses what flowed since the last
count, as in a trade.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from drivers.errors import DriverError
from firmware.domain.delivery import EXPORT
from firmware.domain.guard import Guard
from firmware.domain.standing import SOON_S, UNCOUNTED_MAX_S, Standing
from firmware.errors import FirmwareError, StateError
from firmware.sampler import PARTING_S, Sampler
from firmware.secured import Secured
from firmware.trader import Trader
from firmware.welded import Weld
from secure_world.protocol import SecureWorldError

TURN_S = 0.1
COUNT_S = 1.0
AGAIN_S = 2.0
# Nothing is wrong with the meter: somebody has to do something first, or ends something.
NOT_YET = frozenset("METER-BUSY UNCALIBRATED LOCKED SEALED SAFE-MODE".split())
Note = Callable[[str, str, str], None]
log = logging.getLogger(__name__)


class Connection:
    """`run` only where the owner wants it; `note(kind, code, text)` hears of every movement."""

    def __init__(
        self, sampler: Sampler, secured: Secured, trader: Trader, limit_a: float, note: Note
    ) -> None:
        self.wanted = False
        self.standing = Standing()
        self._sampler, self._secured, self._trader = sampler, secured, trader
        self._limit_a, self._note = limit_a, note
        self._weld = Weld(sampler, trader.find)
        self._lock = asyncio.Lock()
        self._next_count_s = 0.0
        self._counted = (0, 0)  # totals of this run that the register has

    async def run(self) -> None:
        """Keep it closed until cancelled; does nothing where it is not wanted."""
        self.wanted = True
        while True:
            await asyncio.sleep(TURN_S)
            await self.turn(time.monotonic())

    async def turn(self, now_s: float) -> None:
        """Close it when that is due; count what flows; notice who opened it."""
        if self.standing.closed:
            await self._follow(now_s)
        elif now_s >= self._next_count_s and self._sampler.energy() != self._counted:
            await self._catch_up(now_s)
        elif self.standing.is_due(now_s) and not self._trader.is_busy:
            await self._try()

    async def part(self, reason: str = "another task", away_s: float = SOON_S) -> None:
        """Open for a trade or a measurement, count to the last, close again when it is over."""
        async with self._lock:
            if not self.standing.closed:
                return
            self.standing.pause(time.monotonic(), reason, away_s)
            with suppress(DriverError, FirmwareError):
                await self._do(self._sampler.open_relay)
                await asyncio.sleep(PARTING_S)
                await self._weld.after_opening()
                await self._do(self._sampler.stop_counting)
            with suppress(SecureWorldError):  # it goes with the next reading then
                await self._count(self._sampler.energy())
            self._note("relay", "CONNECTION", f"opened: {reason}")

    def tripped(self, reason: str) -> None:
        """The sampling thread opened the relay (called in the event loop)."""
        if self.standing.closed:
            self._fail(reason)

    async def stop(self) -> None:
        """The daemon ends: open, and count while there is a sampling thread to do it."""
        await self.part("the meter daemon ends")

    def told(self) -> dict[str, Any]:
        """For `status`."""
        standing = self.standing
        return {
            "standing": self.wanted,
            "closed": standing.closed,
            "reason": standing.reason if self.wanted else "",
        }

    # -- inside ------------------------------------------------------------------------------
    async def _follow(self, now_s: float) -> None:
        if self._sampler.guard is None:
            self._fail(self._sampler.fault or "opened by a finding")
            return
        if now_s < self._next_count_s:
            return
        async with self._lock:
            if not self.standing.closed:
                return
            self._next_count_s = now_s + COUNT_S
            try:
                await self._count(await self._do(self._sampler.totals))
            except (SecureWorldError, DriverError, FirmwareError) as error:
                log.warning("%s not counted: %s", error.code, error)
                return
            guard = self._sampler.guard
            if guard is not None:
                guard.silent_after_s = time.monotonic() + UNCOUNTED_MAX_S

    async def _catch_up(self, now_s: float) -> None:
        """What flowed until a finding opened the relay."""
        self._next_count_s = now_s + COUNT_S
        if not self._trader.is_busy:  # else the trade's readings count it
            async with self._lock:
                with suppress(SecureWorldError):
                    await self._count(self._sampler.energy())

    async def _try(self) -> None:
        try:
            self._trader.safe_mode.refuse()
            async with self._trader.idle():
                await self._trader.opening.precheck()
                welded = await self._weld.before_closing()
                if welded:
                    raise StateError(welded, "RELAY-WELDED")
                await self._close()
        except (SecureWorldError, DriverError, FirmwareError) as error:
            if error.code in NOT_YET:
                self.standing.pause(time.monotonic(), f"{error.code} {error}", AGAIN_S)
                return
            self._fail(f"{error.code} {error}")

    async def _close(self) -> None:
        # Register and secure world must be there before anything flows.
        await self._count(await self._do(self._sampler.totals))
        now_s = time.monotonic()
        guard = Guard(self._limit_a, EXPORT, silent_after_s=now_s + UNCOUNTED_MAX_S)
        async with self._lock:
            await self._do(lambda: self._sampler.close_relay(guard))
            self._next_count_s = now_s + COUNT_S
            self.standing.close(now_s)
        self._note("relay", "CONNECTION", "closed: the self-check passed")

    def _fail(self, reason: str) -> None:
        self.standing.fail(time.monotonic(), reason)
        log.warning("CONNECTION open: %s", reason)
        self._note("relay", "CONNECTION", f"open: {reason}")

    async def _count(self, totals: tuple[int, int]) -> None:
        await self._secured.count(*totals)
        self._counted = totals

    async def _do(self, action: Callable[[], Any]) -> Any:
        return await asyncio.wrap_future(self._sampler.do(action))
