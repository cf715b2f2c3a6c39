"""How a trade begins in the meter, and how it is taken up again after a restart."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from drivers.errors import DriverError
from firmware.active import Active
from firmware.checks import Checks, within
from firmware.config import MeterConfig
from firmware.domain.delivery import EXPORT, IMPORT, Delivery, Phase
from firmware.domain.selfcheck import Evidence
from firmware.errors import CheckFailed, FirmwareError, Refused
from firmware.sampler import Sampler
from firmware.secured import Secured
from firmware.store import Store
from secure_world.protocol import (
    FieldInvalid,
    Info,
    OpenTrade,
    SecureWorldRefused,
    SignedReading,
    SignedReady,
    Terms,
    keccak256,
)

SELF_CHECK_LIMIT_S = 10.0
PRECHECK_HOLDS_S = 10.0
# Answers of the secure world to a trade of the store that no asking again would change.
LOST_FOR_GOOD = frozenset("TRADE-FOREIGN TRADE-MISMATCH TRADE-UNKNOWN FIELD TAMPERED".split())


class Opening:
    """Owner's limits, self-check, Ready; `find` reports a failed check."""

    def __init__(
        self,
        sampler: Sampler,
        checks: Checks,
        secured: Secured,
        store: Store,
        config: MeterConfig,
        find: Callable[[str, str], None],
    ) -> None:
        self._sampler = sampler
        self._checks = checks
        self._secured = secured
        self._store = store
        self._config = config
        self._find = find
        self._checked: Evidence | DriverError | FirmwareError | None = None
        self._checked_s = 0.0

    async def precheck(self) -> Evidence:
        """Whether a trade could begin now. Raises Refused or CheckFailed with what is wrong.

        A verdict holds for some seconds, a failure too: whoever asks without end wears no relay.
        """
        self._require_calibration()
        await self._require_unlocked()
        now_s = time.monotonic()
        if self._checked is None or now_s > self._checked_s + PRECHECK_HOLDS_S:
            self._checked_s = now_s
            try:
                self._checked = await self._self_check()
            except (DriverError, FirmwareError) as error:
                self._checked = error
        if not isinstance(self._checked, Evidence):
            raise self._checked
        if self._checked.verdict != "passed":
            raise CheckFailed(self._checked.verdict, "SELF-CHECK")
        return self._checked

    async def begin(self, terms: Terms, chain_id: int, market: bytes) -> Active:
        """A new trade. Raises Refused or CheckFailed; nothing is signed then."""
        direction = await self._direction(terms)
        self._admit(terms, direction)
        await self._require_unlocked()  # noded asks again and again: that must move no relay
        await self._end_unknown(direction)
        await self._count_before()
        evidence = await self._self_check()
        if evidence.verdict != "passed":
            raise CheckFailed(evidence.verdict, "SELF-CHECK")
        trade = "0x" + terms.trade_id(chain_id, market).hex()
        # First our own memory, then the signature: a Ready that we do not know of would block
        # the register's direction for ever.
        self._store.open_trade(
            trade,
            terms=terms.to_json(),
            chain_id=chain_id,
            market="0x" + market.hex(),
            self_check=evidence.to_json(),
        )
        digest = _digest(evidence.to_json())
        try:
            active = await self._open(terms, chain_id, market, direction, digest)
        except (SecureWorldRefused, FieldInvalid):
            self._store.forget_trade(trade)
            raise
        self._store.update(trade, ready=active.ready.to_json())
        return active

    async def resume(self, row: dict[str, Any], end: str = "") -> Active | None:
        """The trade of a store's row, paused; ended at once if the meter is not sound any more.

        With `end`, the reason, it is ended as it is, without a self-check.

        None when there is nothing to go on with: its FINAL was signed, or its Ready never was.
        """
        terms, market = Terms.from_json(row["terms"]), bytes.fromhex(row["market"][2:])
        digest = _digest(row["self_check"])
        try:
            direction = await self._direction(terms)
            active = await self._open(terms, row["chain_id"], market, direction, digest)
        except (SecureWorldRefused, FieldInvalid, Refused) as error:
            if not await self._closed(row, error.code):
                raise
            return None
        self._store.update(row["trade"], ready=active.ready.to_json())
        verdict = end or (await self._self_check()).verdict
        _recall(active, row)
        running = self._sampler.meter.running_uwh(direction)
        active.delivery.own_uwh = active.delivery.signed_uwh = active.energy_uwh(running)
        active.delivery.recover(time.monotonic())
        if end:
            active.delivery.end(end)
        elif verdict != "passed":
            active.delivery.end(f"self-check after a restart: {verdict}")
        return active

    async def _closed(self, row: dict[str, Any], code: str) -> bool:
        """Bring the store up to a secure world that is further, or that never began."""
        if code == "TRADE-FINAL":
            trade = bytes.fromhex(row["trade"][2:])
            final = await self._secured.sign_reading(trade, True, 0, 0)
            reason = row["reason"] or "ended before the restart"
            fields = {"reading": final.to_json(), "energy_uwh": final.energy_uwh}
            self._store.update(row["trade"], phase="final", reason=reason, **fields)
            return True
        self._store.forget_trade(row["trade"])
        if row["ready"] is not None and code in LOST_FOR_GOOD:
            self._find("TRADE-LOST", f"{row['trade']}: {code}")
            self._store.update(row["trade"], phase="final", reason=f"lost: {code}")
            return True
        return self._store.trade(row["trade"]) is None

    async def _end_unknown(self, direction: int) -> None:
        """End what the secure world holds open and our store has lost: else it blocks for ever."""
        info = await self._secured.info()
        unknown = (info.open_import, info.open_export)[direction]
        if unknown is None:
            return
        totals = await asyncio.wrap_future(self._sampler.do(self._sampler.totals))
        await self._secured.sign_reading(unknown, True, *totals)
        self._find("TRADE-LOST", f"0x{unknown.hex()} was open, but is not in the store: ended")

    async def _count_before(self) -> None:
        """What flowed outside trades and could not be counted then is not this trade's energy."""
        totals = await asyncio.wrap_future(self._sampler.do(self._sampler.totals))
        await self._secured.count(*totals)

    async def _self_check(self) -> Evidence:
        evidence = await within(SELF_CHECK_LIMIT_S, self._checks.self_check())
        if evidence.verdict != "passed":
            self._find("SELF-CHECK", evidence.verdict)
        return evidence

    async def _direction(self, terms: Terms) -> int:
        meter = _with_keys(await self._secured.info()).meter
        if meter == terms.seller_meter:
            return EXPORT
        if meter == terms.buyer_meter:
            return IMPORT
        raise Refused("this meter is neither the seller's nor the buyer's", "TRADE-FOREIGN")

    def _admit(self, terms: Terms, direction: int) -> None:
        peer = terms.buyer_meter if direction == EXPORT else terms.seller_meter
        if peer not in self._config.enrolled:
            raise Refused(f"meter 0x{peer.hex()} is not in [meters] enrolled", "PEER-UNKNOWN")
        self._require_calibration()
        self._config.ceilings.admit(terms.amount_uwh, self._store.past_energy(), time.time())

    def _require_calibration(self) -> None:
        if not self._sampler.calibration.calibrated:
            raise Refused("the meter is not calibrated: calibrate it first", "UNCALIBRATED")

    async def _require_unlocked(self) -> None:
        info = _with_keys(await self._secured.info())
        if info.locked:
            raise Refused("the secure world is locked by its owner: `evlock key unlock`", "LOCKED")
        if info.sealed:
            raise Refused("the keys are sealed: `evlock doctor --only keys` says why", "SEALED")

    async def _open(
        self, terms: Terms, chain_id: int, market: bytes, direction: int, self_check: bytes
    ) -> Active:
        request = OpenTrade(
            chain_id=chain_id,
            market=market,
            trade=terms.trade_id(chain_id, market),
            direction=direction,
            amount_uwh=terms.amount_uwh,
            counterpart=terms.buyer_meter if direction == EXPORT else terms.seller_meter,
            self_check=self_check,
        )
        ready = await self._secured.open_trade(request)
        totals = await asyncio.wrap_future(self._sampler.do(self._sampler.totals))
        register = await self._secured.count(*totals)
        own_uwh = (register.import_uwh, register.export_uwh)[direction]
        delivery = Delivery(direction, terms.amount_uwh, self._config.rules)
        return Active(terms, chain_id, market, delivery, ready, own_uwh - totals[direction])


def _with_keys(info: Info) -> Info:
    """The same, unless a finding has destroyed the keys."""
    if info.tampered and not info.provisioned:
        text = "the keys were destroyed after a finding: `evlock secure-world audit` tells"
        raise Refused(text, "TAMPERED")
    return info


def _digest(evidence: dict[str, Any]) -> bytes:
    """Hash of the evidence's canonical JSON: what Ready binds."""
    return keccak256(json.dumps(evidence, sort_keys=True).encode())


def _recall(active: Active, row: dict[str, Any]) -> None:
    """Put what the store kept back into a fresh Active."""
    delivery = active.delivery
    delivery.phase, delivery.reason = Phase(row["phase"]), row["reason"]
    delivery.started, delivery.power_w = bool(row["started"]), row["power_w"]
    if row["peer_ready"]:
        active.peer_ready, delivery.peer_ready = SignedReady.from_json(row["peer_ready"]), True
    if row["reading"]:
        active.reading = SignedReading.from_json(row["reading"])
    if row["peer_reading"]:
        active.peer_reading = SignedReading.from_json(row["peer_reading"])
        delivery.peer_uwh = active.peer_reading.energy_uwh
