"""The chain as the auction's worker needs it: final events in, transactions by the outbox out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Protocol, TypeVar

from normal_world.auction.windows import Windows
from normal_world.chain.answers import Log
from normal_world.chain.binding import Call
from normal_world.chain.bindings import auction, token
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.errors import StateError

T = TypeVar("T")
Named = tuple[str, Any]
log = logging.getLogger(__name__)

EVENTS = (auction.Placed, auction.Cleared, auction.Paid, auction.Owed)
BLOCKS_AT_ONCE = 2_000
RETRY_BLOCKS = 2  # between attempts of what failed while its window is open
GONE = "gone"


class Heads(Protocol):
    """Who polls the chain: trade/chain_side.py."""

    head: int
    final: int


def named(logs: Sequence[Log]) -> list[Named]:
    """The auction's events among these logs that matter here, in their order."""
    kinds = {kind.topic(): kind for kind in EVENTS}
    found = [(kinds.get(log.topics[0]) if log.topics else None, log) for log in logs]
    return [(kind.__name__, kind.decode(log)) for kind, log in found if kind is not None]


class AuctionSide:
    """`addresses`: auction, token; `names`: this node's account, meter. May raise ChainError."""

    def __init__(
        self,
        chain: Chain,
        outbox: Outbox,
        heads: Heads,
        addresses: tuple[str, str],
        names: tuple[str, str],
    ) -> None:
        self.auction, self.token = addresses
        self.account, self.meter = names
        self._chain, self._outbox, self._heads = chain, outbox, heads
        self._retried: dict[str, int] = {}
        self._thread = ThreadPoolExecutor(1, "auction")

    @property
    def head(self) -> int:
        """The newest block that was seen; 0 before the first."""
        return self._heads.head

    @property
    def final(self) -> int:
        """The newest final block that was seen."""
        return self._heads.final

    @property
    def chain_id(self) -> int:
        """The network's."""
        return self._chain.chain_id

    async def windows(self) -> Windows:
        """The calendar of the contract, asked once."""
        return await self._run(lambda: self._windows)

    async def events(self, cursor: int) -> tuple[list[Named], int]:
        """Events of the blocks after `cursor` that are final, and the block they go up to."""
        last = min(self.final, cursor + BLOCKS_AT_ONCE)
        if last <= cursor:
            return [], cursor
        logs = await self._run(lambda: self._chain.logs(cursor + 1, last, address=self.auction))
        return named(logs), last

    async def ask(self, question: Call[T]) -> T:
        """What the auction answers to a view."""
        return await self._run(lambda: question.ask(self._chain, self.auction))

    async def tokens(self) -> int:
        """The account's tokens, base units."""
        question = token.balance_of(self.account)
        return await self._run(lambda: question.ask(self._chain, self.token))

    async def send(self, intent: str, data: bytes, what: str) -> str:
        """Have a call to the auction done once; its state, failed ones tried again in a while."""
        return await self.persist(intent, self.auction, data, what)

    async def persist(self, intent: str, to: str, data: bytes, what: str, value: int = 0) -> str:
        """The outbox's state of the intent: queued, pending, mined, settled, failed, reverted."""
        outcome = await self._run(
            lambda: self._outbox.put(intent, to, data, value=value, description=what)
        )
        failed = outcome.state in ("failed", "reverted")
        if failed and self.head >= self._retried.get(intent, 0) + RETRY_BLOCKS:
            log.info("AUCTION %s %s: %s", what, outcome.state, outcome.reason)
            self._retried[intent] = self.head
            outcome = await self._run(lambda: self._outbox.retry(intent))
        return outcome.state

    async def state_of(self, intent: str) -> str:
        """As `persist`, of an intent that may never have been put (`gone`)."""

        def ask() -> str:
            try:
                return self._outbox.outcome(intent).state
            except StateError:
                return GONE

        return await self._run(ask)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    @cached_property
    def _windows(self) -> Windows:
        lengths = (auction.slot_blocks(), auction.commit_blocks(), auction.reveal_blocks())
        return Windows(*(question.ask(self._chain, self.auction) for question in lengths))

    async def _run(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)
