"""The trade in the meter: takes commands, follows the delivery, signs readings and FINAL."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from drivers.errors import DriverError
from firmware.active import Active
from firmware.counterpart import take_reading, take_ready
from firmware.errors import FirmwareError, StateError
from firmware.following import Following, Publish
from firmware.opening import Opening
from firmware.safe_mode import SafeMode
from firmware.sampler import Sampler
from firmware.secured import Secured
from firmware.store import Store
from firmware.toml import address_bytes
from secure_world.protocol import SecureWorldError, Terms

log = logging.getLogger(__name__)

TURN_S = 0.1
RETRY_S = 0.3
SOON_S = 1.0


class Holder(Protocol):
    """Who has the relay between trades (standing.py)."""

    async def part(self, reason: str, away_s: float) -> None: ...
    def tripped(self, reason: str) -> None: ...


class Trader:
    """Glue between the pure Delivery, the sampling thread, the secure world and the store."""

    opening: Opening  # set by main: it reports its findings through `find`

    def __init__(
        self,
        sampler: Sampler,
        secured: Secured,
        store: Store,
        max_current_a: float,
        interval_s: float,
        publish: Publish,
    ) -> None:
        self.active: Active | None = None
        self.findings: list[str] = []
        self.safe_mode = SafeMode.off()
        self.holder: Holder | None = None
        self.found: Counter[str] = Counter()  # by code, since the start
        self._sampler = sampler
        self._store = store
        self._publish = publish
        limits = max_current_a, interval_s
        self._following = Following(sampler, secured, store, limits, publish, self.find)
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()

    # -- commands ----------------------------------------------------------------------------
    async def prepare(self, terms_json: dict[str, Any], chain_id: int, market: str) -> Active:
        """Self-check, then Ready; the same trade again gives the same Ready."""
        terms, market_bytes = Terms.from_json(terms_json), address_bytes(market, "market")
        if type(chain_id) is not int or not 0 < chain_id < 2**63:
            raise StateError(f"chain_id = {chain_id!r:.80}, 1 to 2^63 - 1 expected")
        trade = "0x" + terms.trade_id(chain_id, market_bytes).hex()
        async with self._lock:
            if self.active is None and self._store.unfinished() is not None:
                await self._part("a trade")
            await self._take_up()
            if self.active is not None and self.active.trade == trade:
                return self.active
            past = self._store.trade(trade)
            if past is not None:
                raise StateError(f"trade {trade} has ended: {past['reason']}", "TRADE-ENDED")
            if self.active is not None:
                raise StateError(f"the meter works on {self.active.trade}", "METER-BUSY")
            self.safe_mode.refuse()
            await self._part("a trade")
            self.active = await self.opening.begin(terms, chain_id, market_bytes)
            self._following.begin()
            return self.active

    def peer_ready(self, ready_json: dict[str, Any]) -> None:
        """The counterpart's Ready; raises CounterpartError unless it is genuine."""
        active = self._expect(ready_json.get("trade"))
        take_ready(active, ready_json)
        self._store.update(active.trade, peer_ready=ready_json)
        active.delivery.hear_ready(time.monotonic())
        self._wake.set()

    def start(self, trade: str) -> None:
        """The escrow is final: the one thing in which noded is trusted."""
        active = self._expect(trade)
        active.delivery.start(time.monotonic())
        self._store.update(trade, started=1)
        self._wake.set()

    def peer_reading(self, reading_json: dict[str, Any]) -> None:
        """A reading of the counterpart; raises CounterpartError unless it is genuine."""
        active = self._expect(reading_json.get("trade"))
        reading = take_reading(active, reading_json)
        if reading is None:
            return
        self._store.update(active.trade, peer_reading=reading_json)
        own_uwh = active.energy_uwh(self._sampler.meter.running_uwh(active.delivery.direction))
        self._following.feel_power(active)
        now_s = time.monotonic()
        active.delivery.hear(now_s, reading.energy_uwh, own_uwh, reading.is_final)
        self._following.refresh_guard(active)
        self._wake.set()
        self._following.open_now(self.active)

    def stop(self, trade: str, reason: str) -> None:
        """End the delivery now."""
        if not isinstance(reason, str) or not reason.isprintable():
            raise StateError(f"reason = {reason!r:.80}, a line of text expected")
        self._expect(trade).delivery.end(reason[:200])
        self._wake.set()
        self._following.open_now(self.active)

    def give_up(self, reason: str) -> None:
        """End whatever is delivered: the meter cannot sign any more."""
        if self.active is not None:
            self.active.delivery.end(reason)
            self._wake.set()
            self._following.open_now(self.active)

    @property
    def is_busy(self) -> bool:
        """A trade is open, or somebody measures."""
        return self.active is not None or self._lock.locked() or self._signed_for()

    @asynccontextmanager
    async def idle(self, away_s: float = SOON_S) -> AsyncIterator[None]:
        """Hold every trade off while the relays are used for a measurement; else METER-BUSY.

        A standing connection parts, and closes again `away_s` later at the earliest.
        """
        if self.is_busy:
            raise StateError("a trade is open, or a measurement runs: not now", "METER-BUSY")
        async with self._lock:
            await self._part("a measurement", away_s)
            yield

    # -- running -----------------------------------------------------------------------------
    async def run(self) -> None:
        """Take up what was left, then follow the delivery: relay, readings, FINAL."""
        await self._recover()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TURN_S)
            self._wake.clear()
            if self.active is not None:
                async with self._lock:
                    if await self._following.turn(self.active):
                        self.active = None

    def tripped(self, reason: str, time_s: float, detail: str) -> None:
        """The sampling thread opened the relay (called in the event loop)."""
        self._following.closed = False
        if self.holder is not None:
            self.holder.tripped(reason)
        if reason != "complete":
            self.find("RELAY-OPENED", f"{reason} {detail}")
        if self.active is not None:
            self.active.delivery.trip(time_s, reason)
            self._wake.set()

    def find(self, code: str, text: str) -> None:
        """Report a finding to everyone who listens."""
        log.warning("%s %s", code, text)
        self.findings = [*self.findings[-19:], f"{code} {text}"]
        self.found[code] += 1
        self._publish("finding", code=code, text=text, time_s=time.monotonic())

    # -- inside ------------------------------------------------------------------------------
    async def _part(self, reason: str, away_s: float = SOON_S) -> None:
        if self.holder is not None:
            await self.holder.part(reason, away_s)

    async def _recover(self) -> None:
        while self.active is None and self._store.unfinished() is not None:
            try:
                async with self._lock:
                    await self._take_up()
            except (SecureWorldError, DriverError, FirmwareError) as error:
                log.warning("%s %s; trying again", error.code, error)
                await asyncio.sleep(RETRY_S)

    async def _take_up(self) -> None:
        """Whatever the store holds unfinished becomes the active trade, or is brought to its end.

        It is there after a restart, and after a secure world that was lost in the middle.
        """
        while self.active is None and (row := self._store.unfinished()) is not None:
            end = "safe mode" if self.safe_mode.on else ""
            self.active = await self.opening.resume(row, end)
            self._following.begin()

    def _signed_for(self) -> bool:
        """A trade waits for the secure world after a restart: what flows now is its energy."""
        row = self._store.unfinished()
        return row is not None and row["ready"] is not None

    def _expect(self, trade: object) -> Active:
        if self.active is None or self.active.trade != trade:
            raise StateError(f"trade {trade} is not the meter's current one", "TRADE-UNKNOWN")
        return self.active
