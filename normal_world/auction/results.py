"""What the chain says of a slot, recomputed by the engine: read from final events alone."""

from pathlib import Path
from typing import Any

from normal_world.auction.audit import Round, Tariff, conservation, differences, recompute
from normal_world.auction.packing import SELL, Payout
from normal_world.auction.rows import AuctionRows
from normal_world.auction.side import named
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import auction
from normal_world.chain.client import Chain
from normal_world.errors import StateError

STAGES = ("open", "paying", "done")
EQUAL = "equal"


class Ledger:
    """The auction's final events from a slot on, taken in once. May raise ChainError."""

    def __init__(self, chain: Chain, book: AddressBook, first_slot: int = 0) -> None:
        if not book.auction:
            text = "the address book has no auction: `evlock contracts deploy` with one"
            raise StateError(text, "AUCTION-MISSING")
        self.chain, self.address = chain, book.auction
        self.rows = AuctionRows(Path(":memory:"))
        self.final = chain.final_block()
        # Nothing is ordered before its slot has ended.
        ended = (first_slot + 1) * auction.slot_blocks().ask(chain, book.auction)
        first = max(book.deployed_block, ended)
        logs = chain.logs(first, self.final, address=book.auction) if first <= self.final else []
        self.rows.take(named(logs), self.final)

    def slots(self) -> list[int]:
        """Slots that have orders, oldest first."""
        return sorted({*self.rows.uncleared(), *self.rows.cleared()})

    def tariff(self, slot: int) -> Tariff:
        """The utility's two prices of a slot."""
        return Tariff(*auction.tariff_of(slot).ask(self.chain, self.address))

    def stage(self, slot: int) -> str:
        """open, paying or done."""
        return STAGES[auction.round_of(slot).ask(self.chain, self.address).stage]

    def round(self, slot: int) -> Round:
        """The clearing of its orders by the rule, whether the chain has cleared them or not."""
        return recompute(self.rows.orders(slot), self.tariff(slot))

    def told(self, slot: int) -> dict[str, Any]:
        """A slot for people and for JSON; energies µWh, money base units, prices a kWh."""
        orders = self.rows.orders(slot)
        if not orders:
            raise StateError(f"slot {slot} has no orders in final blocks", "AUCTION-NO-ORDERS")
        found, cleared, paid = self.round(slot), self.rows.round(slot), self.rows.paid(slot)
        wrong = differences(found, cleared, paid) if cleared else []
        complete = cleared is not None and len(paid) == len(orders)
        return {
            "slot": slot,
            "stage": self.stage(slot),
            "tariff": vars(self.tariff(slot)),
            "orders": _orders(found, paid),
            "trades": [vars(trade) for trade in found.trades],
            "traded_uwh": found.traded_uwh,
            "utility": {"income": found.income, "feed_in": found.feed_in},
            "cleared": cleared,
            "differences": wrong,
            "against_chain": (", ".join(wrong) or EQUAL) if cleared else "not cleared yet",
            "conservation": conservation(found, cleared, paid) if complete and cleared else None,
        }


def _orders(found: Round, paid: list[Payout]) -> list[dict[str, Any]]:
    rows = []
    for settled in found.orders:
        order = settled.order
        payout = paid[order.number] if order.number < len(paid) else None
        rows.append(
            {
                "number": order.number,
                "meter": order.meter,
                "side": "sell" if order.direction == SELL else "buy",
                "price": order.price,
                "energy_uwh": order.energy_uwh,
                "matched_uwh": settled.matched_uwh,
                "rest_uwh": settled.rest_uwh,
                "matched_money": settled.matched_money,
                "rest_money": settled.rest_money,
                "due": settled.due,
                "paid": payout.amount if payout else None,
                "owed": payout.owed if payout else None,
            }
        )
    return rows
