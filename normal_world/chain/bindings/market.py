"""EnergyMarket, made by `python -m contracts.gen`: do not edit."""

from collections.abc import Sequence
from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, Raw, creation

NAME = "EnergyMarket"


class Terms(NamedTuple):
    """A struct."""

    ref: int
    buyer_meter: str
    amount_uwh: int
    price: int
    salt: int

    @classmethod
    def of(cls, raw: Raw) -> "Terms":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4])


class Offer(NamedTuple):
    """A struct."""

    price: int
    amount_uwh: int
    version: int
    min_credit: int

    @classmethod
    def of(cls, raw: Raw) -> "Offer":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3])


class Shown(NamedTuple):
    """A struct."""

    meter: str
    from_: int
    to: int
    sequence: int
    state: int
    r: bytes
    vs: bytes

    @classmethod
    def of(cls, raw: Raw) -> "Shown":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6])


class Final(NamedTuple):
    """A struct."""

    from_: int
    to: int
    sequence: int
    r: bytes
    vs: bytes

    @classmethod
    def of(cls, raw: Raw) -> "Final":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4])


class Side(NamedTuple):
    """A struct."""

    from_: int
    to: int
    sequence: int
    stage: int

    @classmethod
    def of(cls, raw: Raw) -> "Side":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3])


class Trade(NamedTuple):
    """A struct."""

    open: bool
    deadline_block: int
    first_report_block: int
    seller: Side
    buyer: Side

    @classmethod
    def of(cls, raw: Raw) -> "Trade":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], Side.of(raw[3]), Side.of(raw[4]))


_BOUGHT_EVENT = Event(
    "EnergyMarket.Bought",
    bytes.fromhex("c2b9b20584669bbea5d558cbc17a393ca090f4694abb6e83015e74e5140dd042"),
    (
        ("bytes32", True),
        ("address", True),
        ("address", True),
        ("uint256", False),
        ("uint64", False),
        ("uint96", False),
        ("uint64", False),
        ("uint32", False),
    ),
)


class Bought(NamedTuple):
    """An event."""

    trade: bytes
    seller_meter: str
    buyer_meter: str
    ref: int
    amount_uwh: int
    price: int
    salt: int
    deadline_block: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _BOUGHT_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Bought":
        """From a log; ValueError if it is another event's."""
        raw = _BOUGHT_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6], raw[7])


_CANCELLED_EVENT = Event(
    "EnergyMarket.Cancelled",
    bytes.fromhex("c41d93b8bfbf9fd7cf5bfe271fd649ab6a6fec0ea101c23b82a2a28eca2533a9"),
    (("uint256", True),),
)


class Cancelled(NamedTuple):
    """An event."""

    offer_id: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _CANCELLED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Cancelled":
        """From a log; ValueError if it is another event's."""
        raw = _CANCELLED_EVENT.read(log)
        return cls(raw[0])


_CLOSED_EVENT = Event(
    "EnergyMarket.Closed",
    bytes.fromhex("a778032e7bf1a67fb94f283460375d8a9e6c4ac70ee7b82ea4583b1f45d20ec5"),
    (
        ("bytes32", True),
        ("uint64", False),
        ("uint256", False),
        ("uint256", False),
    ),
)


class Closed(NamedTuple):
    """An event."""

    trade: bytes
    energy_uwh: int
    paid: int
    refunded: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _CLOSED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Closed":
        """From a log; ValueError if it is another event's."""
        raw = _CLOSED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_DEPOSITED_EVENT = Event(
    "EnergyMarket.Deposited",
    bytes.fromhex("8752a472e571a816aea92eec8dae9baf628e840f4929fbcc2d155e6233ff68a7"),
    (
        ("address", True),
        ("address", True),
        ("uint256", False),
    ),
)


class Deposited(NamedTuple):
    """An event."""

    meter: str
    payer: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _DEPOSITED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Deposited":
        """From a log; ValueError if it is another event's."""
        raw = _DEPOSITED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_EIP712_DOMAIN_CHANGED_EVENT = Event(
    "EnergyMarket.EIP712DomainChanged",
    bytes.fromhex("0a6387c9ea3628b88a633bb4f3b151770f70085117a15f9bf3787cda53f13d31"),
    (),
)


class EIP712DomainChanged(NamedTuple):
    """An event."""

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _EIP712_DOMAIN_CHANGED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "EIP712DomainChanged":
        """From a log; ValueError if it is another event's."""
        _EIP712_DOMAIN_CHANGED_EVENT.read(log)
        return cls()


_OFFERED_EVENT = Event(
    "EnergyMarket.Offered",
    bytes.fromhex("65ad66e9de7a0bb151866ab48d1a22ac409b57a811be4b29b0f47d0f66c52cc2"),
    (
        ("uint256", True),
        ("address", True),
        ("uint32", False),
        ("uint64", False),
        ("uint96", False),
        ("uint16", False),
    ),
)


class Offered(NamedTuple):
    """An event."""

    offer_id: int
    meter: str
    version: int
    amount_uwh: int
    price: int
    min_credit: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _OFFERED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Offered":
        """From a log; ValueError if it is another event's."""
        raw = _OFFERED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5])


_REPORTED_EVENT = Event(
    "EnergyMarket.Reported",
    bytes.fromhex("e47bdd39fae6aab1de66b7e456423bbbf34f65c9839611933556e79a29cf268f"),
    (
        ("bytes32", True),
        ("address", True),
        ("uint32", False),
        ("uint64", False),
    ),
)


class Reported(NamedTuple):
    """An event."""

    trade: bytes
    meter: str
    sequence: int
    energy_uwh: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _REPORTED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Reported":
        """From a log; ValueError if it is another event's."""
        raw = _REPORTED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_SETTLED_EVENT = Event(
    "EnergyMarket.Settled",
    bytes.fromhex("11fa8d0c979a0737c84a4975f49cef31f54ee8f405d4f92b1fbd15638e1deb99"),
    (
        ("bytes32", True),
        ("uint64", False),
        ("uint256", False),
        ("uint256", False),
    ),
)


class Settled(NamedTuple):
    """An event."""

    trade: bytes
    energy_uwh: int
    paid: int
    refunded: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _SETTLED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Settled":
        """From a log; ValueError if it is another event's."""
        raw = _SETTLED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_WITHDRAWN_EVENT = Event(
    "EnergyMarket.Withdrawn",
    bytes.fromhex("d1c19fbcd4551a5edfb66d43d2e337c04837afda3482b42bdf569a8fccdae5fb"),
    (
        ("address", True),
        ("address", True),
        ("uint256", False),
    ),
)


class Withdrawn(NamedTuple):
    """An event."""

    meter: str
    account: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _WITHDRAWN_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Withdrawn":
        """From a log; ValueError if it is another event's."""
        raw = _WITHDRAWN_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_BUY = Function(
    "EnergyMarket.buy",
    bytes.fromhex("8db45564"),
    (
        ("refs", "uint256[]"),
        ("meter", "address"),
        ("amount_uwh", "uint64"),
        ("max_price", "uint96"),
        ("salt", "uint64"),
    ),
    (),
)


def buy(*, refs: Sequence[int], meter: str, amount_uwh: int, max_price: int, salt: int) -> bytes:
    """buy(uint256[] refs, address meter, uint64 amountUwh, uint96 maxPrice,…"""
    return _BUY.encode(refs, meter, amount_uwh, max_price, salt)


_CANCEL = Function(
    "EnergyMarket.cancel",
    bytes.fromhex("40e58ee5"),
    (("offer_id", "uint256"),),
    (),
)


def cancel(offer_id: int) -> bytes:
    """cancel(uint256 offerId)."""
    return _CANCEL.encode(offer_id)


_CLOSABLE_FROM = Function(
    "EnergyMarket.closableFrom",
    bytes.fromhex("8517ab41"),
    (("terms", "(uint256,address,uint64,uint96,uint64)"),),
    ("uint256",),
)


def closable_from(terms: Terms) -> Call[int]:
    """closableFrom(Terms terms)."""
    return Call(_CLOSABLE_FROM, _CLOSABLE_FROM.encode(terms), lambda raw: raw[0])


_CLOSE = Function(
    "EnergyMarket.close",
    bytes.fromhex("1d33b067"),
    (("terms", "(uint256,address,uint64,uint96,uint64)"),),
    (),
)


def close(terms: Terms) -> bytes:
    """close(Terms terms)."""
    return _CLOSE.encode(terms)


_DEPOSIT = Function(
    "EnergyMarket.deposit",
    bytes.fromhex("b3fb6564"),
    (
        ("meter", "address"),
        ("amount", "uint128"),
    ),
    (),
)


def deposit(meter: str, amount: int) -> bytes:
    """deposit(address meter, uint128 amount)."""
    return _DEPOSIT.encode(meter, amount)


_EIP712_DOMAIN = Function(
    "EnergyMarket.eip712Domain",
    bytes.fromhex("84b0196e"),
    (),
    (
        "bytes1",
        "string",
        "string",
        "uint256",
        "address",
        "bytes32",
        "uint256[]",
    ),
)


def eip712_domain() -> Call[tuple[bytes, str, str, int, str, bytes, tuple[int, ...]]]:
    """eip712Domain()."""
    return Call(
        _EIP712_DOMAIN,
        _EIP712_DOMAIN.encode(),
        lambda raw: (
            raw[0],
            raw[1],
            raw[2],
            raw[3],
            raw[4],
            raw[5],
            raw[6],
        ),
    )


_LAST_SALT = Function(
    "EnergyMarket.lastSalt",
    bytes.fromhex("81e100c2"),
    (("buyer_meter", "address"),),
    ("uint64",),
)


def last_salt(buyer_meter: str) -> Call[int]:
    """lastSalt(address buyerMeter)."""
    return Call(_LAST_SALT, _LAST_SALT.encode(buyer_meter), lambda raw: raw[0])


_OFFER = Function(
    "EnergyMarket.offer",
    bytes.fromhex("5a21e320"),
    (
        ("meter", "address"),
        ("number", "uint32"),
        ("amount_uwh", "uint64"),
        ("price", "uint96"),
        ("min_credit", "uint16"),
    ),
    (),
)


def offer(*, meter: str, number: int, amount_uwh: int, price: int, min_credit: int) -> bytes:
    """offer(address meter, uint32 number, uint64 amountUwh, uint96 price, u…"""
    return _OFFER.encode(meter, number, amount_uwh, price, min_credit)


_OFFERS = Function(
    "EnergyMarket.offers",
    bytes.fromhex("8a72ea6a"),
    (("offer_id", "uint256"),),
    ("(uint96,uint64,uint32,uint16)",),
)


def offers(offer_id: int) -> Call[Offer]:
    """offers(uint256 offerId)."""
    return Call(_OFFERS, _OFFERS.encode(offer_id), lambda raw: Offer.of(raw[0]))


_PURSE_OF = Function(
    "EnergyMarket.purseOf",
    bytes.fromhex("45742359"),
    (("meter", "address"),),
    ("uint128",),
)


def purse_of(meter: str) -> Call[int]:
    """purseOf(address meter)."""
    return Call(_PURSE_OF, _PURSE_OF.encode(meter), lambda raw: raw[0])


_REGISTRY = Function(
    "EnergyMarket.registry",
    bytes.fromhex("7b103999"),
    (),
    ("address",),
)


def registry() -> Call[str]:
    """registry()."""
    return Call(_REGISTRY, _REGISTRY.encode(), lambda raw: raw[0])


_REPORT = Function(
    "EnergyMarket.report",
    bytes.fromhex("3257fddf"),
    (
        ("terms", "(uint256,address,uint64,uint96,uint64)"),
        ("reading", "(address,uint64,uint64,uint32,uint8,bytes32,bytes32)"),
    ),
    (),
)


def report(terms: Terms, reading: Shown) -> bytes:
    """report(Terms terms, Shown reading)."""
    return _REPORT.encode(terms, reading)


_REPORT_BLOCKS = Function(
    "EnergyMarket.reportBlocks",
    bytes.fromhex("cebb532d"),
    (),
    ("uint32",),
)


def report_blocks() -> Call[int]:
    """reportBlocks()."""
    return Call(_REPORT_BLOCKS, _REPORT_BLOCKS.encode(), lambda raw: raw[0])


_REPRICE = Function(
    "EnergyMarket.reprice",
    bytes.fromhex("6fe6e9c4"),
    (
        ("offer_id", "uint256"),
        ("price", "uint96"),
    ),
    (),
)


def reprice(*, offer_id: int, price: int) -> bytes:
    """reprice(uint256 offerId, uint96 price)."""
    return _REPRICE.encode(offer_id, price)


_SETTLE = Function(
    "EnergyMarket.settle",
    bytes.fromhex("2244f704"),
    (
        ("terms", "(uint256,address,uint64,uint96,uint64)"),
        ("seller", "(uint64,uint64,uint32,bytes32,bytes32)"),
        ("buyer", "(uint64,uint64,uint32,bytes32,bytes32)"),
    ),
    (),
)


def settle(*, terms: Terms, seller: Final, buyer: Final) -> bytes:
    """settle(Terms terms, Final seller, Final buyer)."""
    return _SETTLE.encode(terms, seller, buyer)


_TOKEN = Function(
    "EnergyMarket.token",
    bytes.fromhex("fc0c546a"),
    (),
    ("address",),
)


def token() -> Call[str]:
    """token()."""
    return Call(_TOKEN, _TOKEN.encode(), lambda raw: raw[0])


_TRADE_BLOCKS = Function(
    "EnergyMarket.tradeBlocks",
    bytes.fromhex("73226d8c"),
    (),
    ("uint32",),
)


def trade_blocks() -> Call[int]:
    """tradeBlocks()."""
    return Call(_TRADE_BLOCKS, _TRADE_BLOCKS.encode(), lambda raw: raw[0])


_TRADE_ID = Function(
    "EnergyMarket.tradeId",
    bytes.fromhex("0b85803a"),
    (("terms", "(uint256,address,uint64,uint96,uint64)"),),
    ("bytes32",),
)


def trade_id(terms: Terms) -> Call[bytes]:
    """tradeId(Terms terms)."""
    return Call(_TRADE_ID, _TRADE_ID.encode(terms), lambda raw: raw[0])


_TRADE_OF = Function(
    "EnergyMarket.tradeOf",
    bytes.fromhex("63990230"),
    (("terms", "(uint256,address,uint64,uint96,uint64)"),),
    ("(bool,uint32,uint32,(uint64,uint64,uint32,uint8),(uint64,uint64,uint32,uint8))",),
)


def trade_of(terms: Terms) -> Call[Trade]:
    """tradeOf(Terms terms)."""
    return Call(_TRADE_OF, _TRADE_OF.encode(terms), lambda raw: Trade.of(raw[0]))


_WITHDRAW = Function(
    "EnergyMarket.withdraw",
    bytes.fromhex("08fab167"),
    (
        ("meter", "address"),
        ("amount", "uint128"),
    ),
    (),
)


def withdraw(meter: str, amount: int) -> bytes:
    """withdraw(address meter, uint128 amount)."""
    return _WITHDRAW.encode(meter, amount)


_CONSTRUCTOR = Function(
    "EnergyMarket.constructor",
    bytes.fromhex(""),
    (
        ("token", "address"),
        ("registry", "address"),
        ("report_blocks", "uint32"),
        ("trade_blocks", "uint32"),
    ),
    (),
)


def create(*, token: str, registry: str, report_blocks: int, trade_blocks: int) -> bytes:
    """Creation code: constructor(IERC20 token_, IMeterRegistry registry_, uint32 reportBlo…"""
    return creation(NAME, _CONSTRUCTOR.encode(token, registry, report_blocks, trade_blocks))
