"""Takes the market's final events into the store: escrows in, settlements out."""

import logging
from typing import Any

from normal_world.errors import ChainError
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.engine import Engine
from normal_world.trade.events import Event, terms_of
from normal_world.trade.matching import seller_of
from normal_world.trade.store import ENDED, TradeStore
from secure_world.protocol import payment_rounded_down

log = logging.getLogger(__name__)

STORE_EVERY = 200  # blocks without events: a restart reads no more than these again
REREAD = 1_000  # blocks, when some vanished that were final


class Watch:
    """`step` reads the blocks that became final since the last one taken in."""

    def __init__(self, store: TradeStore, chain: ChainSide, engine: Engine) -> None:
        self._store = store
        self._chain = chain
        self._engine = engine
        self._cursor = store.cursor()
        if self._cursor is None:
            self._cursor = max(0, chain.book.deployed_block - 1)
        self._stored = self._cursor

    def taken_in(self) -> int:
        """The block up to which the store knows the market's events."""
        assert self._cursor is not None
        return self._cursor

    async def step(self) -> None:
        """One look at the chain; a chain that is away changes nothing."""
        assert self._cursor is not None
        try:
            events = await self._chain.poll(self._cursor)
            final = self._chain.final
            if self._chain.replaced:
                await self._read_again()
                return
            for event in events:
                await self._take(event)
        except ChainError as error:
            log.debug("%s %s", error.code, error)
            return
        if final > self._cursor:
            # Only now: taking an event in twice changes nothing, losing one would.
            self._cursor = final
            if events or final >= self._stored + STORE_EVERY:
                self._store.advance(final)
                self._stored = final

    async def _read_again(self) -> None:
        """The chain broke its rule. What is delivered without an escrow ends, the rest is read."""
        assert self._cursor is not None
        log.error("CHAIN-REORG block %d was final and is gone: [chain] finality", self._cursor)
        self._cursor = max(self._chain.book.deployed_block - 1, self._cursor - REREAD, 0)
        self._store.advance(self._cursor)
        self._stored = self._cursor
        await self._engine.stop_without_escrow()

    async def _take(self, event: Event) -> None:
        if event.name == "Bought":
            await self._bought(event)
        elif event.name in ("Settled", "Closed"):
            await self._ended(event)
        elif event.name == "Reported":
            # The window is open: what is delivered from now on might not be paid any more.
            await self._engine.stop_meter(_trade(event), "reported on the chain")

    async def _bought(self, event: Event) -> None:
        terms = terms_of(event)
        parties = {seller_of(terms["ref"]): "seller", terms["buyer_meter"]: "buyer"}
        role = parties.get(self._chain.meter)
        if role is None:
            return
        trade = _trade(event)
        new = self._store.add_trade(
            trade,
            role,
            terms,
            escrow=payment_rounded_down(terms["amount_uwh"], terms["price"]),
            escrow_block=event.block,
            deadline_block=event.values["deadlineBlock"],
            credit_before=await self._chain.credit(event.block),
        )
        if new:
            self._engine.enter(trade, "escrowed")
        elif self._store.moved(trade, event.block, event.values["deadlineBlock"]):
            self._engine.back(trade)

    async def _ended(self, event: Event) -> None:
        trade = _trade(event)
        row = self._store.trade(trade)
        if row is None or row["phase"] in ENDED:
            return
        fields: dict[str, Any] = {
            "end_block": event.block,
            "energy_uwh": event.values["energyUwh"],
            "paid": event.values["paid"],
            "refunded": event.values["refunded"],
            "credit_after": await self._chain.credit(event.block),
        }
        self._engine.enter(trade, event.name.lower(), row["reason"], **fields)
        await self._engine.stop_meter(trade, f"{event.name.lower()} on the chain")


def _trade(event: Event) -> str:
    trade: bytes = event.values["trade"]
    return "0x" + trade.hex()
