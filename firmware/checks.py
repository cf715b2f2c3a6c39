"""Measurements that need the relays: self-check before a trade, and calibration."""

import asyncio
from collections.abc import Awaitable

from firmware.board import BoardConfig
from firmware.domain.calibration import Calibration
from firmware.domain.selfcheck import Evidence, Measured, judge
from firmware.errors import CheckFailed
from firmware.sampler import Collector, Sampler

SETTLE_S = 0.05  # relay operate time and bounce, with room
STRETCH_S = 0.4  # about 340 samples: the mean of the ACS712's noise is then below 1 mA


class Checks:
    """Runs the procedures on the sampling thread's measurements; one at a time."""

    def __init__(self, sampler: Sampler, board: BoardConfig) -> None:
        self._sampler = sampler
        self._board = board
        self._busy = asyncio.Lock()

    async def self_check(self) -> Evidence:
        """Zero, reference load, zero again. The relay must be open; raises DriverError."""
        async with self._busy:
            await self._do(self._sampler.hardware.open_all)
            await self._do(self._sampler.hardware.configure)
            zero = await self._settled()
            load = await self._with_load(STRETCH_S)
            after = await self._settled()
        measured = Measured(zero.current, load.current, load.voltage, after.current)
        return judge(measured, self._board.reference.ohm, self._board.reference.tolerance)

    async def zero(self, seconds: float) -> Calibration:
        """A calibration with the zero point of now (relays open)."""
        async with self._busy:
            await self._do(self._sampler.hardware.open_all)
            found = await self._settled(seconds)
        return self._sampler.calibration.with_zero(
            found.raw_current.mean, found.raw_current.deviation
        )

    async def load(self, seconds: float, voltage_v: float, current_a: float) -> Calibration:
        """A calibration with gains from the reference load and the instrument's reading of it."""
        if self._sampler.calibration.noise_a == 0.0:
            raise CheckFailed("measure the zero point first", "CALIBRATION-ZERO")
        async with self._busy:
            found = await self._with_load(seconds)
        return self._sampler.calibration.with_load(
            found.raw_current.mean, found.raw_voltage.mean, current_a, voltage_v
        )

    async def switch_load(self, closed: bool) -> None:
        """Turn the reference load on or off by hand, for the technician's instrument."""
        reference = self._sampler.hardware.reference
        await self._do(reference.close if closed else reference.open)
        await asyncio.sleep(SETTLE_S)

    async def _with_load(self, seconds: float) -> Collector:
        reference = self._sampler.hardware.reference
        await self._do(reference.close)
        try:
            return await self._settled(seconds)
        finally:
            await self._do(reference.open)

    async def _settled(self, seconds: float = STRETCH_S) -> Collector:
        await asyncio.sleep(SETTLE_S)
        return await asyncio.wrap_future(self._sampler.collect(seconds))

    async def _do(self, action: object) -> None:
        if not callable(action):
            raise CheckFailed("a hardware action was expected")
        await asyncio.wrap_future(self._sampler.do(action))


async def within(seconds: float, what: Awaitable[Evidence]) -> Evidence:
    """The evidence, or CheckFailed when the converters gave no samples in time."""
    try:
        return await asyncio.wait_for(what, seconds)
    except TimeoutError:
        raise CheckFailed(f"self-check did not end within {seconds:g} s: no samples") from None
