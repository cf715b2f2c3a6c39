"""Each microwatt-hour once, across market, auction and rewards.

One meter, whose owner has its key, offers its export everywhere, in any order: the same interval
to several, overlapping ones, earlier ones, before and after what it shows in a trade; and replays
whatever it sent. Its buyer is honest: its meter shows no more than was sent. At every step

1. no two claims share energy, and each lies within intervals that the meter signed;
2. market, auction and rewards together pay for no more energy than is claimed, so for no more than
   the signed intervals contain;
3. what is refused is refused with a named error.

(A buyer whose meter shows more than the seller's pays for it by its own signature: that is the
tolerance of meters, docs/contracts.md, "Decisions".)
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts import auction_reference as reference
from tests.contracts.abi import Contract, Refused
from tests.contracts.auction_reference import Order
from tests.contracts.auction_world import REVEAL, SLOT
from tests.contracts.energy_book import EnergyBook
from tests.contracts.evm import Outcome
from tests.contracts.network import PRICE, Network
from tests.contracts.world import DELIVERING, EXPORT, FINAL, STRANGER, Household, Terms

STEP = 10**7  # µWh; rated power gives six of them in a block
STARTS = st.sampled_from([0, 0, 0, -STEP, STEP, -1, 1])  # beside where the last claim ended
ENERGY = st.sampled_from([1, STEP, 2 * STEP, 5 * STEP])
WHICH = st.integers(0, 30)


class ExportMachine(RuleBasedStateMachine):
    """Each rule is one or more transactions that may be refused."""

    @initialize()
    def begin(self) -> None:
        self.net = Network()
        self.net.evm.mine(SLOT)
        self.home, self.buyer = self.net.household("home"), self.net.household("buyer")
        self.book = EnergyBook(self.home.meter)
        self.trades: list[tuple[Terms, int]] = []  # and where the seller's interval begins
        self.rounds: dict[int, list[Order]] = {}
        self.sent: list[tuple[Contract, bytes]] = []
        self.number = 0
        self.net.evm.mine(SLOT)

    def attempt(self, target: Contract, function: str, *words: Any) -> bool:
        return self.send(STRANGER, target, target.data(function, *words))

    def send(self, who: bytes, target: Contract, data: bytes) -> bool:
        self.sent.append((target, data))
        try:
            done: Outcome = target.send(who, data)
        except Refused as refusal:
            assert refusal.name not in ("", "Panic"), refusal
            return False
        self.book.book(done)
        return True

    def start(self, shift: int) -> int:
        return max(0, self.net.claimed(self.home, EXPORT) + shift)

    @rule(shift=STARTS, energy=ENERGY)
    def reward(self, shift: int, energy: int) -> None:
        from_ = self.start(shift)
        self.number += 1
        self.book.sign(from_, from_ + energy)
        words = self.net.report_words(self.home, from_, from_ + energy, self.number)
        self.attempt(self.net.smart_meter, "reportProduction", *words)

    @rule(shift=STARTS, energy=ENERGY)
    def bid(self, shift: int, energy: int) -> None:
        if self.net.evm.block % SLOT >= REVEAL:
            self.net.sale.to_commit()
        from_, slot = self.start(shift), self.net.sale.slot
        self.book.sign(from_, from_ + energy)
        interval = (self.home.meter, EXPORT, from_, from_ + energy)
        placed = self.net.sale.signed(self.home, interval, PRICE // 3, 0, slot)
        if self.attempt(self.net.auction, "place", slot, [placed.words]):
            self.rounds.setdefault(slot, []).append(placed.order)

    @rule(which=WHICH)
    def clear(self, which: int) -> None:
        if self.rounds:
            slot = sorted(self.rounds)[which % len(self.rounds)]
            orders = self.rounds[slot]
            words = (reference.pack(orders), reference.ranks(orders), 1)
            self.attempt(self.net.auction, "clear", slot, *words)

    @rule(shift=STARTS, energy=ENERGY)
    def agree(self, shift: int, energy: int) -> None:
        offer = self.net.offer(self.home, energy, PRICE)
        self.trades.append((self.net.buy(self.buyer, [offer], energy)[0], self.start(shift)))

    @rule(which=WHICH, share=st.sampled_from([0, 1, 2, 4]), final=st.booleans())
    def report(self, which: int, share: int, final: bool) -> None:
        """Both meters' readings of a part of a trade, or the seller's of all of it."""
        for terms, from_ in self.picked(which):
            to, state = from_ + terms.amount_uwh * share // 4, FINAL if final else DELIVERING
            self.show(terms, self.home, from_, to, share + 4 * final, state)
            self.show(terms, self.buyer, from_, to, share + 4 * final, state)

    def show(
        self, terms: Terms, who: Household, from_: int, to: int, number: int, state: int
    ) -> None:
        reading = self.net.reading(terms, who, from_, to, sequence=number, state=state)
        if who is self.home:
            self.book.sign(from_, to)
        self.attempt(self.net.market, "report", terms.words, self.net.shown(reading, who))

    @rule(which=WHICH, share=st.sampled_from([1, 3, 4]), lost=st.sampled_from([0, 1]))
    def settle(self, which: int, share: int, lost: int) -> None:
        for terms, from_ in self.picked(which):
            to = from_ + terms.amount_uwh * share // 4
            self.book.sign(from_, to)
            ends = ((self.home, to), (self.buyer, max(from_, to - lost)))
            readings = [
                self.net.final(self.net.reading(terms, who, from_, end, sequence=9), who)
                for who, end in ends
            ]
            self.attempt(self.net.market, "settle", terms.words, *readings)

    @rule(which=WHICH)
    def close(self, which: int) -> None:
        for terms, _ in self.picked(which):
            self.attempt(self.net.market, "close", terms.words)

    def picked(self, which: int) -> list[tuple[Terms, int]]:
        return [self.trades[which % len(self.trades)]] if self.trades else []

    @rule(which=WHICH)
    def replay(self, which: int) -> None:
        """The same bytes again, by a stranger and by the meter's account."""
        if self.sent:
            target, data = self.sent[-1 - which % len(self.sent)]
            self.send(STRANGER, target, data)
            self.send(self.home.account, target, data)

    @rule(blocks=st.sampled_from([1, 1, 5, 12, 60, 120]))
    def mine(self, blocks: int) -> None:
        self.net.evm.mine(blocks)

    @invariant()
    def paid_once(self) -> None:
        if hasattr(self, "book"):
            self.book.check()


TestExport = ExportMachine.TestCase
TestExport.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


def test_the_machine_is_paid_everywhere() -> None:
    """That the random sequences are about something: one of them, by hand."""
    machine = ExportMachine()
    machine.begin()
    machine.reward(0, STEP)
    machine.reward(-STEP, STEP)
    machine.bid(0, 2 * STEP)
    machine.agree(0, STEP)
    machine.settle(0, 4, 1)
    machine.replay(0)
    machine.agree(0, STEP)
    machine.report(1, 2, final=False)
    machine.mine(120)
    machine.close(1)
    machine.paid_once()
    assert machine.book.paid == {
        "market": STEP - 1 + STEP // 2,
        "auction": 2 * STEP,
        "rewards": STEP,
    }
