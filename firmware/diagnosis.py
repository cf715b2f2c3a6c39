"""The facts that only the meter daemon can know, for `evlock doctor`; judged elsewhere.

Must answer in every state. A meter in fault is looked at beside the sampling thread, which then
only waits and tries again; a meter that trades is not disturbed, and says so.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from drivers.errors import DriverError
from drivers.relay import Relay
from firmware import probe
from firmware.board import BoardConfig
from firmware.calibrated import CalibrationNote
from firmware.errors import FirmwareError, StateError
from firmware.sampler import Sampler
from firmware.trader import Trader
from firmware.version import VERSION

T = TypeVar("T")
MEASURED_S = 0.4
LIMIT_S = 5.0


class Diagnosis:
    """One method; never raises for the hardware: what failed is told in its place."""

    def __init__(
        self,
        board: BoardConfig,
        max_current_a: float,
        sampler: Sampler,
        trader: Trader,
        calibrated: CalibrationNote,
    ) -> None:
        self._board, self._max_current_a = board, max_current_a
        self._sampler, self._trader, self._calibrated = sampler, trader, calibrated

    async def facts(self) -> dict[str, Any]:
        """Bus, converters, lines, a short measurement, calibration, counters."""
        fault = self._sampler.fault
        return {
            "version": VERSION,
            "board": self._of_board(),
            "fault": fault or None,
            "samples": self._sampler.meter.samples,
            "case_opened": self._sampler.case_opened,
            "case_fault": self._sampler.case_fault or None,
            "late": self._sampler.late,
            "gaps": self._sampler.gaps,
            "calibration": self._of_calibration(),
            "findings": self._trader.findings,
            "safe_mode": self._trader.safe_mode.on,
            **await self._hardware(),
        }

    async def _hardware(self) -> dict[str, Any]:
        """Everything that touches a part; only without a trade."""
        try:
            async with self._trader.idle():
                return {"trading": False, **await self._idle_facts()}
        except StateError:
            return {"trading": True}

    async def _idle_facts(self) -> dict[str, Any]:
        board, hardware = self._board, self._sampler.hardware
        return {
            "i2c": await self._safely(lambda: probe.i2c_facts(board)),
            "adc": {
                "current": await self._safely(lambda: probe.adc_facts(board, board.current_adc)),
                "voltage": await self._safely(lambda: probe.adc_facts(board, board.voltage_adc)),
            },
            "lines": {
                "relay": await self._safely(lambda: _line(hardware.relay)),
                "reference_load": await self._safely(lambda: _line(hardware.reference)),
            },
            "measured": await self._measured(),
        }

    async def _safely(self, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """In the sampling thread; beside it when that is in fault and serves nobody."""
        try:
            beside = self._sampler.fault
            work = asyncio.to_thread(action) if beside else _of(self._sampler, action)
            return await asyncio.wait_for(work, LIMIT_S)
        except (DriverError, FirmwareError, OSError, TimeoutError) as error:
            return {"error": _told(error)}

    async def _measured(self) -> dict[str, Any]:
        """Mean and noise of a moment, both relays open."""
        if self._sampler.fault:
            return {"error": self._sampler.fault}
        try:
            wait = asyncio.wrap_future(self._sampler.collect(MEASURED_S))
            found = await asyncio.wait_for(wait, LIMIT_S)
        except (DriverError, FirmwareError, OSError, TimeoutError) as error:
            return {"error": _told(error)}
        return {
            "voltage_v": round(found.voltage.mean, 4),
            "current_a": round(found.current.mean, 5),
            "noise_a": round(found.current.deviation, 5),
            "voltage_noise_v": round(found.voltage.deviation, 5),
            "samples": found.current.count,
            "samples_per_s": round(found.current.count / MEASURED_S, 1),
            "repeats": found.current.repeats,
        }

    def _of_board(self) -> dict[str, Any]:
        board = self._board
        return {
            "name": board.name,
            "title": board.title,
            "mains": asdict(board.mains),
            "device_secret": board.claims.device_secret,
            "gpio": asdict(board.gpio),
            "relay_line": board.relay.line,
            "reference_line": board.reference.line.line,
            "case_line": board.case.line if board.case else None,
            "sensor": asdict(board.current_sensor),
            "max_current_a": self._max_current_a,
            "board_max_current_a": board.max_current_a,
            "samples_per_s": board.current_adc.data_rate,
            "virtual": board.virtual is not None,
        }

    def _of_calibration(self) -> dict[str, Any]:
        calibration = self._sampler.calibration
        return {
            "calibrated": calibration.calibrated,
            "at_s": self._calibrated.at_s,
            "changed": self._calibrated.changed(),
            "noise_a": calibration.noise_a,
        }


async def _of(sampler: Sampler, action: Callable[[], T]) -> T:
    return await asyncio.wrap_future(sampler.do(action))


def _line(relay: Relay) -> dict[str, Any]:
    return {"reads": "closed" if relay.is_closed else "open"}


def _told(error: Exception) -> str:
    code = getattr(error, "code", None)
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{code} {text}" if code else text
