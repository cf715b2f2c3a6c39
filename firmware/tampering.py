"""Findings that may be somebody's hand: told to the secure world, whose policy says what they cost.

    CASE_OPENED        the case's switch is open
    REWIRED            current flows through a relay that is open
    SENSOR_CHANGED     the self-check failed, or samples are frozen
    CONVERTER_CHANGED  a converter's configuration is not what was set

None of them can be caused by the counterpart: else it could have our keys destroyed.
"""

import asyncio
import logging
import time

from firmware.domain.reasons import meaning
from firmware.sampler import Sampler
from firmware.secured import Secured
from firmware.trader import Trader
from secure_world.protocol import Finding, SecureWorldError, SecureWorldRefused

log = logging.getLogger(__name__)

TURN_S = 0.1
RETRY_S = 1.0  # while the secure world does not answer
AGAIN_S = 60.0  # the same finding is told at most so often
CASE_OPENED = ("CASE-OPENED", "the switch of the case is open")
CASE_CLOSED = ("CASE-CLOSED", "the switch of the case is closed again")
OF_CODE = {"SELF-CHECK": Finding.SENSOR_CHANGED, "RELAY-WELDED": Finding.REWIRED}
OF_TRIP = {"SENSOR-FROZEN": Finding.SENSOR_CHANGED, "ADC-CONFIG": Finding.CONVERTER_CHANGED}


class Tampering:
    """`run` tells what the sampling thread and the trader have found; `hear` is told the latter."""

    def __init__(self, sampler: Sampler, secured: Secured, trader: Trader) -> None:
        self._sampler, self._secured, self._trader = sampler, secured, trader
        self._due: dict[Finding, float] = {}  # not before this monotonic moment
        self._told: dict[Finding, float] = {}
        self._opened, self._case_fault = False, ""

    def hear(self, code: str, text: str) -> None:
        """A finding of the trader."""
        finding = OF_CODE.get(code)
        if code == "RELAY-OPENED":
            finding = OF_TRIP.get(meaning(text).code)
        if finding is not None:
            self._note(finding)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._look()
            now_s = time.monotonic()
            for finding in [finding for finding, due_s in self._due.items() if now_s >= due_s]:
                await self._tell(finding)
            await asyncio.sleep(TURN_S)

    def _look(self) -> None:
        """At what the sampling thread has seen, with a trade or without."""
        self._look_at_case()
        if self._sampler.converter_changed:
            self._sampler.converter_changed = False
            self._note(Finding.CONVERTER_CHANGED)

    def _look_at_case(self) -> None:
        fault, before = self._sampler.case_fault, self._case_fault
        self._case_fault = fault
        if fault and not before:
            self._trader.find("SWITCH-LINE", fault)
        opened = self._sampler.case_opened
        if opened is None or opened == self._opened:
            return
        self._opened = opened
        self._trader.find(*(CASE_OPENED if opened else CASE_CLOSED))
        if opened:
            self._note(Finding.CASE_OPENED)

    def _note(self, finding: Finding) -> None:
        now_s = time.monotonic()
        if finding in self._due or now_s < self._told.get(finding, -AGAIN_S) + AGAIN_S:
            return
        self._due[finding] = now_s

    async def _tell(self, finding: Finding) -> None:
        try:
            destroyed = await self._secured.tamper(finding)
        except SecureWorldRefused as error:  # asking again would not change it
            log.warning("%s finding %s: %s", error.code, finding.name, error)
            destroyed = False
        except SecureWorldError as error:
            log.warning("%s finding %s not told yet: %s", error.code, finding.name, error)
            self._due[finding] = time.monotonic() + RETRY_S
            return
        del self._due[finding]
        self._told[finding] = time.monotonic()
        if destroyed:
            await self._without_keys(finding)

    async def _without_keys(self, finding: Finding) -> None:
        """Nothing can be signed any more: no energy may flow either."""
        text = f"tampered: {finding.name}, the keys are destroyed"
        self._trader.give_up(text)
        self._trader.find("TAMPERED", text)
        if not self._sampler.fault:  # else it opens by itself as soon as it can
            await asyncio.wrap_future(self._sampler.do(self._sampler.open_relay))
