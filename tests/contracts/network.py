"""All contracts together on the bare machine, as `evlock contracts deploy` sets them up."""

from dataclasses import dataclass

from tests.contracts.abi import Contract
from tests.contracts.auction_world import AuctionWorld
from tests.contracts.evm import CHAIN_ID
from tests.contracts.ledger_world import CAPACITY, LATITUDE, LONGITUDE
from tests.contracts.operator_world import Claim, signature
from tests.contracts.world import EXPORT, OPERATOR, REPORT_BLOCKS, TRADE_BLOCKS, Household, World

PRICE = 3 * 10**17  # base units per kWh, of everything
MONEY = 10**18


@dataclass
class Network(World):
    """One token and one registry; market, auction, counter and ledger use them."""

    commits: bool = False  # whether the auction has commitments

    def __post_init__(self) -> None:
        self.sale = AuctionWorld(commits=self.commits)
        self.evm, self.token = self.sale.evm, self.sale.token
        self.registry, self.auction = self.sale.registry, self.sale.auction
        self.numbers = self.salts = 0
        facts = (self.token.address, self.registry.address)
        self.market = Contract(self.evm, self.kind, *facts, REPORT_BLOCKS, TRADE_BLOCKS)
        self.counter = Contract(self.evm, "GridOperator", OPERATOR, *facts)
        facts = (self.registry.address, self.counter.address)
        self.smart_meter = Contract(self.evm, "SmartMeter", OPERATOR, *facts)
        self.ledger = Contract(self.evm, "GridLedger", self.token.address)
        for claimer in (self.market, self.smart_meter):
            self.registry.call(OPERATOR, "setClaimer", claimer.address, True)
        self.counter.call(OPERATOR, "trust", self.smart_meter.address)
        self.counter.call(OPERATOR, "setPrice", PRICE)
        self.counter.call(OPERATOR, "setReward", PRICE)
        self.enrich(self.counter.address)

    def enrich(self, account: bytes, amount: int = MONEY) -> None:
        """Gives an account tokens, which every contract may take."""
        self.evm.fund(account, amount)
        self.token.call(account, "buyTokens", value=amount)
        for taker in (self.market, self.auction, self.counter, self.ledger):
            self.token.call(account, "approve", taker.address, 2**256 - 1)

    def pay_in(self, home: Household, amount: int) -> None:
        """Into the household's purses in market and auction, each."""
        self.enrich(home.account, 3 * amount)
        self.market.call(home.account, "deposit", home.meter, amount)
        self.auction.call(home.account, "deposit", home.meter, amount)

    def report_words(self, home: Household, from_: int, to: int, number: int) -> tuple[object, ...]:
        """What reportProduction takes."""
        claim = Claim(home.meter, from_, to, self.counter.address, number, 0, EXPORT)
        signed = signature(home, claim.digest(self.registry.address, CHAIN_ID))
        return (claim.meter, from_, to, number, 0, *signed)

    def store(self, grid: bytes) -> None:
        words = (CAPACITY, CAPACITY // 2, LATITUDE, LONGITUDE, PRICE)
        self.ledger.call(grid, "addStorage", *words)
