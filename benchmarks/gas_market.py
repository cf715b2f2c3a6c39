"""Gas of EnergyToken, MeterRegistry and EnergyMarket."""

from collections.abc import Iterator

from benchmarks.gas_chain import CHAIN_ID, Event, GasChain, Row
from tests.contracts.world import READING, READING_KIND, Terms, bought

KWH_PRICE, AMOUNT, MONEY = 3 * 10**17, 10**6, 10**17
REPORT_BLOCKS, TRADE_BLOCKS = 2, 10
DELIVERING, FINAL = 0, 1
SELLER, BUYER = 0, 1


class Bench(GasChain):
    """One market, a seller and a buyer."""

    def __init__(self) -> None:
        super().__init__()
        self.registers, self.sequence, self.salt = [1000, 1000], 0, 0
        facts = (self.token.address, self.registry.address, REPORT_BLOCKS, TRADE_BLOCKS)
        self.market = self.deploy("EnergyMarket", *facts)

    def own(self, side: int, label: str, function: str, *words: object) -> list[Event]:
        """A call by the account of one side."""
        return self.call(label, self.market, self.accounts[side], function, *words)

    def offer(self, label: str = "offer", number: int = 0) -> int:
        """The ref of a new offer under this number."""
        words = (self.meters[SELLER], number, AMOUNT, KWH_PRICE, 0)
        ((_, made),) = self.own(SELLER, label, "offer", *words)
        return int(made["offerId"]) << 32 | int(made["version"])

    def cancel(self, label: str, ref: int) -> None:
        self.own(SELLER, label, "cancel", ref >> 32)

    def buy(self, label: str, refs: list[int], amount: int = AMOUNT) -> list[Terms]:
        """Terms of the trades bought, always into the same drawers."""
        self.salt += 256
        return bought(self.own(BUYER, label, "buy", refs, self.meters[BUYER], amount, KWH_PRICE,
                               self.salt))  # fmt: skip

    def signed(self, terms: Terms, side: int, energy: int, state: int) -> tuple[object, ...]:
        """Meter, from, to, sequence, state, r, vs."""
        self.sequence += 1
        start = self.registers[side]
        facts = (self.meters[side], start, start + energy, self.sequence, state)
        values = (terms.id_in(CHAIN_ID, self.market.address), *facts)
        return (*facts, *self.sign(side, self.market, READING_KIND, READING, values))

    def settle(self, label: str, terms: Terms, energy: int = AMOUNT) -> None:
        sides = [self.signed(terms, side, energy, FINAL) for side in (SELLER, BUYER)]
        finals = [(*side[1:4], *side[5:]) for side in sides]
        self.call(label, self.market, self.operator, "settle", terms.words, *finals)
        self.registers = [start + energy for start in self.registers]

    def report(self, label: str, terms: Terms, side: int, energy: int) -> None:
        shown = self.signed(terms, side, energy, DELIVERING)
        self.call(label, self.market, self.operator, "report", terms.words, shown)

    def close(self, label: str, terms: Terms, blocks: int) -> None:
        self.mine(blocks)
        self.call(label, self.market, self.operator, "close", terms.words)


def rows() -> Iterator[Row]:
    """Everything that the three contracts do, for the first time and in the steady state."""
    bench = Bench()
    bench.enroll(bench.market)
    _purse(bench, BUYER)
    _trade(bench)
    _purse(bench, SELLER)
    _trade(bench)
    _trades(bench)
    _offers(bench)
    for _ in range(2):
        _reports(bench)
    yield from bench.rows


def _purse(bench: Bench, side: int) -> None:
    """A purse filled twice, and a part taken out again twice."""
    bench.fund(bench.accounts[side], bench.market)
    for _ in range(2):
        bench.own(side, "deposit", "deposit", bench.meters[side], MONEY)
    for _ in range(2):
        bench.own(side, "withdraw", "withdraw", bench.meters[side], MONEY // 4)


def _trade(bench: Bench) -> None:
    """A whole offer, all of it delivered. The first one pays into an empty purse."""
    (terms,) = bench.buy("buy, whole offer", [bench.offer()])
    bench.settle("settle, all delivered", terms)


def _trades(bench: Bench) -> None:
    for _ in range(2):
        ref = bench.offer()
        (terms,) = bench.buy("buy, part of an offer", [ref], AMOUNT // 2)
        bench.settle("settle, with refund", terms, AMOUNT // 4)
        bench.cancel("cancel", ref)
    for _ in range(2):
        refs = [bench.offer("", number) for number in range(3)]
        for terms in bench.buy("buy, three offers", refs, 3 * AMOUNT):
            bench.settle("", terms)


def _offers(bench: Bench) -> None:
    for price in (5, 6):
        ref = bench.offer()
        bench.own(SELLER, "reprice", "reprice", ref >> 32, price)
        bench.cancel("cancel", ref)


def _reports(bench: Bench) -> None:
    (terms,) = bench.buy("", [bench.offer("")])
    bench.report("report, first of a trade", terms, SELLER, AMOUNT // 4)
    bench.report("report, other meter", terms, BUYER, AMOUNT // 4)
    bench.report("report, same meter again", terms, BUYER, AMOUNT // 2)
    bench.close("close, with energy", terms, REPORT_BLOCKS + 1)
    bench.registers = [start + AMOUNT for start in bench.registers]
    (terms,) = bench.buy("", [bench.offer("")])
    bench.close("close, without energy", terms, TRADE_BLOCKS + REPORT_BLOCKS)
