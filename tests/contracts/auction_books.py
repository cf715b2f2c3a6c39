"""The auction's books, kept beside it from its events alone; every sum is checked against it.

All money is in exactly one of these places: purses (deposits of commitments included), the
utility's funds, orders not cleared, payouts not paid, fees of both.
"""

from collections import Counter, defaultdict
from typing import Any

from tests.contracts import auction_reference as reference
from tests.contracts.abi import decode_event
from tests.contracts.auction_reference import Order, Tariff
from tests.contracts.auction_world import (
    CLEARER,
    DEPOSIT,
    FEE,
    STRANGER,
    TARIFF,
    AuctionWorld,
)
from tests.contracts.evm import Outcome
from tests.contracts.world import Household

Payout = tuple[bytes, int, int]  # meter, amount, owed


class Books:
    """Enter every outcome; `check` compares everything with the contract."""

    def __init__(self, world: AuctionWorld, homes: list[Household]) -> None:
        self.world, self.homes = world, homes
        self.purse = Counter({home.meter: world.purse(home) for home in homes})
        self.funds, self.fees = world.funds(), 0
        self.owed: Counter[bytes] = Counter()
        self.committed: set[bytes] = set()
        self.orders: defaultdict[int, list[Order]] = defaultdict(list)
        self.held: Counter[int] = (
            Counter()
        )  # maxima of orders not cleared, fees of payouts not made
        self.waiting: defaultdict[int, list[Payout]] = defaultdict(list)
        self.cleared: set[int] = set()
        self.tariffs: dict[int, Tariff] = {0: TARIFF}
        self.claims: defaultdict[tuple[bytes, int], int] = defaultdict(int)

    def enter(self, outcome: Outcome) -> Outcome:
        for name, values in map(decode_event, outcome.logs):
            handler = getattr(self, f"_{name.lower()}", None)
            if handler is not None:
                handler(values)
        return outcome

    def tariff(self, slot: int) -> Tariff:
        return self.tariffs[max(start for start in self.tariffs if start <= slot)]

    def debts(self) -> int:
        """What the utility owes: told to meters already, or in payouts to come."""
        return self.owed.total() + sum(o for rows in self.waiting.values() for _, _, o in rows)

    def check(self) -> None:
        view = self.world.auction.view
        for home in self.homes:
            locked = DEPOSIT if home.meter in self.committed else 0
            assert self.world.purse(home) == self.purse[home.meter] - locked
            assert self.world.owed(home) == self.owed[home.meter]
        assert view("utility") == (self.funds, self.debts())
        waiting = sum(amount for rows in self.waiting.values() for _, amount, _ in rows)
        assert self.world.held() == (self.purse.total() + self.funds + self.held.total() + waiting)
        assert self.world.tokens(CLEARER) + self.world.tokens(STRANGER) == self.fees

    # --- one handler an event

    def _deposited(self, values: dict[str, Any]) -> None:
        self.purse[values["meter"]] += values["amount"]

    def _withdrawn(self, values: dict[str, Any]) -> None:
        self.purse[values["meter"]] -= values["amount"]

    def _funded(self, values: dict[str, Any]) -> None:
        self.funds += values["amount"]

    def _drawn(self, values: dict[str, Any]) -> None:
        self.funds -= values["amount"]
        assert self.funds >= self.debts()

    def _tariffset(self, values: dict[str, Any]) -> None:
        self.tariffs[values["fromSlot"]] = Tariff(values["gridBuyPrice"], values["feedInPrice"])

    def _committed(self, values: dict[str, Any]) -> None:
        assert values["meter"] not in self.committed
        self.committed.add(values["meter"])

    def _forfeited(self, values: dict[str, Any]) -> None:
        self.committed.remove(values["meter"])
        self.purse[values["meter"]] -= DEPOSIT
        self.funds += DEPOSIT

    def _placed(self, values: dict[str, Any]) -> None:
        slot, meter = values["slot"], values["meter"]
        order = Order(meter, values["price"], bool(values["direction"]), values["energyUwh"])
        assert slot not in self.cleared
        assert meter not in {known.meter for known in self.orders[slot]}
        assert (meter in self.committed) == self.world.commits
        self.committed.discard(meter)
        amount = FEE + reference.maximum(order, self.tariff(slot))
        self.purse[meter] -= amount
        self.held[slot] += amount
        self.orders[slot].append(order)

    def _claimed(self, values: dict[str, Any]) -> None:
        key = values["meter"], values["direction"]
        assert values["from"] >= self.claims[key]
        self.claims[key] = values["to"]

    def _cleared(self, values: dict[str, Any]) -> None:
        slot = values["slot"]
        assert slot not in self.cleared
        self.cleared.add(slot)
        orders = self.orders[slot]
        told = reference.clear(orders, self.tariff(slot), self.funds)
        assert values["funds"] == self.funds
        assert values["tradedUwh"] == sum(trade.energy_uwh for trade in told.trades)
        assert (values["income"], values["spent"], values["owed"]) == (
            told.income, told.spent, told.owed,
        )  # fmt: skip
        self.funds = told.funds
        self.waiting[slot] = [
            (order.meter, *payout) for order, payout in zip(orders, told.payouts, strict=True)
        ]
        self.held[slot] = FEE * len(orders)

    def _paid(self, values: dict[str, Any]) -> None:
        meter, amount, _ = self.waiting[values["slot"]].pop(0)
        assert (values["meter"], values["amount"]) == (meter, amount)
        self.purse[meter] += amount
        self.held[values["slot"]] -= FEE
        self.fees += FEE

    def _owed(self, values: dict[str, Any]) -> None:
        self.owed[values["meter"]] += values["amount"]

    def _collected(self, values: dict[str, Any]) -> None:
        self.owed[values["meter"]] -= values["amount"]
        self.funds -= values["amount"]
        self.purse[values["meter"]] += values["amount"]
