"""Transactions as the trades need them: named, put once, awaited until final, in one thread."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from normal_world.chain.outbox import Outbox
from normal_world.errors import StateError
from normal_world.trade.calls import told

T = TypeVar("T")
log = logging.getLogger(__name__)

RETRY_BLOCKS = 3  # between attempts of what failed although the trade is still open


class Sender:
    """The outbox behind coroutines; everything that asks the chain runs in the same thread."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._retried: dict[str, int] = {}
        self._told: dict[str, str | None] = {}  # why what failed did, so that it is said once
        self._thread = ThreadPoolExecutor(1, "chain")

    async def run(self, action: Callable[[], T]) -> T:
        """Run in the chain's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)

    def step(self) -> int:
        """Move the outbox on; in the chain's thread."""
        return self._outbox.step()

    def look_again(self) -> None:
        """Look for what was final and may have vanished; in the chain's thread."""
        self._outbox.look_again()

    async def done(
        self, intent: str, to: str, data: bytes, what: str, value: int = 0
    ) -> int | None:
        """Block of the settled intent, None while under way; StateError when it failed.

        An intent that is known keeps its first call: `data` and `value` count only once.
        """
        outcome = await self.run(
            lambda: self._outbox.put(intent, to, data, value=value, description=what)
        )
        if not outcome.final:
            return None
        if outcome.state != "settled" or outcome.block is None:
            raise StateError(f"{what}: {outcome.reason}", "ORDER-FAILED")
        return outcome.block

    async def ended(self, intent: str, to: str, data: bytes, what: str) -> bool:
        """Whether the intent is final, well or not; why not is logged."""
        outcome = await self.run(lambda: self._outbox.put(intent, to, data, description=what))
        failed = outcome.final and outcome.state != "settled"
        if failed and self._told.get(intent) != outcome.reason:
            self._told[intent] = outcome.reason
            log.info("CHAIN-REVERTED %s: %s", what, outcome.reason)
        return outcome.final

    async def persist(self, intent: str, to: str, data: bytes, what: str, head: int) -> bool:
        """Put, and retry what failed: the trade being open, its reason may have passed.

        Whether it was final, well or not.
        """
        if not await self.ended(intent, to, data, what):
            return False
        if head >= self._retried.get(intent, 0) + RETRY_BLOCKS:
            outcome = await self.run(lambda: self._outbox.outcome(intent))
            if outcome.state != "settled":
                self._retried[intent] = head
                await self.run(lambda: self._outbox.retry(intent))
        return True

    async def known(self, intent: str) -> bool:
        """Whether this intent was ever put."""

        def ask() -> bool:
            try:
                return self._outbox.outcome(intent) is not None
            except StateError:
                return False

        return await self.run(ask)

    async def transactions(self, *intents: str) -> list[dict[str, Any]]:
        """What the outbox knows, oldest first; of these intents, if any are named."""

        def ask() -> list[dict[str, Any]]:
            found = self._outbox.outcomes()
            return [told(outcome) for outcome in found if not intents or outcome.intent in intents]

        return await self.run(ask)

    def transaction(self, intent: str) -> str | None:
        """Hash of the intent's transaction; in the chain's thread."""
        return self._outbox.outcome(intent).transaction

    def close(self) -> None:
        self._thread.shutdown()
        self._outbox.close()
