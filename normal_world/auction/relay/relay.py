"""A relay: takes orders while their window is open, brings them together, watches their fate.

It can withhold an order, and nothing else: it cannot read one before its window, change one (the
meter's signature, the commitment) or be paid for one. The contract is asked about each order
before it is taken, and about each batch before it is sent; what makes a batch fail is found by
halving and dropped. Orders are durable before they are answered, a batch before it is in the
outbox, so a relay that is killed goes on where it was, and an order is in one open batch at most.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from normal_world.auction.relay.books import (
    MAX_ORDERS,
    REFUSED,
    SENT,
    UNKNOWN,
    Batch,
    Books,
    Spent,
    Taken,
)
from normal_world.auction.relay.errors import PlacementRefused
from normal_world.auction.relay.placement import read, require_signed
from normal_world.auction.windows import Phase, Windows
from normal_world.chain import reverts
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import auction
from normal_world.chain.client import Chain
from normal_world.chain.outbox_store import Outcome
from normal_world.errors import ContractReverted, StateError

log = logging.getLogger(__name__)

KEPT_SLOTS = 1000
SHOWN = 20
# The contract's word for what is wrong with one order, and ours.
CODES = {
    "BidderRefused": "PLACE-METER",
    "ClaimSignatureInvalid": "PLACE-SIGNATURE",
    "IntervalClaimed": "PLACE-CLAIMED",
    "MeterNotEnrolled": "PLACE-METER",
    "NotCommitted": "PLACE-COMMITMENT",
    "SaltWithoutCommitment": "PLACE-COMMITMENT",
    "OrderGiven": "PLACE-GIVEN",
    "PurseTooSmall": "PLACE-PURSE",
    "RoundFull": "PLACE-FULL",
    "WindowClosed": "PLACE-WINDOW",
}


class Sender(Protocol):
    """Who has each call done exactly once (chain.outbox.Outbox)."""

    def put(self, intent: str, to: str, data: bytes, *, description: str = "") -> Outcome: ...
    def outcome(self, intent: str) -> Outcome: ...
    def step(self) -> int: ...


@dataclass(frozen=True)
class Limits:
    """Orders of a batch; blocks before the window's end when what waits is sent (0: 3/4 of it)."""

    batch: int = 100
    margin: int = 0


class Fate(NamedTuple):
    """waiting, sent, placed, refused (and why) or unknown; the transaction once in a block."""

    state: str
    reason: str = ""
    transaction: str | None = None


class Relay:
    """`place`, `state`, `show` by any thread, `step` by one. May raise ChainError."""

    def __init__(
        self,
        chain: Chain,
        address: str,
        book: AddressBook,
        parts: tuple[Books, Sender],
        limits: Limits,
    ) -> None:
        self.address = address
        self._chain, self._book, self._limits = chain, book, limits
        self._books, self._outbox = parts
        self._gathered: dict[int, int] = {}  # slot: head at which its rest was sent

    # -- for nodes -----------------------------------------------------------------------------
    def place(self, slot: int, data: bytes) -> Fate:
        """Takes an order of 256 bytes; the same again: its fate. PlacementRefused says why not."""
        placement = read(data)
        require_signed(placement, slot, self._book)
        known = self._books.find(slot, placement.meter)
        if known is None:
            self._require_open(slot)
            self._require_sound(slot, placement)
            if not self._books.add(slot, placement.meter, data):
                told = f"slot {slot}: {MAX_ORDERS} orders are all that it can have"
                raise PlacementRefused(told, "PLACE-FULL")
            known = self._books.find(slot, placement.meter)
            assert known is not None
            log.info("RELAY slot %d: order of %s", slot, placement.meter)
        if known.placement != data:
            told = f"{placement.meter} has given another order of slot {slot}, expected one"
            raise PlacementRefused(told, "PLACE-OTHER")
        return self._fate(known)

    def state(self, slot: int, meter: str) -> Fate:
        """What became of a meter's order."""
        known = self._books.find(slot, meter)
        return Fate(UNKNOWN) if known is None else self._fate(known)

    def show(self) -> dict[str, Any]:
        """Who sends, with how many coins, and what it cost: in all, and the newest batches."""
        coins = self._chain.balance(self.address)
        told = {"address": self.address, "coins_wei": coins, "auction": self._book.auction}
        return told | {"total": self._books.totals(), "batches": self._books.costs(SHOWN)}

    # -- for the service -----------------------------------------------------------------------
    def step(self) -> None:
        """Moves batches on, and makes those that are due."""
        self._outbox.step()
        for batch in self._books.open_batches():
            self._follow(batch)
        head = self._chain.head()
        for slot in self._books.waiting_slots():
            self._gather(slot, head)
        self._outbox.step()
        self._books.forget(self._windows.slot_of(head) - KEPT_SLOTS)

    # -- taking --------------------------------------------------------------------------------
    def _require_open(self, slot: int) -> None:
        head, windows = self._chain.head(), self._windows
        if self._is_open(slot, head):
            return
        opens, closes = windows.place_from(slot), windows.clear_from(slot) - 1
        told = f"slot {slot} at block {head}: orders are taken from {opens} and before {closes}"
        raise PlacementRefused(told, "PLACE-WINDOW")

    def _is_open(self, slot: int, head: int) -> bool:
        """A transaction sent now is in a block of the window."""
        windows = self._windows
        open_now = windows.phase(slot, head) is Phase.PLACING
        return open_now and head + 1 < windows.clear_from(slot)

    def _require_sound(self, slot: int, placement: auction.Placement) -> None:
        """The contract would take it, alone and now: meter, commitment, interval, purse, power."""
        try:
            self._simulate(slot, [placement])
        except ContractReverted as error:
            raise PlacementRefused(str(error), _code(error)) from error

    def _simulate(self, slot: int, placements: Sequence[auction.Placement]) -> None:
        data = auction.place(slot, placements)
        self._chain.call(self._book.auction, data, sender=self.address)

    def _fate(self, order: Taken) -> Fate:
        if order.batch is None or order.state == REFUSED:
            return Fate(order.state, order.reason)
        if order.state == SENT:
            return Fate(SENT, "", self._mined_in(order.slot, order.batch))
        return Fate(order.state, order.reason, self._books.transaction(order.batch))

    def _mined_in(self, slot: int, number: int) -> str | None:
        try:
            return self._outbox.outcome(_intent(slot, number)).transaction
        except StateError:  # cut off between books and outbox; the next step puts it
            return None

    # -- batches -------------------------------------------------------------------------------
    def _gather(self, slot: int, head: int) -> None:
        closes = self._windows.clear_from(slot)
        if not self._is_open(slot, head):
            for order in self._books.waiting(slot, MAX_ORDERS):
                self._drop(order, f"PLACE-LATE not sent before block {closes - 1}")
            return
        most = self._limits.batch
        while len(waiting := self._books.waiting(slot, most)) == most:
            self._send(slot, waiting)
        if waiting and head >= closes - self._margin and head > self._gathered.get(slot, -1):
            self._gathered = {slot: head}  # who comes later goes with all of that block
            self._send(slot, waiting)

    def _send(self, slot: int, waiting: Sequence[Taken]) -> None:
        good = self._sound(slot, waiting)
        if good:
            data = auction.place(slot, [read(order.placement) for order in good])
            batch = self._books.make_batch(slot, [order.meter for order in good], data)
            log.info("RELAY slot %d: batch %d of %d orders", slot, batch.number, batch.orders)
            self._put(batch)

    def _sound(self, slot: int, orders: Sequence[Taken]) -> list[Taken]:
        """Those that the contract takes together; halving finds what it does not, to be dropped.

        Orders of different meters stand by themselves: two halves that pass, pass together, but
        for a round that gets too full, and then the batch fails as a whole and waits.
        """
        try:
            self._simulate(slot, [read(order.placement) for order in orders])
        except ContractReverted as error:
            if len(orders) == 1:
                self._drop(orders[0], f"{_code(error)} {error}")
                return []
            middle = len(orders) // 2
            return self._sound(slot, orders[:middle]) + self._sound(slot, orders[middle:])
        return list(orders)

    def _drop(self, order: Taken, reason: str) -> None:
        self._books.refuse(order.slot, order.meter, reason)
        log.warning("RELAY slot %d: %s dropped: %s", order.slot, order.meter, reason)

    def _put(self, batch: Batch) -> Outcome:
        intent = _intent(batch.slot, batch.number)
        return self._outbox.put(intent, self._book.auction, batch.data, description="place")

    def _follow(self, batch: Batch) -> None:
        """Put again what may have been cut off before the outbox had it: it counts once."""
        outcome = self._put(batch)
        if outcome.state not in ("settled", "failed", "reverted"):
            return
        spent = self._spent(outcome)
        good = outcome.state == "settled"
        reason = "" if good else f"PLACE-BATCH {outcome.reason}"
        self._books.end_batch(batch.number, reason, spent)
        if good:
            each = spent.gas_used // batch.orders
            told = f"placed by {spent.gas_used} gas, {each} an order, {spent.wei} wei"
            log.info("RELAY slot %d: %d orders %s", batch.slot, batch.orders, told)
        else:
            log.warning("RELAY slot %d: batch %d: %s", batch.slot, batch.number, outcome.reason)

    def _spent(self, outcome: Outcome) -> Spent:
        receipt = self._chain.receipt(outcome.transaction) if outcome.transaction else None
        if receipt is None:
            return Spent(None, 0, 0)
        return Spent(receipt.transaction, receipt.gas_used, receipt.gas_used * receipt.gas_price)

    @property
    def _margin(self) -> int:
        """Early enough that a node sees its order final before half of the window is over."""
        return self._limits.margin or -(-self._windows.reveal_blocks * 3 // 4)

    @cached_property
    def _windows(self) -> Windows:
        lengths = (auction.slot_blocks(), auction.commit_blocks(), auction.reveal_blocks())
        return Windows(*(question.ask(self._chain, self._book.auction) for question in lengths))


def _intent(slot: int, number: int) -> str:
    return f"place:{slot}:{number}"


def _code(error: ContractReverted) -> str:
    name = reverts.known().error_name(error.data)
    return CODES.get(name, "PLACE-SIMULATION")
