"""Invariants of the grid ledger, over random calls by two grids, three customers and a stranger.

1. Energy: for each grid and customer acknowledged <= transferred <= purchased; what all customers
   purchased and what is still available together are what the grid added; available <= capacity.
2. Money: a purchase moves exactly floor(rate * quantity / 1e9) from customer to grid, nothing
   else moves any, and the ledger itself never holds any.
3. Counts: each count of a grid is the number of calls of its kind that were accepted.
4. Bills: the digest kept is that of the latest bill accepted, and there is none without an
   acknowledgement.
5. A call is accepted exactly if the rules say so, and what is refused changes nothing and is
   refused with a named error: no panic, no bare revert.

The rules stand here a second time, in Python, as plain as they can be said.
"""

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.abi import Refused
from tests.contracts.ledger_world import (
    CUSTOMER,
    DEVICE,
    GRID,
    LATITUDE,
    LONGITUDE,
    MONEY,
    OTHER_CUSTOMER,
    OTHER_GRID,
    LedgerWorld,
)
from tests.contracts.world import STRANGER

MOST = 2**64 - 1
GRIDS = st.sampled_from([GRID, GRID, OTHER_GRID, STRANGER])
CUSTOMERS = st.sampled_from([CUSTOMER, CUSTOMER, OTHER_CUSTOMER, GRID])
ENERGY = st.sampled_from([0, 1, 10**9, 7 * 10**9, MOST]) | st.integers(0, 10**11)
RATES = st.sampled_from([0, 1, 10**9 - 1, 3 * 10**17, 2**96 - 1])
DIGESTS = st.sampled_from([bytes(32), b"\x01" * 32, b"\x02" * 32])
PLACES = st.sampled_from([LATITUDE, LATITUDE, LATITUDE, 90_000_001])
SHARES = st.sampled_from([1, 1, 2, 3])  # an honest part: all, a half, a third


class LedgerMachine(RuleBasedStateMachine):
    """One ledger; each rule is one transaction, and says first whether it must be accepted."""

    @initialize()
    def begin(self) -> None:
        self.world = LedgerWorld()
        self.added: Counter[bytes] = Counter()
        self.available: Counter[bytes] = Counter()
        self.capacity: Counter[bytes] = Counter()
        self.rate: Counter[bytes] = Counter()
        self.counts: Counter[tuple[bytes, str]] = Counter()
        self.purchased: Counter[tuple[bytes, bytes]] = Counter()
        self.transferred: Counter[tuple[bytes, bytes]] = Counter()
        self.acknowledged: Counter[tuple[bytes, bytes]] = Counter()
        self.bills: dict[tuple[bytes, bytes], bytes] = {}
        self.money = Counter({CUSTOMER: MONEY, OTHER_CUSTOMER: MONEY})
        self.add(GRID, 500 * 10**9, 500 * 10**9, 3 * 10**17, LATITUDE)

    def attempt(self, expected: bool, who: bytes, function: str, *words: Any) -> bool:
        """Whether it was accepted, which must be as expected."""
        try:
            self.world.ledger.call(who, function, *words)
        except Refused as refusal:
            assert refusal.name not in ("", "Panic"), refusal
            assert not expected, (function, words, refusal)
            return False
        assert expected, (function, words)
        return True

    @rule(grid=GRIDS, capacity=ENERGY, added=ENERGY, rate=RATES, latitude=PLACES)
    def add(self, grid: bytes, capacity: int, added: int, rate: int, latitude: int) -> None:
        fits = self.available[grid] + added <= capacity
        sound = added > 0 and rate > 0 and abs(latitude) <= 90_000_000
        words = (capacity, added, latitude, LONGITUDE, rate)
        if self.attempt(fits and sound, grid, "addStorage", *words):
            self.added[grid] += added
            self.available[grid] += added
            self.capacity[grid], self.rate[grid] = capacity, rate
            self.counts[grid, "storageCount"] += 1

    @rule(grid=GRIDS, customer=CUSTOMERS, quantity=ENERGY, max_rate=RATES)
    def purchase(self, grid: bytes, customer: bytes, quantity: int, max_rate: int) -> None:
        cost = quantity * self.rate[grid] // 10**9
        known = grid != customer and 0 < self.rate[grid] <= max_rate
        there = 0 < quantity <= self.available[grid]
        room = self.purchased[grid, customer] + quantity <= MOST
        # Grids gave the ledger no leave to take their money.
        paid = cost == 0 or (customer != GRID and cost <= self.money[customer])
        words = (grid, quantity, max_rate)
        if self.attempt(known and there and room and paid, customer, "purchase", *words):
            self.available[grid] -= quantity
            self.purchased[grid, customer] += quantity
            self.money[customer] -= cost
            self.money[grid] += cost
            self.counts[grid, "purchaseCount"] += 1

    @rule(grid=GRIDS, customer=CUSTOMERS, amount=ENERGY, start=st.integers(0, 2), end=st.just(2))
    def transfer(self, grid: bytes, customer: bytes, amount: int, start: int, end: int) -> None:
        open_ = self.purchased[grid, customer] - self.transferred[grid, customer]
        expected = 0 < amount <= open_ and 0 < start < end
        words = (customer, DEVICE, amount, start, end)
        if self.attempt(expected, grid, "transfer", *words):
            self.transferred[grid, customer] += amount
            self.counts[grid, "transferCount"] += 1

    @rule(grid=GRIDS, customer=CUSTOMERS, amount=ENERGY)
    def acknowledge(self, grid: bytes, customer: bytes, amount: int) -> None:
        open_ = self.transferred[grid, customer] - self.acknowledged[grid, customer]
        if self.attempt(0 < amount <= open_, customer, "acknowledge", grid, amount):
            self.acknowledged[grid, customer] += amount

    @rule(grid=GRIDS, customer=CUSTOMERS, digest=DIGESTS)
    def bill(self, grid: bytes, customer: bytes, digest: bytes) -> None:
        expected = any(digest) and self.acknowledged[grid, customer] > 0
        if self.attempt(expected, grid, "bill", customer, digest):
            self.bills[customer, grid] = digest
            self.counts[grid, "billCount"] += 1

    @rule(customer=CUSTOMERS, quantity=st.integers(1, 10**10), share=SHARES, digest=DIGESTS)
    def supply(self, customer: bytes, quantity: int, share: int, digest: bytes) -> None:
        """A whole cycle, so that there is always something to do."""
        self.purchase(GRID, customer, quantity, 2**96 - 1)
        self.transfer(GRID, customer, quantity // share, 1, 2)
        self.acknowledge(GRID, customer, quantity // share)
        self.bill(GRID, customer, digest)

    @invariant()
    def books_agree(self) -> None:
        for grid in (GRID, OTHER_GRID, STRANGER):
            kept = self.world.grid(grid)
            sold = sum(e for (g, _), e in self.purchased.items() if g == grid)
            assert kept["availableUwh"] == self.added[grid] - sold <= kept["capacityUwh"]
            assert (kept["capacityUwh"], kept["rate"]) == (self.capacity[grid], self.rate[grid])
            for count in ("storageCount", "purchaseCount", "transferCount", "billCount"):
                assert kept[count] == self.counts[grid, count]

    @invariant()
    def accounts_agree(self) -> None:
        for grid, customer in self.purchased:
            key = (grid, customer)
            known = (self.purchased[key], self.transferred[key], self.acknowledged[key])
            assert self.world.account(customer, grid) == known
            assert known[2] <= known[1] <= known[0]
            bill = self.bills.get((customer, grid), bytes(32))
            assert self.world.ledger.view("billOf", customer, grid) == bill

    @invariant()
    def money_agrees(self) -> None:
        for account in (*self.money, self.world.ledger.address):
            assert self.world.tokens(account) == self.money[account]


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
