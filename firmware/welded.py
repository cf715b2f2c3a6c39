"""A relay that is told to be open and still conducts: looked for when nothing else is wrong.

It can be seen only while the counterpart's relay is closed and something flows: in the moment
before the buyer closes (the seller has closed by then), and right after either side opened.
"""

import asyncio
import logging
import math
from collections.abc import Callable

from drivers.errors import DriverError
from firmware.errors import FirmwareError
from firmware.sampler import Sampler

LOOK_S, AFTER_S = 0.2, 0.1
CURRENT_A = 0.15  # above every sensor's wandering zero, below every trade's current
WELDED = "relay welded: {:.2f} A through a relay that is open"
log = logging.getLogger(__name__)


class Weld:
    """`find` hears of RELAY-WELDED."""

    def __init__(self, sampler: Sampler, find: Callable[[str, str], None]) -> None:
        self._sampler = sampler
        self._find = find

    async def before_closing(self) -> str:
        """Why the relay must not be trusted, or nothing; raises DriverError without samples."""
        return self._told(await self._current_a(LOOK_S))

    async def after_opening(self) -> None:
        """Report a contact that did not part; without samples there is nothing to report."""
        try:
            self._told(await self._current_a(AFTER_S))
        except (DriverError, FirmwareError) as error:
            log.info("%s not seen whether the contact parted: %s", error.code, error)

    async def _current_a(self, seconds: float) -> float:
        """RMS current without the sensor's own noise, amperes."""
        found = (await asyncio.wrap_future(self._sampler.collect(seconds))).current
        noise_a = self._sampler.calibration.noise_a
        return math.sqrt(max(0.0, found.mean**2 + found.deviation**2 - noise_a**2))

    def _told(self, current_a: float) -> str:
        if current_a < CURRENT_A:
            return ""
        text = WELDED.format(current_a)
        self._find("RELAY-WELDED", text)
        return text
