"""The trade in the meter: takes commands, follows the delivery, signs readings and FINAL."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from drivers.errors import DriverError
from firmware.active import Active
from firmware.counterpart import take_reading, take_ready
from firmware.domain.delivery import Phase
from firmware.errors import FirmwareError, MeteringGap, StateError
from firmware.opening import Opening
from firmware.sampler import PARTING_S, Sampler
from firmware.secured import Secured
from firmware.store import Store
from firmware.toml import address_bytes
from secure_world.protocol import SecureWorldError, SecureWorldRefused, Terms

Publish = Callable[..., None]
log = logging.getLogger(__name__)

TURN_S = 0.1
RETRY_S = 0.3


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
        self._sampler = sampler
        self._secured = secured
        self._store = store
        self._max_current_a = max_current_a
        self._interval_s = interval_s
        self._publish = publish
        self._closed = False
        self._noted: Phase | None = None
        self._next_reading_s = 0.0
        self._retry_s = 0.0
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
            await self._take_up()
            if self.active is not None and self.active.trade == trade:
                return self.active
            past = self._store.trade(trade)
            if past is not None:
                raise StateError(f"trade {trade} has ended: {past['reason']}", "TRADE-ENDED")
            if self.active is not None:
                raise StateError(f"the meter works on {self.active.trade}", "METER-BUSY")
            self.active = await self.opening.begin(terms, chain_id, market_bytes)
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
        self._feel_power(active)
        now_s = time.monotonic()
        active.delivery.hear(now_s, reading.energy_uwh, own_uwh, reading.is_final)
        self._refresh_guard(active)
        self._open_now()

    def stop(self, trade: str, reason: str) -> None:
        """End the delivery now."""
        if not isinstance(reason, str) or not reason.isprintable():
            raise StateError(f"reason = {reason!r:.80}, a line of text expected")
        self._expect(trade).delivery.end(reason[:200])
        self._open_now()

    @asynccontextmanager
    async def idle(self) -> AsyncIterator[None]:
        """Hold every trade off while the relays are used for a measurement; else METER-BUSY."""
        if self.active is not None or self._lock.locked():
            raise StateError("a trade is open: not while the meter trades", "METER-BUSY")
        async with self._lock:
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
                    await self._turn(self.active)

    def tripped(self, reason: str, time_s: float, detail: str) -> None:
        """The sampling thread opened the relay (called in the event loop)."""
        self._closed = False
        if reason != "complete":
            self.find("RELAY-OPENED", f"{reason} {detail}")
        if self.active is not None:
            self.active.delivery.trip(time_s, reason)
            self._wake.set()

    def find(self, code: str, text: str) -> None:
        """Report a finding to everyone who listens."""
        log.warning("%s %s", code, text)
        self.findings = [*self.findings[-19:], f"{code} {text}"]
        self._publish("finding", code=code, text=text, time_s=time.monotonic())

    # -- inside ------------------------------------------------------------------------------
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
            self.active = await self.opening.resume(row)
            self._noted = None

    async def _turn(self, active: Active) -> None:
        delivery = active.delivery
        self._feel_power(active)
        delivery.tick(time.monotonic())
        self._note_phase(active)
        await self._follow_relay(active)
        if time.monotonic() < self._retry_s:
            return
        try:
            if delivery.phase is Phase.ENDED:
                await self._finish(active)
            elif delivery.phase is not Phase.PREPARED and time.monotonic() >= self._next_reading_s:
                await self._sign(active, final=False)
        except (SecureWorldError, DriverError, MeteringGap) as error:
            self._retry_s = time.monotonic() + RETRY_S
            log.warning("%s no reading signed: %s", error.code, error)

    def _note_phase(self, active: Active) -> None:
        delivery = active.delivery
        if self._noted is delivery.phase:
            return
        self._noted = delivery.phase
        phase, reason = delivery.phase.value, delivery.reason
        self._store.update(active.trade, phase=phase, reason=reason)
        log.info("TRADE %s %s %s", active.trade[:10], phase, reason)
        self._publish(
            "state", trade=active.trade, phase=phase, reason=reason, time_s=time.monotonic()
        )

    async def _follow_relay(self, active: Active) -> None:
        wanted = active.delivery.relay_wanted
        if wanted == self._closed:
            return
        sampler, guard = self._sampler, active.guard(self._max_current_a)
        try:
            if wanted:
                self._next_reading_s = 0.0  # sign at once: the counterpart waits to hear
                self._closed = True
                await asyncio.wrap_future(sampler.do(lambda: sampler.close_relay(guard)))
            else:
                await asyncio.wrap_future(sampler.do(sampler.open_relay))
                self._closed = False
        except (DriverError, OSError) as error:
            self._closed = False
            active.delivery.trip(time.monotonic(), "bus")
            self.find("RELAY-LINE", str(error))

    async def _finish(self, active: Active) -> None:
        # Whatever came in between: the relay is open before FINAL, and stays so.
        sampler = self._sampler
        if not sampler.fault:  # else it opens by itself as soon as it can, and counts nothing
            await asyncio.wrap_future(sampler.do(sampler.open_relay))
            self._closed = False
            await asyncio.sleep(PARTING_S)
            await asyncio.wrap_future(sampler.do(sampler.stop_counting))
        try:
            await self._sign(active, final=True)
        except SecureWorldRefused as error:
            if error.code != "TRADE-UNKNOWN":
                raise
            self.find("TRADE-LOST", f"{active.trade}: the secure world does not know it")
        energy_uwh = active.reading.energy_uwh if active.reading else 0
        reason = active.delivery.reason
        self._store.update(active.trade, phase="final", reason=reason, energy_uwh=energy_uwh)
        self.active, self._noted = None, None

    async def _sign(self, active: Active, final: bool) -> None:
        delivery = active.delivery
        totals = await self._totals()
        reading = await self._secured.sign_reading(active.ready.trade, final, *totals)
        now_s = time.monotonic()
        active.reading, self._next_reading_s = reading, now_s + self._interval_s
        delivery.sign(now_s, active.energy_uwh(totals[delivery.direction]))
        self._refresh_guard(active)
        self._store.update(active.trade, reading=reading.to_json(), power_w=delivery.power_w)
        self._publish("reading", reading=reading.to_json(), time_s=now_s)

    def _feel_power(self, active: Active) -> None:
        """The tolerance follows the power; durably, for after a restart it is needed most."""
        window = self._sampler.window
        if window is not None and self._closed and active.delivery.feel(window.power_w):
            self._store.update(active.trade, power_w=active.delivery.power_w)
            self._refresh_guard(active)

    def _open_now(self) -> None:
        """Do not wait for a turn that may be waiting for the secure world."""
        self._wake.set()
        if self._closed and self.active is not None and not self.active.delivery.relay_wanted:
            self._sampler.do(self._sampler.open_relay)

    async def _totals(self) -> tuple[int, int]:
        """Of this run; while no sample can be taken they stand still."""
        sampler = self._sampler
        if sampler.fault:
            return sampler.meter.imported_uwh, sampler.meter.exported_uwh
        return await asyncio.wrap_future(sampler.do(sampler.totals))

    def _refresh_guard(self, active: Active) -> None:
        guard = self._sampler.guard
        if guard is not None:
            fresh = active.guard(self._max_current_a)
            guard.silent_after_s, guard.stop_at_uwh = fresh.silent_after_s, fresh.stop_at_uwh
            guard.apart_at_uwh = fresh.apart_at_uwh

    def _expect(self, trade: object) -> Active:
        if self.active is None or self.active.trade != trade:
            raise StateError(f"trade {trade} is not the meter's current one", "TRADE-UNKNOWN")
        return self.active
