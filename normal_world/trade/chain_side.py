"""The chain as the trades need it: in one worker thread, exactly once, only what is final."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from normal_world.chain.address_book import AddressBook
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.errors import ChainError, ChainRejected, StateError
from normal_world.trade import calls
from normal_world.trade.calls import Market
from normal_world.trade.events import Event, of_logs
from secure_world.protocol import SecureWorldUnreachable

T = TypeVar("T")
log = logging.getLogger(__name__)

RETRY_BLOCKS = 3  # between attempts of what failed although the trade is still open
STALLED_S = 30.0
BLOCKS_AT_ONCE = 2_000  # read for events in one step, when there is much to catch up


class ChainSide:
    """`account` and `meter` are this node's, as 0x text; every coroutine may raise ChainError."""

    def __init__(
        self, chain: Chain, outbox: Outbox, book: AddressBook, account: str, meter: str
    ) -> None:
        self.book = book
        self.account = account
        self.meter = meter
        self.head = 0
        self.final = 0
        self.fault: str | None = "not asked yet"
        self.stuck: str | None = None  # why our own transactions wait
        self._chain = chain
        self._outbox = outbox
        self._market = Market(chain, book)
        self._moved_s = 0.0
        self._retried: dict[str, int] = {}
        self._thread = ThreadPoolExecutor(1, "chain")

    async def poll(self, cursor: int) -> list[Event]:
        """Move the outbox on, learn the head; the market's events of newly final blocks."""
        try:
            events = await self._run(lambda: self._poll(cursor))
        except ChainError as error:
            self.fault = f"{error.code} {error}"
            raise
        self.fault = None
        return events

    def state(self) -> dict[str, Any]:
        """Where the chain stands, for people."""
        standing_s = asyncio.get_running_loop().time() - self._moved_s
        fault = self.fault
        if fault is None and standing_s > STALLED_S:
            fault = f"CHAIN-STALLED no new block for {standing_s:.0f} s"
        return {
            "id": self.book.chain_id,
            "head": self.head,
            "final": self.final,
            "fault": fault or self.stuck,
        }

    # -- orders ------------------------------------------------------------------------------
    async def match(
        self, amount_uwh: int, max_price: int, offers: list[int] | None
    ) -> dict[str, Any]:
        """Offers that fill the amount, cheapest first, with versions, escrow and a salt."""
        found = await self._run(lambda: self._market.offers(self.meter, offers))
        return calls.fill(found, amount_uwh, max_price) | {"salt": "0x" + secrets.token_hex(32)}

    async def offer(self, key: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Place an offer; its id when the transaction is final."""
        data = self._market.offer(self.meter, body)
        block = await self._done(f"offer:{key}", self.book.market, data, "offer")
        if block is None:
            return None
        return await self._run(lambda: self._offer_of(f"offer:{key}"))

    async def cancel(self, key: str, offer_id: int) -> dict[str, Any] | None:
        """Take an offer back; the block when that is final."""
        data = self._market.cancel(offer_id)
        block = await self._done(f"cancel:{key}", self.book.market, data, "cancel")
        return None if block is None else {"offer_id": offer_id, "block": block}

    async def ask(self, question: Callable[[Market], T]) -> T:
        """What the market answers to a question of views, in the chain's thread."""
        return await self._run(lambda: question(self._market))

    async def fund(self, key: str, escrow: int) -> bool:
        """Have the tokens and the market's allowance for an escrow; True when both are final."""
        balance, allowance = await self._run(lambda: self._market.funds(self.account))
        tokens, approve = f"tokens:{key}", f"approve:{key}"
        if balance < escrow or await self._known(tokens):
            data, value = self._market.buy_tokens(), max(0, escrow - balance)
            if await self._done(tokens, self.book.token, data, "buyTokens", value) is None:
                return False
        if allowance < escrow or await self._known(approve):
            data = self._market.approve(escrow)
            return await self._done(approve, self.book.token, data, "approve") is not None
        return True

    async def buy(self, key: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Take the pinned offers into escrow; the trades' ids when that is final."""
        data = self._market.buy(self.meter, body)
        block = await self._done(f"buy:{key}", self.book.market, data, "buy")
        if block is None:
            return None
        ids = await self._run(lambda: self._trades_of(f"buy:{key}"))
        return {"trades": ids, "escrow": body["escrow"], "block": block}

    # -- trades ------------------------------------------------------------------------------
    async def settle(self, row: dict[str, Any]) -> None:
        """Send both FINAL readings, again as long as the trade stays open."""
        await self._persist(f"settle:{row['trade']}", self._market.settle(row), "settle")

    async def report(self, row: dict[str, Any]) -> bool:
        """Report the highest reading of each side; True when all that could be said is said."""
        done = True
        for key in ("reading", "peer_reading"):
            if row[key] is not None:
                intent = f"report:{row['trade']}:{row[key]['meter']}:{row[key]['sequence']}"
                data = self._market.report(row, row[key])
                done = await self._ended(intent, self.book.market, data, "report") and done
        return done

    async def close_trade(self, row: dict[str, Any]) -> None:
        """Close as soon as the market allows it."""
        closable = await self._run(lambda: self._market.closable_from(row["trade"]))
        if closable is not None and self.head >= closable:
            await self._persist(f"close:{row['trade']}", self._market.close(row), "close")

    async def credit(self, block: int | None = None) -> int:
        """This meter's credit, as of a block."""

        def ask() -> int:
            try:
                return self._market.credit(self.meter, block)
            except ChainRejected:  # a node that keeps no old state: then as of now
                return self._market.credit(self.meter)

        return await self._run(ask)

    async def account_state(self) -> dict[str, Any]:
        """Coins, tokens, credit."""

        def ask() -> dict[str, Any]:
            return {
                "wei": self._chain.balance(self.account),
                "tokens": self._market.funds(self.account)[0],
                "credit": self._market.credit(self.meter),
            }

        return await self._run(ask)

    async def transactions(self) -> list[dict[str, Any]]:
        """What the outbox knows, oldest first."""

        def ask() -> list[dict[str, Any]]:
            return [calls.told(outcome) for outcome in self._outbox.outcomes()]

        return await self._run(ask)

    def close(self) -> None:
        self._thread.shutdown()
        self._outbox.close()

    # -- inside ------------------------------------------------------------------------------
    def _poll(self, cursor: int) -> list[Event]:
        stuck = None
        try:
            self._outbox.step()
        except (ChainError, SecureWorldUnreachable) as error:
            # Our transactions wait; what others do on the chain must be seen all the same.
            stuck = f"{error.code} {error}"
        head, final = self._chain.head(), self._chain.final_block()
        if head != self.head:
            self._moved_s = calls.monotonic()
        self.head, self.final = head, final
        self._tell_stuck(stuck)
        if final <= cursor:
            return []
        final = self.final = min(final, cursor + BLOCKS_AT_ONCE)
        return of_logs(self._chain.logs(cursor + 1, final, address=self.book.market))

    def _tell_stuck(self, stuck: str | None) -> None:
        if stuck is not None and stuck != self.stuck:
            log.warning("OUTBOX %s", stuck)
        self.stuck = stuck

    async def _done(
        self, intent: str, to: str, data: bytes, what: str, value: int = 0
    ) -> int | None:
        """Block of the settled intent, None while under way; StateError when it failed."""
        outcome = await self._run(
            lambda: self._outbox.put(intent, to, data, value=value, description=what)
        )
        if not outcome.final:
            return None
        if outcome.state != "settled" or outcome.block is None:
            raise StateError(f"{what}: {outcome.reason}", "ORDER-FAILED")
        return outcome.block

    async def _ended(self, intent: str, to: str, data: bytes, what: str) -> bool:
        """Whether the intent is final, well or not; why not is logged."""
        outcome = await self._run(lambda: self._outbox.put(intent, to, data, description=what))
        if outcome.final and outcome.state != "settled":
            log.info("CHAIN-REVERTED %s: %s", what, outcome.reason)
        return outcome.final

    async def _persist(self, intent: str, data: bytes, what: str) -> None:
        """Put, and retry what failed: the trade being open, its reason may have passed."""
        if not await self._ended(intent, self.book.market, data, what):
            return
        if self.head >= self._retried.get(intent, 0) + RETRY_BLOCKS:
            outcome = await self._run(lambda: self._outbox.outcome(intent))
            if outcome.state != "settled":
                self._retried[intent] = self.head
                await self._run(lambda: self._outbox.retry(intent))

    async def _known(self, intent: str) -> bool:
        def ask() -> bool:
            try:
                return self._outbox.outcome(intent) is not None
            except StateError:
                return False

        return await self._run(ask)

    def _offer_of(self, intent: str) -> dict[str, Any]:
        offered = next(e for e in self._events_of(intent) if e.name == "Offered")
        return {"offer_id": offered.values["offerId"], "block": offered.block}

    def _trades_of(self, intent: str) -> list[str]:
        bought = (e for e in self._events_of(intent) if e.name == "Bought")
        return ["0x" + e.values["trade"].hex() for e in bought]

    def _events_of(self, intent: str) -> list[Event]:
        transaction = self._outbox.outcome(intent).transaction
        receipt = self._chain.receipt(transaction) if transaction else None
        if receipt is None:
            raise StateError(f"{intent}: no receipt yet", "STATE-RECEIPT")
        return of_logs([log for log in receipt.logs if log.address == self.book.market.lower()])

    async def _run(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)
