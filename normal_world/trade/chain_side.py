"""The chain as the trades need it: in one worker thread, exactly once, only what is final."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from normal_world.chain.address_book import AddressBook
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.errors import ChainError, ChainRejected, StateError
from normal_world.trade import calls, matching
from normal_world.trade.bills import BillSide
from normal_world.trade.calls import Market
from normal_world.trade.events import Event, of_logs
from normal_world.trade.purse import Purse
from normal_world.trade.sender import Sender
from secure_world.protocol import SecureWorldUnreachable

T = TypeVar("T")
log = logging.getLogger(__name__)

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
        self.partners: Collection[str] | None = None  # whose offers are bought; None: anybody's
        self.head = 0
        self.final = 0
        self.fault: str | None = "not asked yet"
        self.stuck: str | None = None  # why our own transactions wait
        self.read = 0  # the block up to which the market's events were taken in
        self.replaced = False  # a block that was final is not part of the chain any more
        self._chain = chain
        self._sender = Sender(outbox)
        self._market = Market(chain, book)
        self._moved_s = 0.0
        self._mark: tuple[int, str] | None = None  # the last block read, and its hash
        self.bills = BillSide(self._sender, book)
        self.purse = Purse(self._sender, self._market, book, account, meter)

    async def poll(self, cursor: int) -> list[Event]:
        """Move the outbox on, learn the head; the market's events of newly final blocks."""
        try:
            events = await self._sender.run(lambda: self._poll(cursor))
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

    async def ask(self, question: Callable[[Market], T]) -> T:
        """What the market answers to a question of views, in the chain's thread."""
        return await self._sender.run(lambda: question(self._market))

    # -- orders ------------------------------------------------------------------------------
    async def match(
        self, amount_uwh: int, max_price: int, offers: list[int] | None
    ) -> dict[str, Any]:
        """Offers that fill the amount, cheapest first, at their versions, and the escrow."""
        found = await self.ask(lambda market: market.offers(self.meter, offers, self.partners))
        return matching.fill(found, amount_uwh, max_price)

    async def free_number(self, taken: Collection[int]) -> int:
        """The smallest number under which this meter offers nothing; not one of the taken."""

        def choose(market: Market) -> int:
            return matching.free_number(taken, lambda n: market.number_used(self.meter, n))

        return await self.ask(choose)

    async def free_salt(self, taken: Collection[int], fills: int, used: int = 0) -> int:
        """A salt above all that this meter used, with free drawers for so many trades.

        `used`: the highest that this node knows of; the chain may have taken some back.
        """
        last = max(used, await self.ask(lambda market: market.last_salt(self.meter)))
        return matching.free_salt(last, taken, fills)

    async def offer(self, key: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Place an offer; its id when the transaction is final."""
        data = self._market.offer(self.meter, body)
        block = await self._sender.done(f"offer:{key}", self.book.market, data, "offer")
        if block is None:
            return None
        return {"offer_id": matching.offer_id(self.meter, body["number"]), "block": block}

    async def cancel(self, key: str, offer_id: int) -> dict[str, Any] | None:
        """Take an offer back; the block when that is final."""
        data = self._market.cancel(offer_id)
        block = await self._sender.done(f"cancel:{key}", self.book.market, data, "cancel")
        return None if block is None else {"offer_id": offer_id, "block": block}

    async def buy(self, key: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Take the pinned offers into escrow; the trades' ids when that is final."""
        data = self._market.buy(self.meter, body)
        block = await self._sender.done(f"buy:{key}", self.book.market, data, "buy")
        if block is None:
            return None
        ids = await self._sender.run(lambda: self._trades_of(f"buy:{key}"))
        return {"trades": ids, "escrow": body["escrow"], "block": block}

    # -- trades ------------------------------------------------------------------------------
    async def settle(self, row: dict[str, Any]) -> None:
        """Send both FINAL readings, again as long as the trade stays open."""
        await self._persist(f"settle:{row['trade']}", self._market.settle(row), "settle")

    async def report(self, row: dict[str, Any]) -> bool:
        """Report the highest reading of each side; True when all that could be said is said.

        What was refused is tried again whenever this is asked again: a seller is paid by it.
        """
        done = True
        for key in ("reading", "peer_reading"):
            if row[key] is not None:
                intent = f"report:{row['trade']}:{row[key]['meter']}:{row[key]['sequence']}"
                data = self._market.report(row, row[key])
                done = await self._persist(intent, data, "report") and done
        return done

    async def close_trade(self, row: dict[str, Any]) -> None:
        """Close as soon as the market allows it."""
        closable = await self.ask(lambda market: market.closable_from(row))
        if closable is not None and self.head >= closable:
            await self._persist(f"close:{row['trade']}", self._market.close(row), "close")

    async def is_export_claimed(self, row: dict[str, Any]) -> bool:
        """Whether the registry has what our meter sold in this trade, as of the final block."""

        def ask(market: Market) -> bool:
            try:
                return market.is_export_claimed(row, self.final)
            except ChainRejected:  # a node that keeps no old state
                return False

        return await self.ask(ask)

    async def is_open(self, row: dict[str, Any]) -> bool:
        """Whether the market holds this trade's escrow now."""
        return await self.ask(lambda market: market.is_open(row))

    async def is_gone(self, row: dict[str, Any]) -> bool:
        """Past its deadline neither open nor ended by any event: it was never bought."""
        if self.read <= row["deadline_block"]:
            return False

        def ask(market: Market) -> bool:
            try:
                return not market.is_open(row, self.read)
            except ChainRejected:  # a node that keeps no old state
                return False

        return await self.ask(ask)

    async def credit(self, block: int | None = None) -> int:
        """This meter's credit, as of a block."""

        def ask(market: Market) -> int:
            try:
                return market.credit(self.meter, block)
            except ChainRejected:  # a node that keeps no old state: then as of now
                return market.credit(self.meter)

        return await self.ask(ask)

    async def account_state(self) -> dict[str, Any]:
        """Coins, tokens of the account and in the purse, credit."""

        def ask(market: Market) -> dict[str, Any]:
            funds = market.funds(self.account, self.meter)
            return {
                "wei": self._chain.balance(self.account),
                "tokens": funds.tokens,
                "purse": funds.purse,
                "credit": market.credit(self.meter),
            }

        return await self.ask(ask)

    async def transactions(self) -> list[dict[str, Any]]:
        """What the outbox knows, oldest first."""
        return await self._sender.transactions()

    def close(self) -> None:
        self._sender.close()

    # -- inside ------------------------------------------------------------------------------
    def _poll(self, cursor: int) -> list[Event]:
        stuck, self.read = None, cursor
        try:
            self._sender.step()
        except (ChainError, SecureWorldUnreachable) as error:
            # Our transactions wait; what others do on the chain must be seen all the same.
            stuck = f"{error.code} {error}"
        head, final = self._chain.head(), self._chain.final_block()
        if head != self.head:
            self._moved_s = calls.monotonic()
        self.head, self.final = head, final
        self._tell_stuck(stuck)
        self.replaced = self._is_replaced()
        if self.replaced or final <= cursor:
            return []
        final = self.final = min(final, cursor + BLOCKS_AT_ONCE)
        found = of_logs(self._chain.logs(cursor + 1, final, address=self.book.market))
        self._mark = final, self._chain.block_hash(final)
        return found

    def _is_replaced(self) -> bool:
        """Whether the last block read has another hash now; true once."""
        if self._mark is None or self._chain.block_hash(self._mark[0]) == self._mark[1]:
            return False
        self._mark = None
        self._sender.look_again()
        return True

    def _tell_stuck(self, stuck: str | None) -> None:
        if stuck is not None and stuck != self.stuck:
            log.warning("OUTBOX %s", stuck)
        self.stuck = stuck

    async def _persist(self, intent: str, data: bytes, what: str) -> bool:
        return await self._sender.persist(intent, self.book.market, data, what, self.head)

    def _trades_of(self, intent: str) -> list[str]:
        transaction = self._sender.transaction(intent)
        receipt = self._chain.receipt(transaction) if transaction else None
        if receipt is None:
            raise StateError(f"{intent}: no receipt yet", "STATE-RECEIPT")
        logs = [log for log in receipt.logs if log.address == self.book.market.lower()]
        return ["0x" + e.values["trade"].hex() for e in of_logs(logs) if e.name == "Bought"]
