"""GridLedger, made by `python -m contracts.gen`: do not edit."""

from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, Raw, creation

NAME = "GridLedger"


class Account(NamedTuple):
    """A struct."""

    purchased_uwh: int
    transferred_uwh: int
    acknowledged_uwh: int

    @classmethod
    def of(cls, raw: Raw) -> "Account":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2])


class Grid(NamedTuple):
    """A struct."""

    available_uwh: int
    rate: int
    storage_count: int
    purchase_count: int
    capacity_uwh: int
    transfer_count: int
    bill_count: int

    @classmethod
    def of(cls, raw: Raw) -> "Grid":
        """From what eth_abi decoded."""
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6])


_ACKNOWLEDGED_EVENT = Event(
    "GridLedger.Acknowledged",
    bytes.fromhex("1351b21cbd3daf5f64bece38de22fb0d959bbf6ba3e60a9be7b27ba146e6fd3e"),
    (
        ("address", True),
        ("address", True),
        ("uint64", False),
    ),
)


class Acknowledged(NamedTuple):
    """An event."""

    grid: str
    customer: str
    amount_uwh: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _ACKNOWLEDGED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Acknowledged":
        """From a log; ValueError if it is another event's."""
        raw = _ACKNOWLEDGED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_BILL_FILED_EVENT = Event(
    "GridLedger.BillFiled",
    bytes.fromhex("0a2612761cab0812d31c0909be7f1c545ebb93189c9ae63df94d81a877c68e85"),
    (
        ("address", True),
        ("address", True),
        ("bytes32", True),
        ("bytes32", False),
    ),
)


class BillFiled(NamedTuple):
    """An event."""

    purchaser: str
    issuer: str
    trade: bytes
    digest: bytes

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _BILL_FILED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "BillFiled":
        """From a log; ValueError if it is another event's."""
        raw = _BILL_FILED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_BILLED_EVENT = Event(
    "GridLedger.Billed",
    bytes.fromhex("cd9f438d6775363992ad36dca08e7ccad81fbef710acaa1d23152c0bae7bcbbf"),
    (
        ("address", True),
        ("address", True),
        ("bytes32", False),
        ("uint64", False),
    ),
)


class Billed(NamedTuple):
    """An event."""

    grid: str
    customer: str
    digest: bytes
    acknowledged_uwh: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _BILLED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Billed":
        """From a log; ValueError if it is another event's."""
        raw = _BILLED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_FAULT_EVENT = Event(
    "GridLedger.Fault",
    bytes.fromhex("c6ee7825d7bc06e706e6b74ffc185c164ab02ab2236657b187f907615848a8ef"),
    (
        ("address", True),
        ("address", True),
        ("address", False),
        ("uint16", False),
    ),
)


class Fault(NamedTuple):
    """An event."""

    grid: str
    customer: str
    reporter: str
    code: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _FAULT_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Fault":
        """From a log; ValueError if it is another event's."""
        raw = _FAULT_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_PURCHASED_EVENT = Event(
    "GridLedger.Purchased",
    bytes.fromhex("87ee1b14c50fd77a5ffa4dd058a58622770cc8c551022fd8623b0cbaafb00f0b"),
    (
        ("address", True),
        ("address", True),
        ("uint64", False),
        ("uint64", False),
        ("uint256", False),
    ),
)


class Purchased(NamedTuple):
    """An event."""

    grid: str
    customer: str
    quantity_uwh: int
    available_uwh: int
    cost: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _PURCHASED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Purchased":
        """From a log; ValueError if it is another event's."""
        raw = _PURCHASED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4])


_STORAGE_ADDED_EVENT = Event(
    "GridLedger.StorageAdded",
    bytes.fromhex("c65d601aa14d38505b2121d18164534843ced2bf70c2541dce6fcd1033661851"),
    (
        ("address", True),
        ("uint64", False),
        ("uint64", False),
        ("uint64", False),
        ("int32", False),
        ("int32", False),
        ("uint96", False),
    ),
)


class StorageAdded(NamedTuple):
    """An event."""

    grid: str
    capacity_uwh: int
    added_uwh: int
    available_uwh: int
    latitude_e6: int
    longitude_e6: int
    rate: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _STORAGE_ADDED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "StorageAdded":
        """From a log; ValueError if it is another event's."""
        raw = _STORAGE_ADDED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6])


_TRANSFERRED_EVENT = Event(
    "GridLedger.Transferred",
    bytes.fromhex("e3d192930c132c1e9500490c04021a4ec6ad8c43d65f34146549f587fe2e0975"),
    (
        ("address", True),
        ("address", True),
        ("address", False),
        ("uint64", False),
        ("uint40", False),
        ("uint40", False),
    ),
)


class Transferred(NamedTuple):
    """An event."""

    grid: str
    customer: str
    device: str
    amount_uwh: int
    start_time: int
    end_time: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _TRANSFERRED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Transferred":
        """From a log; ValueError if it is another event's."""
        raw = _TRANSFERRED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5])


_ACCOUNT_OF = Function(
    "GridLedger.accountOf",
    bytes.fromhex("9ed55403"),
    (
        ("grid", "address"),
        ("customer", "address"),
    ),
    ("(uint64,uint64,uint64)",),
)


def account_of(*, grid: str, customer: str) -> Call[Account]:
    """accountOf(address grid, address customer)."""
    return Call(_ACCOUNT_OF, _ACCOUNT_OF.encode(grid, customer), lambda raw: Account.of(raw[0]))


_ACKNOWLEDGE = Function(
    "GridLedger.acknowledge",
    bytes.fromhex("b6aaad44"),
    (
        ("grid", "address"),
        ("amount_uwh", "uint64"),
    ),
    (),
)


def acknowledge(grid: str, amount_uwh: int) -> bytes:
    """acknowledge(address grid, uint64 amountUwh)."""
    return _ACKNOWLEDGE.encode(grid, amount_uwh)


_ADD_STORAGE = Function(
    "GridLedger.addStorage",
    bytes.fromhex("62d2e664"),
    (
        ("capacity_uwh", "uint64"),
        ("added_uwh", "uint64"),
        ("latitude_e6", "int32"),
        ("longitude_e6", "int32"),
        ("rate", "uint96"),
    ),
    (),
)


def add_storage(
    *, capacity_uwh: int, added_uwh: int, latitude_e6: int, longitude_e6: int, rate: int
) -> bytes:
    """addStorage(uint64 capacityUwh, uint64 addedUwh, int32 latitudeE6, int…"""
    return _ADD_STORAGE.encode(capacity_uwh, added_uwh, latitude_e6, longitude_e6, rate)


_BILL = Function(
    "GridLedger.bill",
    bytes.fromhex("ec321c92"),
    (
        ("customer", "address"),
        ("digest", "bytes32"),
    ),
    (),
)


def bill(customer: str, digest: bytes) -> bytes:
    """bill(address customer, bytes32 digest)."""
    return _BILL.encode(customer, digest)


_BILL_OF = Function(
    "GridLedger.billOf",
    bytes.fromhex("e19513c9"),
    (
        ("customer", "address"),
        ("grid", "address"),
    ),
    ("bytes32",),
)


def bill_of(*, customer: str, grid: str) -> Call[bytes]:
    """billOf(address customer, address grid)."""
    return Call(_BILL_OF, _BILL_OF.encode(customer, grid), lambda raw: raw[0])


_FAULT = Function(
    "GridLedger.fault",
    bytes.fromhex("8223f8cb"),
    (
        ("grid", "address"),
        ("customer", "address"),
        ("code", "uint16"),
    ),
    (),
)


def fault(*, grid: str, customer: str, code: int) -> bytes:
    """fault(address grid, address customer, uint16 code)."""
    return _FAULT.encode(grid, customer, code)


_FILE_BILL = Function(
    "GridLedger.fileBill",
    bytes.fromhex("7698f2f0"),
    (
        ("purchaser", "address"),
        ("trade", "bytes32"),
        ("digest", "bytes32"),
    ),
    (),
)


def file_bill(*, purchaser: str, trade: bytes, digest: bytes) -> bytes:
    """fileBill(address purchaser, bytes32 trade, bytes32 digest)."""
    return _FILE_BILL.encode(purchaser, trade, digest)


_FILED_BILL = Function(
    "GridLedger.filedBill",
    bytes.fromhex("1bb77f19"),
    (
        ("purchaser", "address"),
        ("issuer", "address"),
        ("trade", "bytes32"),
    ),
    ("bytes32",),
)


def filed_bill(*, purchaser: str, issuer: str, trade: bytes) -> Call[bytes]:
    """filedBill(address purchaser, address issuer, bytes32 trade)."""
    return Call(_FILED_BILL, _FILED_BILL.encode(purchaser, issuer, trade), lambda raw: raw[0])


_GRID_OF = Function(
    "GridLedger.gridOf",
    bytes.fromhex("56fd1ed5"),
    (("grid", "address"),),
    ("(uint64,uint96,uint48,uint48,uint64,uint64,uint64)",),
)


def grid_of(grid: str) -> Call[Grid]:
    """gridOf(address grid)."""
    return Call(_GRID_OF, _GRID_OF.encode(grid), lambda raw: Grid.of(raw[0]))


_PURCHASE = Function(
    "GridLedger.purchase",
    bytes.fromhex("8376c42c"),
    (
        ("grid", "address"),
        ("quantity_uwh", "uint64"),
        ("max_rate", "uint96"),
    ),
    (),
)


def purchase(*, grid: str, quantity_uwh: int, max_rate: int) -> bytes:
    """purchase(address grid, uint64 quantityUwh, uint96 maxRate)."""
    return _PURCHASE.encode(grid, quantity_uwh, max_rate)


_TOKEN = Function(
    "GridLedger.token",
    bytes.fromhex("fc0c546a"),
    (),
    ("address",),
)


def token() -> Call[str]:
    """token()."""
    return Call(_TOKEN, _TOKEN.encode(), lambda raw: raw[0])


_TRANSFER = Function(
    "GridLedger.transfer",
    bytes.fromhex("5bdac9ce"),
    (
        ("customer", "address"),
        ("device", "address"),
        ("amount_uwh", "uint64"),
        ("start_time", "uint40"),
        ("end_time", "uint40"),
    ),
    (),
)


def transfer(
    *, customer: str, device: str, amount_uwh: int, start_time: int, end_time: int
) -> bytes:
    """transfer(address customer, address device, uint64 amountUwh, uint40 s…"""
    return _TRANSFER.encode(customer, device, amount_uwh, start_time, end_time)


_CONSTRUCTOR = Function(
    "GridLedger.constructor",
    bytes.fromhex(""),
    (("token", "address"),),
    (),
)


def create(token: str) -> bytes:
    """Creation code: constructor(IERC20 token_)."""
    return creation(NAME, _CONSTRUCTOR.encode(token))
