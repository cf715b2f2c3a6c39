"""RegistryGate, made by `python -m contracts.gen`: do not edit."""

from normal_world.chain.binding import Call, Function, creation

NAME = "RegistryGate"


_FEEDER = Function(
    "RegistryGate.feeder",
    bytes.fromhex("a788a716"),
    (),
    ("uint24",),
)


def feeder() -> Call[int]:
    """feeder()."""
    return Call(_FEEDER, _FEEDER.encode(), lambda raw: raw[0])


_MAY_BID = Function(
    "RegistryGate.mayBid",
    bytes.fromhex("743ce3fc"),
    (("meter", "address"),),
    ("bool",),
)


def may_bid(meter: str) -> Call[bool]:
    """mayBid(address meter)."""
    return Call(_MAY_BID, _MAY_BID.encode(meter), lambda raw: raw[0])


_REGISTRY = Function(
    "RegistryGate.registry",
    bytes.fromhex("7b103999"),
    (),
    ("address",),
)


def registry() -> Call[str]:
    """registry()."""
    return Call(_REGISTRY, _REGISTRY.encode(), lambda raw: raw[0])


_CONSTRUCTOR = Function(
    "RegistryGate.constructor",
    bytes.fromhex(""),
    (
        ("registry", "address"),
        ("feeder", "uint24"),
    ),
    (),
)


def create(registry: str, feeder: int) -> bytes:
    """Creation code: constructor(IMeterRegistry registry_, uint24 feeder_)."""
    return creation(NAME, _CONSTRUCTOR.encode(registry, feeder))
