"""Invariants of the market, over random calls by honest and hostile parties.

1. Escrow: the market holds exactly the purses and the escrows of the open trades, at every step.
2. Conservation: households, market and token contract together hold the whole supply.
3. Nobody gains tokens except by a sale: a household has, in purse and pocket, what it began with,
   plus what its sales paid, less what its purchases cost; a trade never pays more than its escrow.
   A pocket gets only what its own account took out of the purse.
4. Energy: the claimed intervals of a meter's register never overlap and only move up;
   claimedUpTo is the end of the last; all of them together stay below rated power × time.
5. Exported energy is paid at most once (the seller's claims, 4, plus 6).
6. A trade's id opens once and ends once, and what ended stays ended whatever is replayed and
   whatever its drawer holds since; what is open stays open whatever happens to other drawers.
7. Credit moves by the rule alone: +1 +1 on settle, −3 −3 on close with energy, never below 0.
8. No version of an offer is sold more than once over, and none comes twice.
9. Whatever is refused is refused with a named error: no panic, no bare revert.

Parties: four households on one feeder that sell and buy, honest in some calls, and in others
signing whatever they like with their own meters; and a stranger who replays everything.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.abi import Refused
from tests.contracts.evm import Outcome
from tests.contracts.ledger import Ledger
from tests.contracts.world import (
    BLOCK_UWH,
    MONEY,
    PRICE,
    STRANGER,
    Household,
    Reading,
    Terms,
    World,
    bought,
    events,
)

NAMES = ("ada", "bob", "cyd", "dan")
NUMBERS = 6  # offers of one meter at a time
DRAWERS = 2  # that the salts of these tests name
APART = st.sampled_from([0, 0, 0, 1])  # mostly for oneself
WHO = st.integers(0, len(NAMES) - 1)
WHICH = st.integers(0, 30)
AMOUNTS = st.sampled_from([1, 999_999_999, BLOCK_UWH, 7 * BLOCK_UWH]) | st.integers(1, 10**9)
PRICES = st.sampled_from([1, 10**9 - 1, PRICE, PRICE // 3])
ENERGY = st.sampled_from([0, 1, BLOCK_UWH, 7 * BLOCK_UWH, 2**63]) | st.integers(0, 10**9)
SHIFTS = st.sampled_from([0, 0, 0, -1, 1, -BLOCK_UWH, 10**9])
STATES = st.sampled_from([0, 1, 1, 2])


class MarketMachine(RuleBasedStateMachine):
    """One market; each rule is one transaction that may be refused."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.homes = [self.world.household(name) for name in NAMES]
        self.ledger = Ledger(self.world, self.homes, self.world.evm.block)
        self.trades: list[Terms] = []
        self.sent: list[bytes] = []
        self.steps = 0
        for seller in range(len(NAMES)):
            self.offer(seller, 0, 9 * BLOCK_UWH, PRICE, 0)
            self.agree(seller, 1, 7 * BLOCK_UWH, PRICE)

    def attempt(self, home: Household, function: str, *words: Any) -> None:
        self.send(home.account, self.world.market.data(function, *words))

    def send(self, sender: bytes, data: bytes) -> Outcome | None:
        try:
            done = self.world.market.send(sender, data)
        except Refused as refusal:
            assert refusal.name not in ("", "Panic"), refusal
            return None
        opened = bought(events(done))
        self.trades += opened
        self.sent.append(data)
        self.ledger.book(done, opened)
        return done

    @rule(who=WHO, number=st.integers(0, NUMBERS - 1), amount=AMOUNTS, price=PRICES,
          credit=st.sampled_from([0, 0, 8, 11]))  # fmt: skip
    def offer(self, who: int, number: int, amount: int, price: int, credit: int) -> None:
        home = self.homes[who]
        self.attempt(home, "offer", home.meter, number, amount, price, credit)

    def offer_at(self, which: int) -> int:
        """The id of one of the offers that there may be."""
        meter = self.homes[which % len(NAMES)].meter
        return int.from_bytes(meter, "big") << 32 | which // len(NAMES) % NUMBERS

    def salt(self, who: int, jump: int) -> int:
        """The next in a few drawers, so that these are used again and again."""
        last = int(self.world.market.view("lastSalt", self.homes[who].meter))
        return (last // 256 + 1) * 256 + (last + jump) % DRAWERS

    @rule(who=WHO, which=WHICH, price=st.none() | PRICES)
    def reprice_or_cancel(self, who: int, which: int, price: int | None) -> None:
        offer = self.offer_at(which)
        if price is None:
            self.attempt(self.homes[who], "cancel", offer)
        else:
            self.attempt(self.homes[who], "reprice", offer, price)

    @rule(who=WHO, which=st.lists(WHICH, min_size=1, max_size=3), stale=st.sampled_from([0, 0, 1]),
          amount=AMOUNTS, max_price=PRICES, jump=st.integers(0, 3))  # fmt: skip
    def buy(
        self, who: int, which: list[int], stale: int, amount: int, max_price: int, jump: int
    ) -> None:
        home = self.homes[who]
        refs = [self.world.ref(self.offer_at(index)) - stale for index in which]
        words = (refs, home.meter, amount, max_price, self.salt(who, jump))
        self.attempt(home, "buy", *words)

    @rule(seller=WHO, apart=st.integers(1, 3), amount=AMOUNTS, price=PRICES,
          jump=st.integers(0, 3))  # fmt: skip
    def agree(self, seller: int, apart: int, amount: int, price: int, jump: int = 1) -> None:
        """An offer and its purchase, so that there is always something to trade."""
        offer = self.offer_at(seller + NUMBERS * len(NAMES) - len(NAMES))
        self.attempt(self.homes[seller], "cancel", offer)
        self.offer(seller, NUMBERS - 1, amount, price, 0)
        buyer = (seller + apart) % len(NAMES)
        home, refs = self.homes[buyer], [self.world.ref(offer)]
        self.attempt(home, "buy", refs, home.meter, amount, price, self.salt(buyer, jump))

    @rule(who=WHO, apart=APART, amount=st.sampled_from([0, 1, PRICE, MONEY // 2, 2**128 - 1]))
    def withdraw(self, who: int, apart: int, amount: int) -> None:
        """From its own purse, or from another's."""
        of = self.homes[(who + apart) % len(NAMES)]
        self.attempt(self.homes[who], "withdraw", of.meter, amount)

    @rule(who=WHO, apart=APART, amount=st.sampled_from([0, 1, PRICE, MONEY // 2]))
    def deposit(self, who: int, apart: int, amount: int) -> None:
        """Into its own purse, or as a gift."""
        home, of = self.homes[who], self.homes[(who + apart) % len(NAMES)]
        self.world.token.call(home.account, "approve", self.world.market.address, amount)
        self.attempt(home, "deposit", of.meter, amount)

    @rule(which=WHICH, sent=ENERGY, received=ENERGY, shift=SHIFTS, state=STATES)
    def settle(self, which: int, sent: int, received: int, shift: int, state: int) -> None:
        if terms := self.pick(which):
            seller, buyer = self.sides_of(terms)
            self.settle_with(
                terms,
                (self.reading(terms, seller, sent, shift, 7, state), seller),
                (self.reading(terms, buyer, received, 0, 7, 1), buyer),
            )

    @rule(which=WHICH, share=st.floats(0, 1), lost=st.integers(0, 1000), by_close=st.booleans())
    def again(self, which: int, share: float, lost: int, by_close: bool) -> None:
        """A trade ends, by settling or by waiting, and another takes its drawer."""
        if not (terms := self.pick(which)):
            return
        if by_close:
            self.mine(110)
            self.attempt(self.homes[0], "close", terms.words)
        else:
            self.deliver(which, share, lost)
        seller, buyer = self.sides_of(terms)
        number = terms.offer_id % 2**32
        self.attempt(seller, "offer", seller.meter, number, terms.amount_uwh, terms.price, 0)
        last = int(self.world.market.view("lastSalt", buyer.meter))
        salt = (last // 256 + 1) * 256 + terms.drawer
        words = ([self.world.ref(terms.offer_id)], buyer.meter, terms.amount_uwh, terms.price, salt)
        self.attempt(buyer, "buy", *words)

    @rule(which=WHICH, share=st.floats(0, 1), lost=st.integers(0, 1000))
    def deliver(self, which: int, share: float, lost: int) -> None:
        """Both parties are honest: the buyer's meter received a little less than was sent."""
        if terms := self.pick(which):
            seller, buyer = self.sides_of(terms)
            energy = int(terms.amount_uwh * share)
            self.world.evm.mine(energy // BLOCK_UWH + 1)
            sent = self.reading(terms, seller, energy, 0, 9, 1)
            self.settle_with(
                terms,
                (sent, seller),
                (self.reading(terms, buyer, max(0, energy - lost), 0, 9, 1), buyer),
            )

    def settle_with(self, terms: Terms, *sides: tuple[Reading, Household]) -> None:
        finals = [self.world.final(reading, home) for reading, home in sides]
        self.attempt(self.homes[0], "settle", terms.words, *finals)

    @rule(which=WHICH, of_seller=st.booleans(), energy=ENERGY, shift=SHIFTS,
          sequence=st.integers(0, 9), state=STATES)  # fmt: skip
    def report(
        self, which: int, of_seller: bool, energy: int, shift: int, sequence: int, state: int
    ) -> None:
        if terms := self.pick(which):
            home = self.sides_of(terms)[0 if of_seller else 1]
            reading = self.reading(terms, home, energy, shift, sequence, state)
            self.attempt(self.homes[0], "report", terms.words, self.world.shown(reading, home))

    @rule(which=WHICH)
    def close(self, which: int) -> None:
        if terms := self.pick(which):
            self.attempt(self.homes[0], "close", terms.words)

    @rule(which=WHICH, who=WHO)
    def replay(self, which: int, who: int) -> None:
        """The same bytes again, by a stranger and by a household."""
        if self.sent:
            data = self.sent[which % len(self.sent)]
            self.send(STRANGER, data)
            self.send(self.homes[who].account, data)

    @rule(blocks=st.sampled_from([1, 5, 10, 110]))
    def mine(self, blocks: int) -> None:
        self.world.evm.mine(blocks)

    def pick(self, which: int) -> Terms | None:
        """An open trade, or at times one that ended."""
        still = [t for t in self.trades if not self.ledger.ends[self.world.id_of(t)]]
        some = still if still and which % 7 else self.trades
        return some[which % len(some)] if some else None

    def sides_of(self, terms: Terms) -> tuple[Household, Household]:
        by_meter = {home.meter: home for home in self.homes}
        return by_meter[terms.seller_meter], by_meter[terms.buyer_meter]

    def reading(
        self, terms: Terms, home: Household, energy: int, shift: int, sequence: int, state: int
    ) -> Reading:
        """From where the register was claimed to or reported from, give or take."""
        trade = self.world.market.view("tradeOf", terms.words)
        side = trade[3] if home.meter == terms.seller_meter else trade[4]
        direction = 1 if home.meter == terms.seller_meter else 0
        from_ = side[0] if side[3] else self.world.claimed(home, direction)
        from_ = max(0, from_ + shift)
        words = {"sequence": sequence, "state": state}
        return self.world.reading(terms, home, from_, min(from_ + energy, 2**64 - 1), **words)

    @invariant()
    def books_agree(self) -> None:
        self.steps += 1
        self.ledger.check_money()
        if self.steps % 6 == 0:
            self.ledger.check()

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.check()


TestMarket = MarketMachine.TestCase
TestMarket.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
