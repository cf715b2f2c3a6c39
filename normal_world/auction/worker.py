"""This household in the neighbourhood's auction: an order for each slot, and a turn at clearing.

    (slot ends) claiming ─Claim signed─► claimed ─commit final─► committed ─place final─► placed
                  │                         └ its window closed: lost
                  └ refused by the policy: refused; all claimed by others: decided anew

Each state is durable before what follows is sent, each transaction is an intent of the outbox
under its slot's name: after a kill the worker goes on where it was, and does nothing twice. Only
final blocks count; what the secure world has signed for a slot it signs again, the very same.

A window counts as open once its first block is there: a node estimates gas on the newest block.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any, Protocol

from normal_world.auction.clearing_turn import Turns
from normal_world.auction.packing import BUY, SELL, commitment, held_rounded_down
from normal_world.auction.purse import Purse
from normal_world.auction.relay.handover import Handover
from normal_world.auction.rows import AuctionRows
from normal_world.auction.settings import AuctionConfig
from normal_world.auction.side import GONE, AuctionSide
from normal_world.auction.windows import Phase, Windows
from normal_world.chain.bindings import auction
from normal_world.errors import NormalWorldError
from secure_world.protocol import Info, SecureWorldError, SecureWorldRefused, SignedClaim

Publish = Callable[..., None]
log = logging.getLogger(__name__)

LEAST_BLOCKS = 3  # of a window: with less left an order is not begun
SHOWN = 8
KEPT_SLOTS = 16
SIDES = {BUY: "buy", SELL: "sell"}


class World(Protocol):
    """What is asked of the secure world (secure_world.protocol.SecureWorld)."""

    def info(self) -> Info: ...
    def sign_claim(
        self,
        chain_id: int,
        direction: int,
        consumer: bytes,
        reference: int,
        price: int,
        least_from_uwh: int = 0,
    ) -> SignedClaim: ...


class Worker:
    """`step` does what is due; a chain or a secure world that is away changes nothing."""

    def __init__(
        self,
        config: AuctionConfig,
        rows: AuctionRows,
        side: AuctionSide,
        world: World,
        first_block: int,
        publish: Publish,
    ) -> None:
        self._config, self._rows, self._side, self._world = config, rows, side, world
        self._first_block, self._publish = first_block, publish
        self._turns = Turns(rows, side)
        self._purse = Purse(rows, side, config.purse)
        self._relay = Handover(config.relay, config.relay_blocks)
        self._windows: Windows | None = None
        self._slot = -1
        self._fault = "not asked yet"
        self.may_order: Callable[[], bool] = lambda: True  # safe mode orders nothing new
        # By direction: energy of a trade that the registry has not claimed yet. It must come first.
        self.unsettled: Callable[[int], bool] = lambda _direction: False

    async def step(self) -> None:
        """One look at everything."""
        try:
            await self._step()
        except (NormalWorldError, SecureWorldError) as error:
            fault = f"{error.code} {error}"
            if fault != self._fault:
                log.warning("AUCTION %s", fault)
            self._fault = fault
        else:
            self._fault = ""

    def has_order(self, direction: int) -> bool:
        """Whether an order of the direction is on its way: a trade's claim would overtake it.

        Until its windows are over at most, whatever became of its transactions.
        """
        windows, head = self._windows, self._side.head
        if windows is None:
            return False
        rows = [row for row in self._rows.own_open() if row["direction"] == direction]
        return any(head < windows.clear_from(row["slot"]) for row in rows)

    async def told(self) -> dict[str, Any]:
        """For `evlock auction status`."""
        windows, head = self._windows, self._side.head
        if windows is None:
            return {"fault": self._fault}
        ended = windows.slot_of(head) - 1
        return {
            "fault": self._fault or None,
            "auction": self._side.auction,
            "head": head,
            "slot": ended + 1,
            "slot_ends": windows.ends(ended + 1),
            "ended_slot": ended,
            "phase": windows.phase(ended, head).value,
            "purse": await self._purse.held(),
            "purse_wanted": self._config.purse,
            "relay": self._relay.told(),
            "orders": [self._shown(row) for row in self._rows.own_newest(SHOWN)],
        }

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """An own order with what it brought; energies µWh, money base units."""
        slot, known = row["slot"], row["to_uwh"] is not None
        orders = self._rows.orders(slot)
        mine = next((o.number for o in orders if o.meter == self._side.meter), None)
        paid = self._rows.paid(slot)
        found = mine is not None and mine < len(paid)
        return {
            "slot": slot,
            "side": SIDES[row["direction"]],
            "price": row["price"],
            "energy_uwh": row["to_uwh"] - row["from_uwh"] if known else None,
            "from_uwh": row["from_uwh"],
            "to_uwh": row["to_uwh"],
            "state": "paid" if found else row["state"],
            "reason": row["reason"],
            "payout": paid[mine].amount if found and mine is not None else None,
        }

    # -- inside ------------------------------------------------------------------------------
    async def _step(self) -> None:
        if self._side.head == 0:
            return
        if self._windows is None:
            self._windows = await self._side.windows()
        await self._take_in()
        self._forget(self._windows.slot_of(self._side.head))
        if await self._has_base(self._windows):
            await self._begin(self._windows)
        for row in self._rows.own_open():
            await getattr(self, f"_{row['state']}")(row, self._windows)
        if self._config.clear:
            await self._turns.step(self._windows)
        await self._purse.step()

    async def _take_in(self) -> None:
        cursor = self._rows.cursor()
        cursor = self._first_block - 1 if cursor is None else cursor
        events, last = await self._side.events(cursor)
        if last > cursor:
            self._rows.take(events, last)

    def _forget(self, slot: int) -> None:
        """Once a slot."""
        if slot > self._slot:
            self._slot = slot
            self._rows.forget(slot - KEPT_SLOTS, SHOWN)

    async def _has_base(self, windows: Windows) -> bool:
        """Registers of the first moment: what was measured before is not of the auction."""
        if self._rows.base() is None:
            info = await asyncio.to_thread(self._world.info)
            slot = windows.slot_of(self._side.head)
            self._rows.set_base(slot, info.import_uwh, info.export_uwh)
        return True

    async def _begin(self, windows: Windows) -> None:
        """Decide on the order of the slot that has ended last."""
        block = self._side.head
        slot, base = windows.slot_of(block) - 1, self._rows.base()
        if base is None or slot < base[0] or self._rows.own(slot) is not None:
            return
        closes = windows.place_from(slot) if windows.commit_blocks else windows.clear_from(slot)
        if block + LEAST_BLOCKS >= closes or not self.may_order():
            return
        side, price = await self._best(slot, base[1:])
        if side is None:
            return
        self._rows.begin(slot, side, price, secrets.randbits(128) if windows.commit_blocks else 0)
        log.info("AUCTION slot %d: %s at %d a kWh", slot, SIDES[side], price)

    async def _best(self, slot: int, base: tuple[int, ...]) -> tuple[int | None, int]:
        """The side with the most energy that has a price: a meter gives one order a slot."""
        info = await asyncio.to_thread(self._world.info)
        limits = ((BUY, self._config.buy_price), (SELL, self._config.sell_price))
        registers = (info.import_uwh, info.export_uwh)
        found = [
            (registers[side] - max(base[side], self._rows.ordered_up_to(side)), side, price)
            for side, price in limits
            if price is not None
            and not self.unsettled(side)
            and not (side == BUY and await self._is_dear(slot))
        ]
        energy_uwh, side, price = max(found, default=(0, BUY, 0))
        return (side, price) if energy_uwh > 0 else (None, 0)

    async def _is_dear(self, slot: int) -> bool:
        """Whether the utility asks more than the owner pays for what nobody sells."""
        most = self._config.grid_price
        return most is not None and most < (await self._side.ask(auction.tariff_of(slot)))[0]

    async def _claiming(self, row: dict[str, Any], windows: Windows) -> None:
        slot, direction = row["slot"], row["direction"]
        if windows.phase(slot, self._side.head) is Phase.CLEARING:
            self._enter(slot, "lost", "no claim while the window was open")
            return
        if self.unsettled(direction):
            return
        base = self._rows.base()
        assert base is not None
        least_uwh = max(base[1 + direction], self._rows.ordered_up_to(direction))
        try:
            claim = await asyncio.to_thread(
                self._world.sign_claim,
                self._side.chain_id,
                direction,
                bytes.fromhex(self._side.auction[2:]),
                slot,
                row["price"],
                least_uwh,
            )
        except SecureWorldRefused as error:
            if error.code == "CLAIM-OPEN":  # a trade: its energy is not ours, what follows is
                return
            if error.code == "CLAIM-EMPTY":  # a trade's, or a reward's, energy: not the auction's
                info = await asyncio.to_thread(self._world.info)
                up_to_uwh = (info.import_uwh, info.export_uwh)[direction]
                self._rows.pass_over(slot, direction, up_to_uwh)
                return
            if error.code == "POLICY-DAY-ENERGY":  # else it piles up, and no later slot's fits
                info = await asyncio.to_thread(self._world.info)
                self._rows.give_up(direction, (info.import_uwh, info.export_uwh)[direction])
            self._enter(slot, "refused", f"{error.code} {error}")
            return
        ends = {"from_uwh": claim.from_uwh, "to_uwh": claim.to_uwh}
        self._enter(slot, "claimed", "", signature=claim.signature, **ends)

    async def _claimed(self, row: dict[str, Any], windows: Windows) -> None:
        slot = row["slot"]
        if windows.commit_blocks == 0:
            self._enter(slot, "committed")
            return
        intent = f"auction:{slot}:commit"
        state, missing = await self._side.state_of(intent), ""
        may_commit = windows.phase(slot, self._side.head) is Phase.COMMITTING
        if state == GONE:
            missing = await self._missing(row)
        if may_commit and not missing:
            hidden = commitment(
                self._side.chain_id, self._side.auction, slot, self._side.meter,
                row["direction"], (row["from_uwh"], row["to_uwh"]), row["price"], row["salt"],
            )  # fmt: skip
            data = auction.commit(slot, self._side.meter, hidden)
            state = await self._side.send(intent, data, "commit")
        # Once the window is over, waiting for finality could only miss the next one.
        if state == "settled" or (state == "mined" and not may_commit):
            self._enter(slot, "committed")
        elif self._is_over(state, windows.place_from(slot)):
            self._enter(slot, "lost", missing or "no commitment while the window was open")

    async def _missing(self, row: dict[str, Any]) -> str:
        """What the purse lacks for placing: to commit without it would cost the deposit."""
        needed = await self._side.ask(auction.order_fee())
        if row["direction"] == BUY:
            grid_price = (await self._side.ask(auction.tariff_of(row["slot"])))[0]
            energy_uwh = row["to_uwh"] - row["from_uwh"]
            needed += held_rounded_down(energy_uwh, max(row["price"], grid_price))
        needed = max(needed, await self._side.ask(auction.order_deposit()))
        held = await self._purse.held()
        return "" if held >= needed else f"the purse holds {held}, expected at least {needed}"

    async def _committed(self, row: dict[str, Any], windows: Windows) -> None:
        slot, intent = row["slot"], f"auction:{row['slot']}:place"
        phase = windows.phase(slot, self._side.head)
        if phase is Phase.COMMITTING:
            return
        if any(order.meter == self._side.meter for order in self._rows.orders(slot)):
            self._enter(slot, "placed")
            return
        if phase is Phase.PLACING:
            await self._place(row, intent, windows)
        elif self._is_over(await self._side.state_of(intent), windows.clear_from(slot)):
            self._enter(slot, "lost", "not placed while the window was open")

    async def _place(self, row: dict[str, Any], intent: str, windows: Windows) -> None:
        """By the relay; by the node itself where there is none, or it fails: then to the end."""
        slot, placement, head = row["slot"], self._placement(row), self._side.head
        begun = await self._side.state_of(intent) != GONE
        if begun or not await self._relay.holds(slot, placement, head, windows):
            await self._side.send(intent, auction.place(slot, [placement]), "place")

    def _placement(self, row: dict[str, Any]) -> auction.Placement:
        signature: bytes = row["signature"]
        return auction.Placement(
            self._side.meter, row["direction"], row["from_uwh"], row["to_uwh"],
            row["price"], row["salt"], signature[:32], signature[32:],
        )  # fmt: skip

    def _is_over(self, state: str, closes: int) -> bool:
        """The window's last block is final, and nothing of ours is on its way any more."""
        under_way = state in ("queued", "pending", "mined")
        taken_in = (self._rows.cursor() or 0) >= closes - 1
        return self._side.final >= closes - 1 and taken_in and not under_way

    def _enter(self, slot: int, state: str, reason: str = "", **fields: Any) -> None:
        self._rows.update(slot, state=state, reason=reason, **fields)
        log.info("AUCTION slot %d %s %s", slot, state, reason)
        self._publish("auction", slot=slot, state=state, reason=reason)
