"""What a delivery asks for, done: the relay follows it, readings are signed, FINAL ends it."""

import asyncio
import logging
import time
from collections.abc import Callable

from drivers.errors import DriverError
from firmware.active import Active
from firmware.domain.delivery import IMPORT, Phase
from firmware.errors import MeteringGap
from firmware.sampler import PARTING_S, Sampler
from firmware.secured import Secured
from firmware.store import Store
from firmware.welded import Weld
from secure_world.protocol import SecureWorldError, SecureWorldRefused

Publish = Callable[..., None]
Find = Callable[[str, str], None]
log = logging.getLogger(__name__)

RETRY_S = 0.3


class Following:
    """One turn after the other, for the one active trade; `closed` is what the relay was told."""

    def __init__(
        self,
        sampler: Sampler,
        secured: Secured,
        store: Store,
        limits: tuple[float, float],
        publish: Publish,
        find: Find,
    ) -> None:
        self.closed = False
        self._sampler = sampler
        self._secured = secured
        self._store = store
        self._max_current_a, self._interval_s = limits
        self._publish = publish
        self._find = find
        self._weld = Weld(sampler, find)
        self._noted: Phase | None = None
        self._next_reading_s = 0.0
        self._retry_s = 0.0

    def begin(self) -> None:
        """Another trade is the active one from now on."""
        self._noted = None

    async def turn(self, active: Active) -> bool:
        """Relay, phase, reading as the delivery wants them; True when FINAL is signed."""
        delivery = active.delivery
        self.feel_power(active)
        delivery.tick(time.monotonic())
        self._note_phase(active)
        await self._follow_relay(active)
        if time.monotonic() < self._retry_s:
            return False
        try:
            if delivery.phase is Phase.ENDED:
                await self._finish(active)
                return True
            if delivery.phase is not Phase.PREPARED and time.monotonic() >= self._next_reading_s:
                await self._sign(active, final=False)
        except (SecureWorldError, DriverError, MeteringGap) as error:
            self._retry_s = time.monotonic() + RETRY_S
            log.warning("%s no reading signed: %s", error.code, error)
        return False

    def feel_power(self, active: Active) -> None:
        """The tolerance follows the power; durably, for after a restart it is needed most."""
        window = self._sampler.window
        if window is not None and self.closed and active.delivery.feel(window.power_w):
            self._store.update(active.trade, power_w=active.delivery.power_w)
            self.refresh_guard(active)

    def open_now(self, active: Active | None) -> None:
        """Do not wait for a turn that may be waiting for the secure world."""
        if self.closed and active is not None and not active.delivery.relay_wanted:
            self._sampler.do(self._sampler.open_relay)

    def refresh_guard(self, active: Active) -> None:
        """What the delivery has learned since the relay closed holds for the guard too."""
        guard = self._sampler.guard
        if guard is not None:
            fresh = active.guard(self._max_current_a)
            guard.silent_after_s, guard.stop_at_uwh = fresh.silent_after_s, fresh.stop_at_uwh
            guard.apart_at_uwh, guard.felt_w = fresh.apart_at_uwh, fresh.felt_w

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
        if wanted == self.closed:
            return
        try:
            if wanted:
                await self._close(active)
            else:
                await asyncio.wrap_future(self._sampler.do(self._sampler.open_relay))
                self.closed = False
        except (DriverError, OSError) as error:
            self.closed = False
            active.delivery.trip(time.monotonic(), "bus")
            self._find(getattr(error, "code", "RELAY-LINE"), str(error))

    async def _close(self, active: Active) -> None:
        if active.delivery.direction == IMPORT and not active.closed_once:
            # The buyer closes last, and looks first: what flows through an open relay is a weld.
            if active.peer_reading is None:
                return  # the seller has not closed yet: it signs its first reading when it does
            if welded := await self._weld.before_closing():
                active.delivery.end(welded)
            if not active.delivery.relay_wanted:
                return
        active.closed_once = True
        self._next_reading_s = 0.0  # sign at once: the counterpart waits to hear
        self.closed = True
        sampler, guard = self._sampler, active.guard(self._max_current_a)
        await asyncio.wrap_future(sampler.do(lambda: sampler.close_relay(guard)))

    async def _finish(self, active: Active) -> None:
        # Whatever came in between: the relay is open before FINAL, and stays so.
        sampler = self._sampler
        if not sampler.fault:  # else it opens by itself as soon as it can, and counts nothing
            await asyncio.wrap_future(sampler.do(sampler.open_relay))
            self.closed = False
            await asyncio.sleep(PARTING_S)
            await self._weld.after_opening()
            await asyncio.wrap_future(sampler.do(sampler.stop_counting))
        try:
            await self._sign(active, final=True)
        except SecureWorldRefused as error:
            if error.code not in ("TRADE-UNKNOWN", "TAMPERED"):
                raise
            self._find("TRADE-LOST", f"{active.trade}: no FINAL of the secure world: {error.code}")
        energy_uwh = active.reading.energy_uwh if active.reading else 0
        reason = active.delivery.reason
        self._store.update(active.trade, phase="final", reason=reason, energy_uwh=energy_uwh)

    async def _sign(self, active: Active, final: bool) -> None:
        delivery = active.delivery
        totals = await self._totals()
        reading = await self._secured.sign_reading(active.ready.trade, final, *totals)
        now_s = time.monotonic()
        active.reading, self._next_reading_s = reading, now_s + self._interval_s
        delivery.sign(now_s, active.energy_uwh(totals[delivery.direction]))
        self.refresh_guard(active)
        self._store.update(active.trade, reading=reading.to_json(), power_w=delivery.power_w)
        self._publish("reading", reading=reading.to_json(), time_s=now_s)

    async def _totals(self) -> tuple[int, int]:
        """Of this run; while no sample can be taken they stand still."""
        sampler = self._sampler
        if sampler.fault:
            return sampler.meter.imported_uwh, sampler.meter.exported_uwh
        return await asyncio.wrap_future(sampler.do(sampler.totals))
