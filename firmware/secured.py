"""The secure world's client for the event loop: one call at a time, off the loop's thread."""

import asyncio
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from secure_world.protocol import (
    Finding,
    Info,
    OpenTrade,
    Register,
    SecureWorld,
    SignedReading,
    SignedReady,
)

T = TypeVar("T")


class Secured:
    """Calls over the meter's role socket; every one may raise SecureWorldUnreachable.

    `session` names this run of the meter daemon: totals are cumulative within it, so that the
    secure world counts nothing twice when an answer was lost.
    """

    def __init__(self, path: Path, timeout_s: float = 1.0) -> None:
        self.session = secrets.randbits(63)
        self.calls = 0  # answered ones; with the time that they took, for the metrics
        self.total_s = 0.0
        self.slowest_s = 0.0
        self._world = SecureWorld(path, timeout_s)
        self._thread = ThreadPoolExecutor(1, "secured")

    async def info(self) -> Info:
        return await self._call(self._world.info)

    async def open_trade(self, request: OpenTrade) -> SignedReady:
        return await self._call(lambda: self._world.open_trade(request))

    async def count(self, imported_uwh: int, exported_uwh: int) -> Register:
        """Add this run's totals to the register."""
        return await self._call(lambda: self._world.count(self.session, imported_uwh, exported_uwh))

    async def sign_reading(
        self, trade: bytes, final: bool, imported_uwh: int, exported_uwh: int
    ) -> SignedReading:
        """Count and sign in one durable step."""
        return await self._call(
            lambda: self._world.sign_reading(trade, final, self.session, imported_uwh, exported_uwh)
        )

    async def tamper(self, finding: Finding) -> bool:
        """Report a finding; whether the keys are gone."""
        return await self._call(lambda: self._world.tamper(finding))

    async def _call(self, action: Callable[[], T]) -> T:
        begun_s = time.monotonic()
        answer = await asyncio.get_running_loop().run_in_executor(self._thread, action)
        taken_s = time.monotonic() - begun_s
        self.calls += 1
        self.total_s += taken_s
        self.slowest_s = max(self.slowest_s, taken_s)
        return answer

    def close(self) -> None:
        self._thread.shutdown()
        self._world.close()
