"""SmartMeter, made by `python -m contracts.gen`: do not edit."""

from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, creation

NAME = "SmartMeter"


_PRODUCTION_REPORTED_EVENT = Event(
    "SmartMeter.ProductionReported",
    bytes.fromhex("adc2b7529ee2825f9dc38b3784e8971fdb9da338ba56bb0c2db868be4aaa29d2"),
    (
        ("address", True),
        ("uint64", True),
        ("uint64", False),
        ("uint64", False),
    ),
)


class ProductionReported(NamedTuple):
    """An event."""

    meter: str
    number: int
    from_: int
    to: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _PRODUCTION_REPORTED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "ProductionReported":
        """From a log; ValueError if it is another event's."""
        raw = _PRODUCTION_REPORTED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_OPERATOR = Function(
    "SmartMeter.operator",
    bytes.fromhex("570ca735"),
    (),
    ("address",),
)


def operator() -> Call[str]:
    """operator()."""
    return Call(_OPERATOR, _OPERATOR.encode(), lambda raw: raw[0])


_OWNER = Function(
    "SmartMeter.owner",
    bytes.fromhex("8da5cb5b"),
    (),
    ("address",),
)


def owner() -> Call[str]:
    """owner()."""
    return Call(_OWNER, _OWNER.encode(), lambda raw: raw[0])


_REGISTRY = Function(
    "SmartMeter.registry",
    bytes.fromhex("7b103999"),
    (),
    ("address",),
)


def registry() -> Call[str]:
    """registry()."""
    return Call(_REGISTRY, _REGISTRY.encode(), lambda raw: raw[0])


_REPORT_PRODUCTION = Function(
    "SmartMeter.reportProduction",
    bytes.fromhex("52f7b49c"),
    (
        ("meter", "address"),
        ("from_", "uint64"),
        ("to", "uint64"),
        ("number", "uint64"),
        ("min_reward", "uint96"),
        ("r", "bytes32"),
        ("vs", "bytes32"),
    ),
    (),
)


def report_production(
    *, meter: str, from_: int, to: int, number: int, min_reward: int, r: bytes, vs: bytes
) -> bytes:
    """reportProduction(address meter, uint64 from, uint64 to, uint64 number…"""
    return _REPORT_PRODUCTION.encode(meter, from_, to, number, min_reward, r, vs)


_CONSTRUCTOR = Function(
    "SmartMeter.constructor",
    bytes.fromhex(""),
    (
        ("owner", "address"),
        ("registry", "address"),
        ("operator", "address"),
    ),
    (),
)


def create(*, owner: str, registry: str, operator: str) -> bytes:
    """Creation code: constructor(address owner_, IMeterRegistry registry_, IGridOperator o…"""
    return creation(NAME, _CONSTRUCTOR.encode(owner, registry, operator))
