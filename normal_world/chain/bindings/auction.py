"""EnergyAuction, made by `python -m contracts.gen`: do not edit."""

from collections.abc import Sequence
from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, Raw, creation

NAME = "EnergyAuction"


class Settings(NamedTuple):
    """A struct."""

    slot_blocks: int
    commit_blocks: int
    reveal_blocks: int
    deposit: int
    order_fee: int
    grid_buy_price: int
    feed_in_price: int

    @classmethod
    def of(cls, raw: Raw) -> "Settings":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6])


class Placement(NamedTuple):
    """A struct."""

    meter: str
    direction: int
    from_: int
    to: int
    price: int
    salt: int
    r: bytes
    vs: bytes

    @classmethod
    def of(cls, raw: Raw) -> "Placement":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6], raw[7])


class Round(NamedTuple):
    """A struct."""

    link: bytes
    sells: int
    buys: int
    stage: int

    @classmethod
    def of(cls, raw: Raw) -> "Round":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3])


_CLEARED_EVENT = Event(
    "EnergyAuction.Cleared",
    bytes.fromhex("b5348e84371fdbb7ba070d9f280a15d4eb4e98d99b8c45b503106a87248fa8c6"),
    (
        ("uint64", True),
        ("address", True),
        ("uint256", False),
        ("uint256", False),
        ("uint256", False),
        ("uint256", False),
        ("uint256", False),
    ),
)


class Cleared(NamedTuple):
    """An event."""

    slot: int
    clearer: str
    traded_uwh: int
    funds: int
    income: int
    spent: int
    owed: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _CLEARED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Cleared":
        """From a log; ValueError if it is another event's."""
        raw = _CLEARED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6])


_COLLECTED_EVENT = Event(
    "EnergyAuction.Collected",
    bytes.fromhex("8c22f554c81b54107cd95e734e4ef45767214974a540f34ea4a4f8c3fc7b13c3"),
    (
        ("address", True),
        ("uint256", False),
    ),
)


class Collected(NamedTuple):
    """An event."""

    meter: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _COLLECTED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Collected":
        """From a log; ValueError if it is another event's."""
        raw = _COLLECTED_EVENT.read(log)
        return cls(raw[0], raw[1])


_COMMITTED_EVENT = Event(
    "EnergyAuction.Committed",
    bytes.fromhex("9044c1cf8834a3fba67545c1d372f31521eec902a07e0721f11547c9fde1ddb6"),
    (
        ("uint64", True),
        ("address", True),
    ),
)


class Committed(NamedTuple):
    """An event."""

    slot: int
    meter: str

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _COMMITTED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Committed":
        """From a log; ValueError if it is another event's."""
        raw = _COMMITTED_EVENT.read(log)
        return cls(raw[0], raw[1])


_DEPOSITED_EVENT = Event(
    "EnergyAuction.Deposited",
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


_DRAWN_EVENT = Event(
    "EnergyAuction.Drawn",
    bytes.fromhex("8c1b67e87f3112e697c917245ce572387b69385fedf29a6b61b7916ad469afa0"),
    (
        ("address", True),
        ("uint256", False),
    ),
)


class Drawn(NamedTuple):
    """An event."""

    account: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _DRAWN_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Drawn":
        """From a log; ValueError if it is another event's."""
        raw = _DRAWN_EVENT.read(log)
        return cls(raw[0], raw[1])


_FORFEITED_EVENT = Event(
    "EnergyAuction.Forfeited",
    bytes.fromhex("5b1c616c572bf4d007644e7a85cb76c1ad8ad649c2587712bc80495fe76343a6"),
    (
        ("address", True),
        ("uint256", False),
    ),
)


class Forfeited(NamedTuple):
    """An event."""

    meter: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _FORFEITED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Forfeited":
        """From a log; ValueError if it is another event's."""
        raw = _FORFEITED_EVENT.read(log)
        return cls(raw[0], raw[1])


_FUNDED_EVENT = Event(
    "EnergyAuction.Funded",
    bytes.fromhex("5af8184bef8e4b45eb9f6ed7734d04da38ced226495548f46e0c8ff8d7d9a524"),
    (
        ("address", True),
        ("uint256", False),
    ),
)


class Funded(NamedTuple):
    """An event."""

    payer: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _FUNDED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Funded":
        """From a log; ValueError if it is another event's."""
        raw = _FUNDED_EVENT.read(log)
        return cls(raw[0], raw[1])


_OWED_EVENT = Event(
    "EnergyAuction.Owed",
    bytes.fromhex("80f14ef2eb9e3ab495a3a712c1d7abaa16ee646b3291229c0b8cf27dc888f086"),
    (
        ("uint64", True),
        ("address", True),
        ("uint128", False),
    ),
)


class Owed(NamedTuple):
    """An event."""

    slot: int
    meter: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _OWED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Owed":
        """From a log; ValueError if it is another event's."""
        raw = _OWED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_OWNERSHIP_TRANSFER_STARTED_EVENT = Event(
    "EnergyAuction.OwnershipTransferStarted",
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
    "EnergyAuction.OwnershipTransferred",
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


_PAID_EVENT = Event(
    "EnergyAuction.Paid",
    bytes.fromhex("a0c198c17ce5a679aa9a0dee3532298c120a0f4587592d4e4977189621bebbcc"),
    (
        ("uint64", True),
        ("address", True),
        ("uint96", False),
    ),
)


class Paid(NamedTuple):
    """An event."""

    slot: int
    meter: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _PAID_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Paid":
        """From a log; ValueError if it is another event's."""
        raw = _PAID_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_PLACED_EVENT = Event(
    "EnergyAuction.Placed",
    bytes.fromhex("b172b5e59e871c122ac905eb468a3ba59caa52575383721ccd734593bc1d32d9"),
    (
        ("uint64", True),
        ("address", True),
        ("uint8", False),
        ("uint64", False),
        ("uint96", False),
    ),
)


class Placed(NamedTuple):
    """An event."""

    slot: int
    meter: str
    direction: int
    energy_uwh: int
    price: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _PLACED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Placed":
        """From a log; ValueError if it is another event's."""
        raw = _PLACED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4])


_TARIFF_SET_EVENT = Event(
    "EnergyAuction.TariffSet",
    bytes.fromhex("c64c67a22bf4b7040a3f9d191cc3e52fbb7cb03804a2af973afece831ccc7085"),
    (
        ("uint64", True),
        ("uint88", False),
        ("uint88", False),
    ),
)


class TariffSet(NamedTuple):
    """An event."""

    from_slot: int
    grid_buy_price: int
    feed_in_price: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _TARIFF_SET_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "TariffSet":
        """From a log; ValueError if it is another event's."""
        raw = _TARIFF_SET_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_WITHDRAWN_EVENT = Event(
    "EnergyAuction.Withdrawn",
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


_MAX_ORDERS = Function(
    "EnergyAuction.MAX_ORDERS",
    bytes.fromhex("93254b0e"),
    (),
    ("uint256",),
)


def max_orders() -> Call[int]:
    """MAX_ORDERS()."""
    return Call(_MAX_ORDERS, _MAX_ORDERS.encode(), lambda raw: raw[0])


_ACCEPT_OWNERSHIP = Function(
    "EnergyAuction.acceptOwnership",
    bytes.fromhex("79ba5097"),
    (),
    (),
)


def accept_ownership() -> bytes:
    """acceptOwnership()."""
    return _ACCEPT_OWNERSHIP.encode()


_CLEAR = Function(
    "EnergyAuction.clear",
    bytes.fromhex("d32b7424"),
    (
        ("slot", "uint64"),
        ("orders", "bytes"),
        ("ranks", "bytes"),
        ("pay_now", "uint256"),
    ),
    (),
)


def clear(*, slot: int, orders: bytes, ranks: bytes, pay_now: int) -> bytes:
    """clear(uint64 slot, bytes orders, bytes ranks, uint256 payNow)."""
    return _CLEAR.encode(slot, orders, ranks, pay_now)


_COLLECT = Function(
    "EnergyAuction.collect",
    bytes.fromhex("06ec16f8"),
    (("meter", "address"),),
    (),
)


def collect(meter: str) -> bytes:
    """collect(address meter)."""
    return _COLLECT.encode(meter)


_COMMIT = Function(
    "EnergyAuction.commit",
    bytes.fromhex("ac795e6f"),
    (
        ("slot", "uint64"),
        ("meter", "address"),
        ("commitment", "bytes18"),
    ),
    (),
)


def commit(slot: int, meter: str, commitment: bytes) -> bytes:
    """commit(uint64 slot, address meter, bytes18 commitment)."""
    return _COMMIT.encode(slot, meter, commitment)


_COMMIT_BLOCKS = Function(
    "EnergyAuction.commitBlocks",
    bytes.fromhex("3163e12f"),
    (),
    ("uint32",),
)


def commit_blocks() -> Call[int]:
    """commitBlocks()."""
    return Call(_COMMIT_BLOCKS, _COMMIT_BLOCKS.encode(), lambda raw: raw[0])


_COMMITMENT_OF = Function(
    "EnergyAuction.commitmentOf",
    bytes.fromhex("af22d803"),
    (
        ("slot", "uint64"),
        ("meter", "address"),
        ("direction", "uint8"),
        ("from_", "uint64"),
        ("to", "uint64"),
        ("price", "uint96"),
        ("salt", "uint128"),
    ),
    ("bytes18",),
)


def commitment_of(
    *, slot: int, meter: str, direction: int, from_: int, to: int, price: int, salt: int
) -> Call[bytes]:
    """commitmentOf(uint64 slot, address meter, uint8 direction, uint64 from…"""
    return Call(
        _COMMITMENT_OF,
        _COMMITMENT_OF.encode(slot, meter, direction, from_, to, price, salt),
        lambda raw: raw[0],
    )


_DEPOSIT = Function(
    "EnergyAuction.deposit",
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


_DRAW = Function(
    "EnergyAuction.draw",
    bytes.fromhex("01ef0b32"),
    (("amount", "uint128"),),
    (),
)


def draw(amount: int) -> bytes:
    """draw(uint128 amount)."""
    return _DRAW.encode(amount)


_FUND = Function(
    "EnergyAuction.fund",
    bytes.fromhex("59f807b3"),
    (("amount", "uint128"),),
    (),
)


def fund(amount: int) -> bytes:
    """fund(uint128 amount)."""
    return _FUND.encode(amount)


_GATE = Function(
    "EnergyAuction.gate",
    bytes.fromhex("7a0ebc88"),
    (),
    ("address",),
)


def gate() -> Call[str]:
    """gate()."""
    return Call(_GATE, _GATE.encode(), lambda raw: raw[0])


_GIVEN_OF = Function(
    "EnergyAuction.givenOf",
    bytes.fromhex("3f461c9c"),
    (
        ("meter", "address"),
        ("slot", "uint64"),
    ),
    (
        "bool",
        "bytes18",
    ),
)


def given_of(meter: str, slot: int) -> Call[tuple[bool, bytes]]:
    """givenOf(address meter, uint64 slot)."""
    return Call(
        _GIVEN_OF,
        _GIVEN_OF.encode(meter, slot),
        lambda raw: (
            raw[0],
            raw[1],
        ),
    )


_LINK_OF = Function(
    "EnergyAuction.linkOf",
    bytes.fromhex("001af1d6"),
    (("payouts", "bytes"),),
    ("bytes27",),
)


def link_of(payouts: bytes) -> Call[bytes]:
    """linkOf(bytes payouts)."""
    return Call(_LINK_OF, _LINK_OF.encode(payouts), lambda raw: raw[0])


_OPEN_SLOT = Function(
    "EnergyAuction.openSlot",
    bytes.fromhex("24b91fbd"),
    (),
    (
        "uint64",
        "uint256",
        "uint256",
    ),
)


def open_slot() -> Call[tuple[int, int, int]]:
    """openSlot()."""
    return Call(
        _OPEN_SLOT,
        _OPEN_SLOT.encode(),
        lambda raw: (
            raw[0],
            raw[1],
            raw[2],
        ),
    )


_ORDER_DEPOSIT = Function(
    "EnergyAuction.orderDeposit",
    bytes.fromhex("56069b8c"),
    (),
    ("uint88",),
)


def order_deposit() -> Call[int]:
    """orderDeposit()."""
    return Call(_ORDER_DEPOSIT, _ORDER_DEPOSIT.encode(), lambda raw: raw[0])


_ORDER_FEE = Function(
    "EnergyAuction.orderFee",
    bytes.fromhex("1392fb3e"),
    (),
    ("uint88",),
)


def order_fee() -> Call[int]:
    """orderFee()."""
    return Call(_ORDER_FEE, _ORDER_FEE.encode(), lambda raw: raw[0])


_OWED_TO = Function(
    "EnergyAuction.owedTo",
    bytes.fromhex("8462d661"),
    (("meter", "address"),),
    ("uint256",),
)


def owed_to(meter: str) -> Call[int]:
    """owedTo(address meter)."""
    return Call(_OWED_TO, _OWED_TO.encode(meter), lambda raw: raw[0])


_OWNER = Function(
    "EnergyAuction.owner",
    bytes.fromhex("8da5cb5b"),
    (),
    ("address",),
)


def owner() -> Call[str]:
    """owner()."""
    return Call(_OWNER, _OWNER.encode(), lambda raw: raw[0])


_PAY = Function(
    "EnergyAuction.pay",
    bytes.fromhex("e58f245f"),
    (
        ("slot", "uint64"),
        ("payouts", "bytes"),
        ("rest", "bytes27"),
    ),
    (),
)


def pay(*, slot: int, payouts: bytes, rest: bytes) -> bytes:
    """pay(uint64 slot, bytes payouts, bytes27 rest)."""
    return _PAY.encode(slot, payouts, rest)


_PAYOUTS_OF = Function(
    "EnergyAuction.payoutsOf",
    bytes.fromhex("59758863"),
    (
        ("slot", "uint64"),
        ("orders", "bytes"),
        ("ranks", "bytes"),
        ("funds", "uint256"),
    ),
    ("bytes",),
)


def payouts_of(*, slot: int, orders: bytes, ranks: bytes, funds: int) -> Call[bytes]:
    """payoutsOf(uint64 slot, bytes orders, bytes ranks, uint256 funds_)."""
    return Call(_PAYOUTS_OF, _PAYOUTS_OF.encode(slot, orders, ranks, funds), lambda raw: raw[0])


_PENDING_OWNER = Function(
    "EnergyAuction.pendingOwner",
    bytes.fromhex("e30c3978"),
    (),
    ("address",),
)


def pending_owner() -> Call[str]:
    """pendingOwner()."""
    return Call(_PENDING_OWNER, _PENDING_OWNER.encode(), lambda raw: raw[0])


_PLACE = Function(
    "EnergyAuction.place",
    bytes.fromhex("d04e6c0f"),
    (
        ("slot", "uint64"),
        ("placements", "(address,uint8,uint64,uint64,uint96,uint128,bytes32,bytes32)[]"),
    ),
    (),
)


def place(slot: int, placements: Sequence[Placement]) -> bytes:
    """place(uint64 slot, Placement[] placements)."""
    return _PLACE.encode(slot, placements)


_PURSE_OF = Function(
    "EnergyAuction.purseOf",
    bytes.fromhex("45742359"),
    (("meter", "address"),),
    ("uint128",),
)


def purse_of(meter: str) -> Call[int]:
    """purseOf(address meter)."""
    return Call(_PURSE_OF, _PURSE_OF.encode(meter), lambda raw: raw[0])


_REGISTRY = Function(
    "EnergyAuction.registry",
    bytes.fromhex("7b103999"),
    (),
    ("address",),
)


def registry() -> Call[str]:
    """registry()."""
    return Call(_REGISTRY, _REGISTRY.encode(), lambda raw: raw[0])


_RENOUNCE_OWNERSHIP = Function(
    "EnergyAuction.renounceOwnership",
    bytes.fromhex("715018a6"),
    (),
    (),
)


def renounce_ownership() -> bytes:
    """renounceOwnership()."""
    return _RENOUNCE_OWNERSHIP.encode()


_REVEAL_BLOCKS = Function(
    "EnergyAuction.revealBlocks",
    bytes.fromhex("6d40f480"),
    (),
    ("uint32",),
)


def reveal_blocks() -> Call[int]:
    """revealBlocks()."""
    return Call(_REVEAL_BLOCKS, _REVEAL_BLOCKS.encode(), lambda raw: raw[0])


_ROUND_OF = Function(
    "EnergyAuction.roundOf",
    bytes.fromhex("758f7b54"),
    (("slot", "uint64"),),
    ("(bytes27,uint16,uint16,uint8)",),
)


def round_of(slot: int) -> Call[Round]:
    """roundOf(uint64 slot)."""
    return Call(_ROUND_OF, _ROUND_OF.encode(slot), lambda raw: Round.of(raw[0]))


_SET_TARIFF = Function(
    "EnergyAuction.setTariff",
    bytes.fromhex("b0f22d78"),
    (
        ("grid_buy_price", "uint88"),
        ("feed_in_price", "uint88"),
    ),
    (),
)


def set_tariff(*, grid_buy_price: int, feed_in_price: int) -> bytes:
    """setTariff(uint88 gridBuyPrice, uint88 feedInPrice)."""
    return _SET_TARIFF.encode(grid_buy_price, feed_in_price)


_SLOT_BLOCKS = Function(
    "EnergyAuction.slotBlocks",
    bytes.fromhex("b7fba0bb"),
    (),
    ("uint32",),
)


def slot_blocks() -> Call[int]:
    """slotBlocks()."""
    return Call(_SLOT_BLOCKS, _SLOT_BLOCKS.encode(), lambda raw: raw[0])


_TARIFF_OF = Function(
    "EnergyAuction.tariffOf",
    bytes.fromhex("80dd8e90"),
    (("slot", "uint64"),),
    (
        "uint88",
        "uint88",
    ),
)


def tariff_of(slot: int) -> Call[tuple[int, int]]:
    """tariffOf(uint64 slot)."""
    return Call(
        _TARIFF_OF,
        _TARIFF_OF.encode(slot),
        lambda raw: (
            raw[0],
            raw[1],
        ),
    )


_TOKEN = Function(
    "EnergyAuction.token",
    bytes.fromhex("fc0c546a"),
    (),
    ("address",),
)


def token() -> Call[str]:
    """token()."""
    return Call(_TOKEN, _TOKEN.encode(), lambda raw: raw[0])


_TRANSFER_OWNERSHIP = Function(
    "EnergyAuction.transferOwnership",
    bytes.fromhex("f2fde38b"),
    (("new_owner", "address"),),
    (),
)


def transfer_ownership(new_owner: str) -> bytes:
    """transferOwnership(address newOwner)."""
    return _TRANSFER_OWNERSHIP.encode(new_owner)


_UTILITY = Function(
    "EnergyAuction.utility",
    bytes.fromhex("40b2f5b5"),
    (),
    (
        "uint256",
        "uint256",
    ),
)


def utility() -> Call[tuple[int, int]]:
    """utility()."""
    return Call(
        _UTILITY,
        _UTILITY.encode(),
        lambda raw: (
            raw[0],
            raw[1],
        ),
    )


_WITHDRAW = Function(
    "EnergyAuction.withdraw",
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
    "EnergyAuction.constructor",
    bytes.fromhex(""),
    (
        ("token", "address"),
        ("registry", "address"),
        ("gate", "address"),
        ("utility", "address"),
        ("settings", "(uint32,uint32,uint32,uint88,uint88,uint88,uint88)"),
    ),
    (),
)


def create(*, token: str, registry: str, gate: str, utility: str, settings: Settings) -> bytes:
    """Creation code: constructor(IERC20 token_, IMeterRegistry registry_, IBidderGate gate…"""
    return creation(NAME, _CONSTRUCTOR.encode(token, registry, gate, utility, settings))
