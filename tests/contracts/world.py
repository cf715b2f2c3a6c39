"""A small world on the bare machine: the three contracts, households with meters, and trades."""

from dataclasses import dataclass, field, replace
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.abi import Contract, decode_event
from tests.contracts.evm import CHAIN_ID, Evm, Outcome

IMPORT, EXPORT = 0, 1
DELIVERING, FINAL = 0, 1
FEEDER, RATED_POWER_W, CREDIT = 7, 3600, 10
BLOCK_MS, REPORT_BLOCKS, TRADE_BLOCKS, BURST_BLOCKS = 1000, 10, 100, 8
BLOCK_UWH = RATED_POWER_W * BLOCK_MS * 5 // 18  # 1 Wh: what the rated power gives in a block
AMOUNT = 20 * BLOCK_UWH  # of most trades
PRICE = 300_000_000_000_000_000  # base units per kWh
MONEY = 10**18  # each household's tokens
OPERATOR = b"\x0b" * 20

READING_TYPE = keccak(
    text="Reading(bytes32 trade,address meter,uint64 from,uint64 to,uint32 sequence,uint8 state)"
)
DOMAIN_TYPE = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
DOMAIN = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
TERMS = ["uint256", "address"]
TERMS += ["uint256", "uint32", "address", "address", "uint64", "uint128", "bytes32"]
READING = ["bytes32", "bytes32", "address", "uint64", "uint64", "uint32", "uint8"]


@dataclass(frozen=True)
class Household:
    """An account and its meter, whose key the test holds."""

    name: str

    @property
    def account(self) -> bytes:
        return keccak(text=f"account of {self.name}")[12:]

    @property
    def key(self) -> PrivateKey:
        return PrivateKey(keccak(text=f"meter of {self.name}"))

    @property
    def meter(self) -> bytes:
        return keccak(self.key.public_key.format(compressed=False)[1:])[12:]


@dataclass(frozen=True)
class Terms:
    offer_id: int
    version: int
    seller_meter: bytes
    buyer_meter: bytes
    amount_uwh: int
    price: int
    salt: bytes

    @property
    def words(self) -> tuple[Any, ...]:
        return tuple(self.__dict__.values())

    @property
    def escrow(self) -> int:
        return self.amount_uwh * self.price // 10**9


@dataclass(frozen=True)
class Reading:
    trade: bytes
    meter: bytes
    from_: int
    to: int
    sequence: int = 1
    state: int = FINAL

    @property
    def words(self) -> tuple[Any, ...]:
        return tuple(self.__dict__.values())

    def but(self, **changes: Any) -> "Reading":
        return replace(self, **changes)


@dataclass
class World:
    """Token, registry and market deployed; the households that are asked for enrolled and rich."""

    evm: Evm = field(default_factory=Evm)

    def __post_init__(self) -> None:
        self.token = Contract(self.evm, "EnergyToken", OPERATOR)
        self.registry = Contract(self.evm, "MeterRegistry", OPERATOR, BLOCK_MS)
        self.market = self.new_market(self.token.address)
        self.salts = 0

    def new_market(self, token: bytes) -> Contract:
        facts = (token, self.registry.address, REPORT_BLOCKS, TRADE_BLOCKS)
        market = Contract(self.evm, "EnergyMarket", *facts)
        self.registry.call(OPERATOR, "setClaimer", market.address, True)
        return market

    def household(self, name: str, *, feeder: int = FEEDER, credit: int = CREDIT) -> Household:
        home = Household(name)
        facts = (home.meter, home.account, feeder, RATED_POWER_W, credit)
        self.registry.call(OPERATOR, "enroll", *facts)
        self.evm.fund(home.account, MONEY)
        self.token.call(home.account, "buyTokens", value=MONEY)
        self.token.call(home.account, "approve", self.market.address, 2**256 - 1)
        return home

    def offer(self, home: Household, amount_uwh: int, price: int = PRICE, credit: int = 0) -> int:
        words = (home.meter, amount_uwh, price, credit)
        done = self.market.call(home.account, "offer", *words)
        return int.from_bytes(done.output, "big")

    def buy(
        self, home: Household, offers: list[int], amount_uwh: int, max_price: int = PRICE
    ) -> list[Terms]:
        """Buys at the offers' present versions; the terms of each trade, from its event."""
        versions = [self.market.view("offers", offer)[4] for offer in offers]
        self.salts += 1
        salt = self.salts.to_bytes(32, "big")
        words = (offers, versions, home.meter, amount_uwh, max_price, salt)
        return bought(self.market.call(home.account, "buy", *words))

    def trade(self, seller: Household, buyer: Household, amount_uwh: int) -> Terms:
        """One trade of the whole of one offer."""
        (terms,) = self.buy(buyer, [self.offer(seller, amount_uwh)], amount_uwh)
        return terms

    def id_of(self, terms: Terms) -> bytes:
        return keccak(encode(TERMS, (CHAIN_ID, self.market.address, *terms.words)))

    def reading(self, terms: Terms, home: Household, from_: int, to: int, **rest: int) -> Reading:
        return Reading(self.id_of(terms), home.meter, from_, to, **rest)

    def delivering(
        self, terms: Terms, home: Household, energy_uwh: int, sequence: int = 1
    ) -> Reading:
        words = {"sequence": sequence, "state": DELIVERING}
        return self.reading(terms, home, 0, energy_uwh, **words)

    def digest(self, reading: Reading) -> bytes:
        names = (keccak(text="Evlock"), keccak(text="1"))
        domain = keccak(encode(DOMAIN, (DOMAIN_TYPE, *names, CHAIN_ID, self.market.address)))
        struct = keccak(encode(READING, (READING_TYPE, *reading.words)))
        return keccak(b"\x19\x01" + domain + struct)

    def sign(self, reading: Reading, home: Household) -> bytes:
        """EIP-2098: r, then s with the parity in its highest bit."""
        whole = home.key.sign_recoverable(self.digest(reading), hasher=None)
        return whole[:32] + bytes([whole[32] | whole[64] << 7]) + whole[33:64]

    def report(self, terms: Terms, reading: Reading, home: Household) -> Outcome:
        words = (terms.words, reading.words, self.sign(reading, home))
        return self.market.call(OPERATOR, "report", *words)

    def settle(
        self, terms: Terms, seller: tuple[Reading, Household], buyer: tuple[Reading, Household]
    ) -> Outcome:
        sides = [(side[0].words, self.sign(*side)) for side in (seller, buyer)]
        return self.market.call(OPERATOR, "settle", terms.words, *sides[0], *sides[1])

    def close(self, terms: Terms) -> Outcome:
        return self.market.call(OPERATOR, "close", terms.words)

    def tokens(self, account: bytes) -> int:
        return int(self.token.view("balanceOf", account))

    def credit(self, home: Household) -> int:
        return int(self.registry.view("creditOf", home.meter))

    def claimed(self, home: Household, direction: int) -> int:
        return int(self.registry.view("claimedUpTo", home.meter, direction))


def bought(outcome: Outcome) -> list[Terms]:
    """The terms of the trades that a purchase opened."""
    events = [decode_event(log) for log in outcome.logs]
    names = ("offerId", "version", "sellerMeter", "buyerMeter", "amountUwh", "price", "salt")
    return [Terms(*(values[n] for n in names)) for event, values in events if event == "Bought"]


def event(outcome: Outcome, name: str) -> dict[str, Any]:
    """The arguments of the one event of this name."""
    (values,) = [values for n, values in map(decode_event, outcome.logs) if n == name]
    return values
