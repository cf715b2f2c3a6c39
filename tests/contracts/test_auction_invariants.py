"""Random lives of an auction, honest and hostile, held against books kept beside it.

After every step, whatever was tried:
1. The tokens that the auction holds are, to the base unit: purses with the deposits in them, the
   utility's funds, what orders not cleared brought, payouts not paid, the fees of both.
2. Every purse, every debt and the utility's funds are what the events say.
3. A meter has one order a slot at most; every order is cleared once and paid once, as the
   reference says, at the tariff that was known before its slot began.
4. Registers are claimed forwards only: no microwatt-hour twice.
5. The utility draws nothing that it owes. Who pays has the fees of what it paid, no more.
"""

import random
from collections import Counter

import pytest

from tests.contracts import auction_reference as reference
from tests.contracts.abi import Refused, decode_event
from tests.contracts.auction_books import Books
from tests.contracts.auction_world import (
    CLEARER,
    FUNDS,
    SLOT,
    STRANGER,
    UTILITY,
    AuctionWorld,
    Placement,
)
from tests.contracts.evm import Outcome

HOMES, PAYOUT, STEPS = 5, 48, 50
PRICES = (0, 10**17, 3 * 10**17)
# What happens, and how often.
WAYS = {"bid": 6, "clear": 6, "pay": 4, "money": 2, "steal": 1, "utility": 2, "collect": 2,
        "tariff": 1, "wait": 1}  # fmt: skip


class Life:
    """One auction; every step may be refused by name, none may break the books."""

    def __init__(self, seed: int, *, commits: bool) -> None:
        self.random = random.Random(seed)
        self.world = AuctionWorld(commits=commits, funds=1)
        self.homes = [self.world.household(f"home {n}") for n in range(HOMES)]
        self.books = Books(self.world, self.homes)
        self.seen: Counter[str] = Counter()
        for account in (UTILITY, *(home.account for home in self.homes)):
            self.world.rich(account, FUNDS)

    def step(self) -> None:
        (way,) = self.random.choices(list(WAYS), list(WAYS.values()))
        getattr(self, way)()
        self.books.check()

    def attempt(self, who: bytes, name: str, *words: object) -> Outcome | None:
        """A call that may be refused; what it did is entered."""
        try:
            done = self.world.auction.call(who, name, *words)
        except Refused as refused:
            assert refused.name not in ("", "Panic"), (name, words)
            self.seen[refused.name] += 1
            return None
        self.seen.update(decode_event(log)[0] for log in done.logs)
        return self.books.enter(done)

    def price(self) -> int:
        return self.random.choice([*PRICES, self.random.randrange(5 * 10**17)])

    def amount(self) -> int:
        return self.random.choice([1, self.random.randrange(1, 2 * 10**17)])

    def wait(self) -> None:
        self.world.evm.mine(self.random.randrange(2 * SLOT))

    def bid(self) -> None:
        """A new slot's orders; some are never revealed, some are tried twice."""
        slot = self.world.to_commit()
        homes = self.random.choices(range(HOMES), k=HOMES + 1)
        given = [placement for n in homes if (placement := self._given(slot, n))]
        self.world.to_place()
        if given and self.random.random() < 0.2:
            twice = [p.words for p in (*given, given[0])]
            assert self.attempt(STRANGER, "place", slot, twice) is None
        for placement in given:
            self.attempt(STRANGER, "place", slot, [placement.words])
        if self.random.random() < 0.8:
            self.world.to_clear()

    def _given(self, slot: int, number: int) -> Placement | None:
        """An order, committed to if that is asked for; None if it will not be placed."""
        home, direction = self.homes[number], self.random.randrange(2)
        energy = self.random.choice([1, self.random.randrange(1, 3 * 10**8)])
        placement = self.world.placement(home, direction, energy, self.price())
        if self.world.commits:
            words = (slot, home.meter, self.world.commitment(placement))
            if self.attempt(home.account, "commit", *words) is None:
                return None
        return placement if self.random.random() < 0.85 else None

    def clear(self) -> None:
        open_ = [slot for slot, book in self.books.orders.items() if slot not in self.books.cleared]
        slot = self.random.choice([*open_, max(0, self.world.slot)])
        ranks = reference.ranks(self.books.orders[slot])
        turned = ranks[-2:] + ranks[:-2]
        if turned != ranks:
            assert self._clear(slot, turned, HOMES) is None
        self._clear(slot, ranks, self.random.randrange(HOMES + 1))

    def _clear(self, slot: int, ranks: bytes, pay_now: int) -> Outcome | None:
        packed = reference.pack(self.books.orders[slot])
        return self.attempt(CLEARER, "clear", slot, packed, ranks, pay_now)

    def pay(self) -> None:
        unpaid = [slot for slot, rows in self.books.waiting.items() if rows]
        slot = self.random.choice([*unpaid, max(0, self.world.slot)])
        packed = b"".join(
            meter + amount.to_bytes(12, "big") + owed.to_bytes(16, "big")
            for meter, amount, owed in self.books.waiting[slot]
        )
        cut = PAYOUT * self.random.randrange(1, HOMES)
        chunk, rest = packed[:cut], packed[cut:]
        again = (slot, chunk + chunk[-PAYOUT:], reference.link(rest))
        assert self.attempt(STRANGER, "pay", *again) is None
        self.attempt(STRANGER, "pay", slot, chunk, reference.link(rest))

    def money(self) -> None:
        home = self.random.choice(self.homes)
        name = self.random.choice(["withdraw", "deposit", "deposit"])
        self.attempt(home.account, name, home.meter, self.amount())

    def steal(self) -> None:
        home, thief = self.random.sample(self.homes, 2)
        assert self.attempt(thief.account, "withdraw", home.meter, 1) is None
        assert self.attempt(thief.account, "draw", 1) is None

    def utility(self) -> None:
        """Puts money in, takes all that is free out, or tries for one base unit more."""
        free = max(0, self.books.funds - self.books.debts())
        assert self.attempt(UTILITY, "draw", free + 1) is None
        if self.random.random() < 0.7:
            self.attempt(UTILITY, "draw", free)
        else:
            self.attempt(UTILITY, "fund", self.amount())

    def collect(self) -> None:
        self.attempt(STRANGER, "collect", self.random.choice(self.homes).meter)

    def tariff(self) -> None:
        prices = sorted((self.price(), self.price()), reverse=True)
        self.attempt(UTILITY, "setTariff", *prices)


@pytest.mark.parametrize("commits", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_any_life_of_an_auction(seed: int, commits: bool) -> None:
    life = Life(seed, commits=commits)
    for _ in range(STEPS):
        life.step()
    for happened in ("Placed", "Cleared", "Paid", "RanksOutOfOrder", "PayoutsDiffer"):
        assert life.seen[happened], f"this seed never saw {happened}: it shows too little"
