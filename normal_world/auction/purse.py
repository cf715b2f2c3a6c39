"""The purse in the auction, kept filled: tokens bought and deposited, each fill exactly once."""

from typing import Any

from normal_world.auction.rows import AuctionRows
from normal_world.auction.side import AuctionSide
from normal_world.chain.bindings import auction, token

AGAIN_BLOCKS = 20  # after a fill that failed, and between looks at what the utility owes


class Purse:
    """`wanted` base units; below half of it, it is filled up to it. 0: by hand only."""

    def __init__(self, rows: AuctionRows, side: AuctionSide, wanted: int) -> None:
        self._rows, self._side, self._wanted = rows, side, wanted
        self._asked_block = -1
        self._collect_block = 0

    async def held(self) -> int:
        """What lies in it, base units."""
        return await self._side.ask(auction.purse_of(self._side.meter))

    async def step(self) -> None:
        """Go on with the fill that was begun, or begin one when it is needed."""
        fill = self._rows.last_fill()
        if fill is not None and fill["state"] == "open":
            await self._go_on(fill)
        elif self._wanted and self._side.head > self._asked_block:
            self._asked_block = self._side.head
            failed = fill is not None and fill["state"] == "failed"
            if not (fill and failed and self._side.head < fill["block"] + AGAIN_BLOCKS):
                await self._begin()
        if self._side.head >= self._collect_block and self._rows.was_owed(self._side.meter):
            self._collect_block = self._side.head + AGAIN_BLOCKS
            await self._collect()

    async def _begin(self) -> None:
        held = await self.held()
        if held * 2 >= self._wanted:
            return
        amount = self._wanted - held
        missing = max(0, amount - await self._side.tokens())
        self._rows.add_fill(amount, missing, self._side.head)

    async def _collect(self) -> None:
        """What the utility owes, once it has money; the block in the name: it may be in parts."""
        owed = await self._side.ask(auction.owed_to(self._side.meter))
        funds, _ = await self._side.ask(auction.utility())
        if owed and funds:
            intent = f"auction:collect:{self._side.head}"
            await self._side.send(intent, auction.collect(self._side.meter), "collect")

    async def _go_on(self, fill: dict[str, Any]) -> None:
        number, amount, spender = fill["number"], fill["amount"], self._side.auction
        steps = [
            ("approve", self._side.token, token.approve(spender, amount), 0),
            ("deposit", spender, auction.deposit(self._side.meter, amount), 0),
        ]
        if fill["bought"]:
            steps.insert(0, ("buyTokens", self._side.token, token.buy_tokens(), fill["bought"]))
        for name, to, data, value in steps:
            intent = f"auction:fill:{number}:{name}"
            state = await self._side.state_of(intent)
            if state == "gone":
                state = await self._side.persist(intent, to, data, name, value)
            if state in ("failed", "reverted"):
                self._rows.end_fill(number, "failed")
            if state != "settled":
                return
        self._rows.end_fill(number, "done")
