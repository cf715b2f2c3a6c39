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
MONEY = 10**18  # in each household's purse
OPERATOR, STRANGER = b"\x0b" * 20, b"\x57" * 20

READING_KIND = (
    "Reading(bytes32 trade,address meter,uint64 from,uint64 to,uint32 sequence,uint8 state)"
)
DOMAIN_TYPE = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
DOMAIN = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
TERMS = ["uint256", "address", "uint256", "address", "uint64", "uint96", "uint64"]
READING = ["bytes32", "address", "uint64", "uint64", "uint32", "uint8"]


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
    ref: int
    buyer_meter: bytes
    amount_uwh: int
    price: int
    salt: int

    @property
    def words(self) -> tuple[Any, ...]:
        return tuple(self.__dict__.values())

    @property
    def offer_id(self) -> int:
        return self.ref >> 32

    @property
    def seller_meter(self) -> bytes:
        return (self.ref >> 64).to_bytes(20, "big")

    @property
    def drawer(self) -> int:
        return self.salt & 0xFF

    @property
    def escrow(self) -> int:
        return self.amount_uwh * self.price // 10**9

    def id_in(self, chain_id: int, market: bytes) -> bytes:
        return keccak(encode(TERMS, (chain_id, market, *self.words)))


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
    kind: str = "EnergyMarket"  # artefact of the market

    def __post_init__(self) -> None:
        self.token = Contract(self.evm, "EnergyToken", OPERATOR)
        self.registry = Contract(self.evm, "MeterRegistry", OPERATOR, BLOCK_MS)
        self.market = self.new_market(self.token.address)
        self.numbers = self.salts = 0

    def new_market(self, token: bytes) -> Contract:
        facts = (token, self.registry.address, REPORT_BLOCKS, TRADE_BLOCKS)
        market = Contract(self.evm, self.kind, *facts)
        self.registry.call(OPERATOR, "setClaimer", market.address, True)
        return market

    def household(
        self, name: str, *, feeder: int = FEEDER, credit: int = CREDIT, purse: int = MONEY
    ) -> Household:
        home = Household(name)
        facts = (home.meter, home.account, feeder, RATED_POWER_W, credit)
        self.registry.call(OPERATOR, "enroll", *facts)
        self.pay_in(home, purse)
        return home

    def pay_in(self, home: Household, amount: int) -> None:
        """Tokens bought by the household's account, into its purse."""
        if amount:
            self.evm.fund(home.account, amount)
            self.token.call(home.account, "buyTokens", value=amount)
            self.token.call(home.account, "approve", self.market.address, amount)
            self.market.call(home.account, "deposit", home.meter, amount)

    def offer(
        self, home: Household, amount_uwh: int, price: int = PRICE, credit: int = 0,
        number: int | None = None,
    ) -> int:  # fmt: skip
        """The id of a new offer, under a number of its own if none is given."""
        self.numbers += 1
        number = self.numbers if number is None else number
        words = (home.meter, number, amount_uwh, price, credit)
        done = self.market.call(home.account, "offer", *words)
        return int.from_bytes(done.output, "big")

    def ref(self, offer_id: int) -> int:
        """An offer at its present version."""
        return offer_id << 32 | int(self.market.view("offers", offer_id)[2])

    def buy(
        self, home: Household, offers: list[int], amount_uwh: int, max_price: int = PRICE,
        salt: int | None = None,
    ) -> list[Terms]:  # fmt: skip
        """Buys at the offers' present versions; the terms of each trade, from its event."""
        if salt is None:
            salt = self.salts + 1
            self.salts += len(offers)
        words = ([self.ref(offer) for offer in offers], home.meter, amount_uwh, max_price, salt)
        return bought(events(self.market.call(home.account, "buy", *words)))

    def trade(self, seller: Household, buyer: Household, amount_uwh: int) -> Terms:
        """One trade of the whole of one offer."""
        (terms,) = self.buy(buyer, [self.offer(seller, amount_uwh)], amount_uwh)
        return terms

    def id_of(self, terms: Terms) -> bytes:
        return terms.id_in(CHAIN_ID, self.market.address)

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
        words = (keccak(text=READING_KIND), *reading.words)
        struct = keccak(encode(["bytes32", *READING], words))
        return keccak(b"\x19\x01" + domain + struct)

    def sign(self, reading: Reading, home: Household) -> tuple[bytes, bytes]:
        """EIP-2098: r, then s with the parity in its highest bit."""
        whole = home.key.sign_recoverable(self.digest(reading), hasher=None)
        return whole[:32], bytes([whole[32] | whole[64] << 7]) + whole[33:64]

    def final(self, reading: Reading, home: Household) -> tuple[Any, ...]:
        """What `settle` takes of a reading."""
        words = (reading.from_, reading.to, reading.sequence)
        return (*words, *self.sign(reading, home))

    def shown(self, reading: Reading, home: Household) -> tuple[Any, ...]:
        """What `report` takes of a reading."""
        return (*reading.words[1:], *self.sign(reading, home))

    def report(self, terms: Terms, reading: Reading, home: Household) -> Outcome:
        return self.market.call(OPERATOR, "report", terms.words, self.shown(reading, home))

    def settle(
        self, terms: Terms, seller: tuple[Reading, Household], buyer: tuple[Reading, Household]
    ) -> Outcome:
        sides = (self.final(*seller), self.final(*buyer))
        return self.market.call(OPERATOR, "settle", terms.words, *sides)

    def close(self, terms: Terms) -> Outcome:
        return self.market.call(OPERATOR, "close", terms.words)

    def tokens(self, account: bytes) -> int:
        return int(self.token.view("balanceOf", account))

    def purse(self, home: Household) -> int:
        return int(self.market.view("purseOf", home.meter))

    def is_open(self, terms: Terms) -> bool:
        return bool(self.market.view("tradeOf", terms.words)[0])

    def credit(self, home: Household) -> int:
        return int(self.registry.view("creditOf", home.meter))

    def claimed(self, home: Household, direction: int) -> int:
        return int(self.registry.view("claimedUpTo", home.meter, direction))


def events(outcome: Outcome) -> list[tuple[str, dict[str, Any]]]:
    """Name and arguments of every event of a call."""
    return [decode_event(log) for log in outcome.logs]


def bought(events: list[tuple[str, dict[str, Any]]]) -> list[Terms]:
    """The terms of the trades that a purchase opened."""
    names = ("ref", "buyerMeter", "amountUwh", "price", "salt")
    return [Terms(*(values[n] for n in names)) for event, values in events if event == "Bought"]


def event(outcome: Outcome, name: str) -> dict[str, Any]:
    """The arguments of the one event of this name."""
    (values,) = [values for n, values in map(decode_event, outcome.logs) if n == name]
    return values
