"""Measurements that need the relays: self-check before a trade, and calibration."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from firmware.board import BoardConfig
from firmware.domain.alternating import LEVEL
from firmware.domain.calibration import Calibration
from firmware.domain.selfcheck import (
    AlternatingMeasured,
    Evidence,
    Measured,
    judge,
    judge_alternating,
)
from firmware.domain.waveform import Waveform, analyse
from firmware.errors import CheckFailed
from firmware.sampler import Collector, Sampler

SETTLE_S = 0.05  # relay operate time and bounce, with room
LOOKS, LOOK_S = 5, 0.3  # stretches at the reference load on alternating current
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
        return self._judged(zero, load, after)

    def _judged(self, zero: Collector, load: Collector, after: Collector) -> Evidence:
        reference, mains = self._board.reference, self._board.mains
        if not mains.alternates:
            measured = Measured(zero.current, load.current, load.voltage, after.current)
            return judge(measured, reference.ohm, reference.tolerance)
        count = zero.current.count + load.current.count + after.current.count
        found = AlternatingMeasured(zero.current, self._calibrated(load), after.current, count)
        return judge_alternating(
            found, reference.ohm, reference.tolerance, mains.nominal_v, mains.frequency_hz
        )

    async def zero(self, seconds: float) -> Calibration:
        """A calibration with the zero point of now (relays open)."""
        async with self._busy:
            await self._do(self._sampler.hardware.open_all)
            found = await self._settled(seconds)
        offset_v = self._raw(found).voltage_mean_v if self._board.mains.alternates else 0.0
        return self._sampler.calibration.with_zero(
            found.raw_current.mean, found.raw_current.deviation, offset_v
        )

    async def load(self, seconds: float, voltage_v: float, current_a: float) -> Calibration:
        """A calibration with gains from the reference load and the instrument's reading of it.

        With alternating current, `voltage_v` and `current_a` are the RMS values that it shows.
        """
        calibration = self._sampler.calibration
        if calibration.noise_a == 0.0:
            raise CheckFailed("measure the zero point first", "CALIBRATION-ZERO")
        async with self._busy:
            found = await self._with_load(seconds)
        if self._board.mains.alternates:
            return calibration.with_alternating_load(self._raw(found), current_a, voltage_v)
        return calibration.with_load(
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
            if not self._board.mains.alternates:
                return await self._settled(seconds)
            # A machine that is busy for a moment shifts the samples' moments: the phase of one
            # stretch may be wrong, that of the middle one is not.
            looks = [await self._settled(max(LOOK_S, seconds / LOOKS)) for _ in range(LOOKS)]
            return self._middle(looks)
        finally:
            await self._do(reference.open)

    def _middle(self, looks: list[Collector]) -> Collector:
        """The stretch with the middle phase, of those in which whole cycles were seen."""
        seen = []
        for found in looks:
            with suppress(CheckFailed):
                seen.append((self._raw(found).phase_s, found))
        seen.sort(key=lambda look: look[0])
        return seen[len(seen) // 2][1] if seen else looks[0]

    async def _settled(self, seconds: float = STRETCH_S) -> Collector:
        await asyncio.sleep(SETTLE_S)
        collector = Collector(seconds)
        collector.samples = [] if self._board.mains.alternates else None
        return await asyncio.wrap_future(self._sampler.collect(seconds, collector))

    def _raw(self, found: Collector) -> Waveform:
        """Of raw values, the current about the calibration's zero."""
        samples = [sample[:4] for sample in found.samples or ()]
        return self._analysed(samples, self._sampler.calibration.current_offset_a)

    def _calibrated(self, found: Collector) -> Waveform:
        calibration = self._sampler.calibration
        samples = [
            (
                sample.time_s,
                calibration.voltage_v(sample.voltage_v),
                calibration.current_a(sample.current_a),
                sample.lag_s - calibration.phase_s,
            )
            for sample in found.samples or ()
        ]
        return self._analysed(samples, 0.0)

    def _analysed(
        self, samples: list[tuple[float, float, float, float]], zero_a: float
    ) -> Waveform:
        mains = self._board.mains
        return analyse(samples, mains.frequency_hz, LEVEL * mains.nominal_v, zero_a)

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
