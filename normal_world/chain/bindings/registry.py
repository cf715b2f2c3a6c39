"""MeterRegistry, made by `python -m contracts.gen`: do not edit."""

from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, Raw, creation

NAME = "MeterRegistry"


class Meter(NamedTuple):
    """A struct."""

    feeder: int
    rated_power_w: int
    credit: int
    claimed_import: int
    claimed_export: int
    block_import: int
    block_export: int

    @classmethod
    def of(cls, raw: Raw) -> "Meter":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6])


class Trader(NamedTuple):
    """A struct."""

    account: str
    feeder: int
    credit: int

    @classmethod
    def of(cls, raw: Raw) -> "Trader":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2])


_CLAIMED_EVENT = Event(
    "MeterRegistry.Claimed",
    bytes.fromhex("e891b3823a104bfce8563e8817484d7d4d3d8ef67cab243b13d24b421e94960a"),
    (
        ("address", True),
        ("uint8", True),
        ("uint64", False),
        ("uint64", False),
    ),
)


class Claimed(NamedTuple):
    """An event."""

    meter: str
    direction: int
    from_: int
    to: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _CLAIMED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Claimed":
        """From a log; ValueError if it is another event's."""
        raw = _CLAIMED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_CLAIMER_SET_EVENT = Event(
    "MeterRegistry.ClaimerSet",
    bytes.fromhex("5bd1ef1576935324f663f96de434f2cefe4b3357a5194c415e5ce350e3cc4ef4"),
    (
        ("address", True),
        ("bool", False),
    ),
)


class ClaimerSet(NamedTuple):
    """An event."""

    claimer: str
    allowed: bool

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _CLAIMER_SET_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "ClaimerSet":
        """From a log; ValueError if it is another event's."""
        raw = _CLAIMER_SET_EVENT.read(log)
        return cls(raw[0], raw[1])


_CREDIT_CHANGED_EVENT = Event(
    "MeterRegistry.CreditChanged",
    bytes.fromhex("534e04216c2ea94413b2a3febfcc44a8a7a75b495c9193625f78f566278058f6"),
    (
        ("address", True),
        ("uint16", False),
    ),
)


class CreditChanged(NamedTuple):
    """An event."""

    meter: str
    credit: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _CREDIT_CHANGED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "CreditChanged":
        """From a log; ValueError if it is another event's."""
        raw = _CREDIT_CHANGED_EVENT.read(log)
        return cls(raw[0], raw[1])


_ENROLLED_EVENT = Event(
    "MeterRegistry.Enrolled",
    bytes.fromhex("0ea56a4ec2c4b0e93f2884b60e6c39793745029bf7d75ff2575da968cc833bfa"),
    (
        ("address", True),
        ("address", True),
        ("uint24", True),
        ("uint24", False),
        ("uint16", False),
    ),
)


class Enrolled(NamedTuple):
    """An event."""

    meter: str
    account: str
    feeder: int
    rated_power_w: int
    credit: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _ENROLLED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Enrolled":
        """From a log; ValueError if it is another event's."""
        raw = _ENROLLED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4])


_OWNERSHIP_TRANSFER_STARTED_EVENT = Event(
    "MeterRegistry.OwnershipTransferStarted",
    bytes.fromhex("38d16b8cac22d99fc7c124b9cd0de2d3fa1faef420bfe791d8c362d765e22700"),
    (
        ("address", True),
        ("address", True),
    ),
)


class OwnershipTransferStarted(NamedTuple):
    """An event."""

    previous_owner: str
    new_owner: str

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _OWNERSHIP_TRANSFER_STARTED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "OwnershipTransferStarted":
        """From a log; ValueError if it is another event's."""
        raw = _OWNERSHIP_TRANSFER_STARTED_EVENT.read(log)
        return cls(raw[0], raw[1])


_OWNERSHIP_TRANSFERRED_EVENT = Event(
    "MeterRegistry.OwnershipTransferred",
    bytes.fromhex("8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e0"),
    (
        ("address", True),
        ("address", True),
    ),
)


class OwnershipTransferred(NamedTuple):
    """An event."""

    previous_owner: str
    new_owner: str

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _OWNERSHIP_TRANSFERRED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "OwnershipTransferred":
        """From a log; ValueError if it is another event's."""
        raw = _OWNERSHIP_TRANSFERRED_EVENT.read(log)
        return cls(raw[0], raw[1])


_RETIRED_EVENT = Event(
    "MeterRegistry.Retired",
    bytes.fromhex("da9d2e31afb0de4b09fe65662e5e025013186f59dd81d4946248587a2f77c6df"),
    (("address", True),),
)


class Retired(NamedTuple):
    """An event."""

    meter: str

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _RETIRED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Retired":
        """From a log; ValueError if it is another event's."""
        raw = _RETIRED_EVENT.read(log)
        return cls(raw[0])


_TRADE_CLAIMED_EVENT = Event(
    "MeterRegistry.TradeClaimed",
    bytes.fromhex("23d503f63ee92fa7b038bab036938a2c17082d780f8bb507a2b2dfa55956dbc4"),
    (
        ("address", True),
        ("address", True),
        ("uint64", False),
        ("uint64", False),
        ("uint64", False),
        ("uint64", False),
        ("uint16", False),
        ("uint16", False),
    ),
)


class TradeClaimed(NamedTuple):
    """An event."""

    seller: str
    buyer: str
    export_from: int
    export_to: int
    import_from: int
    import_to: int
    seller_credit: int
    buyer_credit: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _TRADE_CLAIMED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "TradeClaimed":
        """From a log; ValueError if it is another event's."""
        raw = _TRADE_CLAIMED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6], raw[7])


_ACCEPT_OWNERSHIP = Function(
    "MeterRegistry.acceptOwnership",
    bytes.fromhex("79ba5097"),
    (),
    (),
)


def accept_ownership() -> bytes:
    """acceptOwnership()."""
    return _ACCEPT_OWNERSHIP.encode()


_ACCOUNT_OF = Function(
    "MeterRegistry.accountOf",
    bytes.fromhex("8086b8ba"),
    (("meter", "address"),),
    ("address",),
)


def account_of(meter: str) -> Call[str]:
    """accountOf(address meter)."""
    return Call(_ACCOUNT_OF, _ACCOUNT_OF.encode(meter), lambda raw: raw[0])


_BLOCK_MILLISECONDS = Function(
    "MeterRegistry.blockMilliseconds",
    bytes.fromhex("39c0e898"),
    (),
    ("uint32",),
)


def block_milliseconds() -> Call[int]:
    """blockMilliseconds()."""
    return Call(_BLOCK_MILLISECONDS, _BLOCK_MILLISECONDS.encode(), lambda raw: raw[0])


_CHANGE_CREDIT = Function(
    "MeterRegistry.changeCredit",
    bytes.fromhex("73d1571a"),
    (
        ("meter", "address"),
        ("change", "int16"),
    ),
    (),
)


def change_credit(meter: str, change: int) -> bytes:
    """changeCredit(address meter, int16 change)."""
    return _CHANGE_CREDIT.encode(meter, change)


_CLAIM = Function(
    "MeterRegistry.claim",
    bytes.fromhex("3f8d1627"),
    (
        ("meter", "address"),
        ("direction", "uint8"),
        ("from_", "uint64"),
        ("to", "uint64"),
    ),
    (),
)


def claim(*, meter: str, direction: int, from_: int, to: int) -> bytes:
    """claim(address meter, uint8 direction, uint64 from, uint64 to)."""
    return _CLAIM.encode(meter, direction, from_, to)


_CLAIM_AT_MOST = Function(
    "MeterRegistry.claimAtMost",
    bytes.fromhex("f8205087"),
    (
        ("meter", "address"),
        ("direction", "uint8"),
        ("from_", "uint64"),
        ("to", "uint64"),
    ),
    (),
)


def claim_at_most(*, meter: str, direction: int, from_: int, to: int) -> bytes:
    """claimAtMost(address meter, uint8 direction, uint64 from, uint64 to)."""
    return _CLAIM_AT_MOST.encode(meter, direction, from_, to)


_CLAIM_TRADE = Function(
    "MeterRegistry.claimTrade",
    bytes.fromhex("701b6c1b"),
    (
        ("seller", "address"),
        ("export_from", "uint64"),
        ("export_to", "uint64"),
        ("buyer", "address"),
        ("import_from", "uint64"),
        ("import_to", "uint64"),
        ("change", "int16"),
    ),
    (),
)


def claim_trade(
    *,
    seller: str,
    export_from: int,
    export_to: int,
    buyer: str,
    import_from: int,
    import_to: int,
    change: int,
) -> bytes:
    """claimTrade(address seller, uint64 exportFrom, uint64 exportTo, addres…"""
    return _CLAIM_TRADE.encode(
        seller, export_from, export_to, buyer, import_from, import_to, change
    )


_CLAIMED_UP_TO = Function(
    "MeterRegistry.claimedUpTo",
    bytes.fromhex("851a1c53"),
    (
        ("meter", "address"),
        ("direction", "uint8"),
    ),
    ("uint64",),
)


def claimed_up_to(meter: str, direction: int) -> Call[int]:
    """claimedUpTo(address meter, uint8 direction)."""
    return Call(_CLAIMED_UP_TO, _CLAIMED_UP_TO.encode(meter, direction), lambda raw: raw[0])


_CREDIT_OF = Function(
    "MeterRegistry.creditOf",
    bytes.fromhex("75807250"),
    (("meter", "address"),),
    ("uint16",),
)


def credit_of(meter: str) -> Call[int]:
    """creditOf(address meter)."""
    return Call(_CREDIT_OF, _CREDIT_OF.encode(meter), lambda raw: raw[0])


_ENROLL = Function(
    "MeterRegistry.enroll",
    bytes.fromhex("1a8dc97a"),
    (
        ("meter", "address"),
        ("account", "address"),
        ("feeder", "uint24"),
        ("rated_power_w", "uint24"),
        ("credit", "uint16"),
    ),
    (),
)


def enroll(*, meter: str, account: str, feeder: int, rated_power_w: int, credit: int) -> bytes:
    """enroll(address meter, address account, uint24 feeder, uint24 ratedPow…"""
    return _ENROLL.encode(meter, account, feeder, rated_power_w, credit)


_IS_CLAIMER = Function(
    "MeterRegistry.isClaimer",
    bytes.fromhex("10a8aecd"),
    (("claimer", "address"),),
    ("bool",),
)


def is_claimer(claimer: str) -> Call[bool]:
    """isClaimer(address claimer)."""
    return Call(_IS_CLAIMER, _IS_CLAIMER.encode(claimer), lambda raw: raw[0])


_METER_OF = Function(
    "MeterRegistry.meterOf",
    bytes.fromhex("4479314b"),
    (("meter", "address"),),
    ("(uint24,uint24,uint16,uint64,uint64,uint32,uint32)",),
)


def meter_of(meter: str) -> Call[Meter]:
    """meterOf(address meter)."""
    return Call(_METER_OF, _METER_OF.encode(meter), lambda raw: Meter.of(raw[0]))


_OWNER = Function(
    "MeterRegistry.owner",
    bytes.fromhex("8da5cb5b"),
    (),
    ("address",),
)


def owner() -> Call[str]:
    """owner()."""
    return Call(_OWNER, _OWNER.encode(), lambda raw: raw[0])


_PAIR_OF = Function(
    "MeterRegistry.pairOf",
    bytes.fromhex("e1e212e1"),
    (
        ("seller", "address"),
        ("buyer", "address"),
    ),
    (
        "uint24",
        "uint24",
        "uint16",
        "address",
    ),
)


def pair_of(*, seller: str, buyer: str) -> Call[tuple[int, int, int, str]]:
    """pairOf(address seller, address buyer)."""
    return Call(
        _PAIR_OF,
        _PAIR_OF.encode(seller, buyer),
        lambda raw: (
            raw[0],
            raw[1],
            raw[2],
            raw[3],
        ),
    )


_PENDING_OWNER = Function(
    "MeterRegistry.pendingOwner",
    bytes.fromhex("e30c3978"),
    (),
    ("address",),
)


def pending_owner() -> Call[str]:
    """pendingOwner()."""
    return Call(_PENDING_OWNER, _PENDING_OWNER.encode(), lambda raw: raw[0])


_RENOUNCE_OWNERSHIP = Function(
    "MeterRegistry.renounceOwnership",
    bytes.fromhex("715018a6"),
    (),
    (),
)


def renounce_ownership() -> bytes:
    """renounceOwnership()."""
    return _RENOUNCE_OWNERSHIP.encode()


_RETIRE = Function(
    "MeterRegistry.retire",
    bytes.fromhex("9e6371ba"),
    (("meter", "address"),),
    (),
)


def retire(meter: str) -> bytes:
    """retire(address meter)."""
    return _RETIRE.encode(meter)


_SET_CLAIMER = Function(
    "MeterRegistry.setClaimer",
    bytes.fromhex("3d4c415a"),
    (
        ("claimer", "address"),
        ("allowed", "bool"),
    ),
    (),
)


def set_claimer(claimer: str, allowed: bool) -> bytes:
    """setClaimer(address claimer, bool allowed)."""
    return _SET_CLAIMER.encode(claimer, allowed)


_TRADER_OF = Function(
    "MeterRegistry.traderOf",
    bytes.fromhex("6fafde68"),
    (("meter", "address"),),
    ("(address,uint24,uint16)",),
)


def trader_of(meter: str) -> Call[Trader]:
    """traderOf(address meter)."""
    return Call(_TRADER_OF, _TRADER_OF.encode(meter), lambda raw: Trader.of(raw[0]))


_TRANSFER_OWNERSHIP = Function(
    "MeterRegistry.transferOwnership",
    bytes.fromhex("f2fde38b"),
    (("new_owner", "address"),),
    (),
)


def transfer_ownership(new_owner: str) -> bytes:
    """transferOwnership(address newOwner)."""
    return _TRANSFER_OWNERSHIP.encode(new_owner)


_CONSTRUCTOR = Function(
    "MeterRegistry.constructor",
    bytes.fromhex(""),
    (
        ("owner", "address"),
        ("block_milliseconds", "uint32"),
    ),
    (),
)


def create(owner: str, block_milliseconds: int) -> bytes:
    """Creation code: constructor(address owner_, uint32 blockMilliseconds_)."""
    return creation(NAME, _CONSTRUCTOR.encode(owner, block_milliseconds))
