"""Clearing and paying a round, which anyone may: nodes take turns, so that not all send at once.

Whoever placed an order comes first, in an order that changes with the slot; each waits
TURN_BLOCKS longer than the one before. Somebody else was quicker: nothing to do, and no error.
"""

import logging
from collections.abc import Sequence

from normal_world.auction.packing import PAYOUT_BYTES, Order, packed, ranks
from normal_world.auction.rows import AuctionRows
from normal_world.auction.side import AuctionSide
from normal_world.auction.windows import Windows
from normal_world.chain.bindings import auction

log = logging.getLogger(__name__)

TURN_BLOCKS = 3
PAY_AT_ONCE = 100  # payouts of one transaction
DATA_MAX = 7_500  # bytes: the secure world signs at most 8 KiB
OPEN, PAYING = 0, 1  # IEnergyAuction.Stage


def turn_of(meter: str, slot: int, orders: Sequence[Order]) -> int:
    """Whose turn: 0 is the first; a meter without an order comes after all that have one."""
    names = sorted({order.meter for order in orders})
    if meter not in names:
        return len(names) + int(meter[-1], 16) % 4
    return (names.index(meter) - slot) % len(names)


class Turns:
    """`step` clears and pays what is due and this node's turn."""

    def __init__(self, rows: AuctionRows, side: AuctionSide) -> None:
        self._rows, self._side = rows, side
        self._too_large: set[int] = set()

    async def step(self, windows: Windows) -> None:
        """Every round that waits."""
        for slot in self._rows.uncleared():
            if (self._rows.cursor() or 0) >= windows.clear_from(slot) - 1:
                await self._clear(slot, windows)
        for slot in self._rows.unpaid():
            await self._pay(slot, windows)

    async def _clear(self, slot: int, windows: Windows) -> None:
        orders = self._rows.orders(slot)
        if not self._is_due(slot, orders, windows.clear_from(slot)):
            return
        data = auction.clear(
            slot=slot, orders=packed(orders), ranks=ranks(orders), pay_now=PAY_AT_ONCE
        )
        if self._fits(slot, data) and (await self._stage(slot)) == OPEN:
            await self._side.send(f"auction:{slot}:clear", data, "clear")

    async def _pay(self, slot: int, windows: Windows) -> None:
        orders, done = self._rows.orders(slot), len(self._rows.paid(slot))
        since = windows.clear_from(slot) + TURN_BLOCKS * (1 + done // PAY_AT_ONCE)
        if not self._is_due(slot, orders, since) or (await self._stage(slot)) != PAYING:
            return
        cleared = self._rows.round(slot)
        assert cleared is not None
        question = auction.payouts_of(
            slot=slot, orders=packed(orders), ranks=ranks(orders), funds=cleared["funds"]
        )
        left = (await self._side.ask(question))[done * PAYOUT_BYTES :]
        cut = PAY_AT_ONCE * PAYOUT_BYTES
        rest = await self._side.ask(auction.link_of(left[cut:]))
        data = auction.pay(slot=slot, payouts=left[:cut], rest=rest)
        await self._side.send(f"auction:{slot}:pay:{done}", data, "pay")

    def _is_due(self, slot: int, orders: Sequence[Order], since: int) -> bool:
        return self._side.head >= since + TURN_BLOCKS * turn_of(self._side.meter, slot, orders)

    def _fits(self, slot: int, data: bytes) -> bool:
        if len(data) <= DATA_MAX:
            return True
        if slot not in self._too_large:
            self._too_large.add(slot)
            log.warning("AUCTION slot %d: too many orders for a node: `evlock auction clear`", slot)
        return False

    async def _stage(self, slot: int) -> int:
        return (await self._side.ask(auction.round_of(slot))).stage
