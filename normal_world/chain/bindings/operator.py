"""GridOperator, made by `python -m contracts.gen`: do not edit."""

from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, creation

NAME = "GridOperator"


_ENERGY_BOUGHT_EVENT = Event(
    "GridOperator.EnergyBought",
    bytes.fromhex("b1dacabd049a0f638b82d31c5c9a1bce2abc9f7d64a54cedefdbbb5f437bb229"),
    (
        ("address", True),
        ("uint64", False),
        ("uint96", False),
        ("uint256", False),
    ),
)


class EnergyBought(NamedTuple):
    """An event."""

    buyer: str
    amount_uwh: int
    price: int
    paid: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _ENERGY_BOUGHT_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "EnergyBought":
        """From a log; ValueError if it is another event's."""
        raw = _ENERGY_BOUGHT_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3])


_OWNERSHIP_TRANSFER_STARTED_EVENT = Event(
    "GridOperator.OwnershipTransferStarted",
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
    "GridOperator.OwnershipTransferred",
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


_PRICE_SET_EVENT = Event(
    "GridOperator.PriceSet",
    bytes.fromhex("4a503da6173d16618e27d3133dc928e98ccb619f091248ae1b632c7a4dfb76b4"),
    (("uint96", False),),
)


class PriceSet(NamedTuple):
    """An event."""

    price: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _PRICE_SET_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "PriceSet":
        """From a log; ValueError if it is another event's."""
        raw = _PRICE_SET_EVENT.read(log)
        return cls(raw[0])


_REWARD_SET_EVENT = Event(
    "GridOperator.RewardSet",
    bytes.fromhex("f3f6f3c152c3785cb4b05439b660f360de0fd05b4245f58ed2c224006754aaae"),
    (("uint96", False),),
)


class RewardSet(NamedTuple):
    """An event."""

    reward: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _REWARD_SET_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "RewardSet":
        """From a log; ValueError if it is another event's."""
        raw = _REWARD_SET_EVENT.read(log)
        return cls(raw[0])


_REWARDED_EVENT = Event(
    "GridOperator.Rewarded",
    bytes.fromhex("3c1b06281b3a6083e92dc29b9191bd457bcc7de71bada37abb2f9a2b93e0fab7"),
    (
        ("address", True),
        ("address", True),
        ("address", True),
        ("uint64", False),
        ("uint96", False),
        ("uint256", False),
    ),
)


class Rewarded(NamedTuple):
    """An event."""

    meter: str
    account: str
    smart_meter: str
    energy_uwh: int
    reward: int
    paid: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _REWARDED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Rewarded":
        """From a log; ValueError if it is another event's."""
        raw = _REWARDED_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5])


_TRUSTED_EVENT = Event(
    "GridOperator.Trusted",
    bytes.fromhex("5f58205cd8a82390056ff2b435fe71aa3f2d06d2bee96e3a48990db41a29e5ab"),
    (("address", True),),
)


class Trusted(NamedTuple):
    """An event."""

    smart_meter: str

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _TRUSTED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Trusted":
        """From a log; ValueError if it is another event's."""
        raw = _TRUSTED_EVENT.read(log)
        return cls(raw[0])


_UNTRUSTED_EVENT = Event(
    "GridOperator.Untrusted",
    bytes.fromhex("2c163a98ea447207cc320ae7da6fcaa6c0548ae06dd982fe22c79bf866297959"),
    (("address", True),),
)


class Untrusted(NamedTuple):
    """An event."""

    smart_meter: str

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _UNTRUSTED_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Untrusted":
        """From a log; ValueError if it is another event's."""
        raw = _UNTRUSTED_EVENT.read(log)
        return cls(raw[0])


_WITHDRAWN_EVENT = Event(
    "GridOperator.Withdrawn",
    bytes.fromhex("7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d5"),
    (
        ("address", True),
        ("uint256", False),
    ),
)


class Withdrawn(NamedTuple):
    """An event."""

    to: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _WITHDRAWN_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Withdrawn":
        """From a log; ValueError if it is another event's."""
        raw = _WITHDRAWN_EVENT.read(log)
        return cls(raw[0], raw[1])


_ACCEPT_OWNERSHIP = Function(
    "GridOperator.acceptOwnership",
    bytes.fromhex("79ba5097"),
    (),
    (),
)


def accept_ownership() -> bytes:
    """acceptOwnership()."""
    return _ACCEPT_OWNERSHIP.encode()


_BUY_ENERGY = Function(
    "GridOperator.buyEnergy",
    bytes.fromhex("5b9378fc"),
    (
        ("amount_uwh", "uint64"),
        ("max_price", "uint96"),
    ),
    (),
)


def buy_energy(*, amount_uwh: int, max_price: int) -> bytes:
    """buyEnergy(uint64 amountUwh, uint96 maxPrice)."""
    return _BUY_ENERGY.encode(amount_uwh, max_price)


_IS_TRUSTED = Function(
    "GridOperator.isTrusted",
    bytes.fromhex("96d64879"),
    (("smart_meter", "address"),),
    ("bool",),
)


def is_trusted(smart_meter: str) -> Call[bool]:
    """isTrusted(address smartMeter)."""
    return Call(_IS_TRUSTED, _IS_TRUSTED.encode(smart_meter), lambda raw: raw[0])


_OWNER = Function(
    "GridOperator.owner",
    bytes.fromhex("8da5cb5b"),
    (),
    ("address",),
)


def owner() -> Call[str]:
    """owner()."""
    return Call(_OWNER, _OWNER.encode(), lambda raw: raw[0])


_PENDING_OWNER = Function(
    "GridOperator.pendingOwner",
    bytes.fromhex("e30c3978"),
    (),
    ("address",),
)


def pending_owner() -> Call[str]:
    """pendingOwner()."""
    return Call(_PENDING_OWNER, _PENDING_OWNER.encode(), lambda raw: raw[0])


_PRICE = Function(
    "GridOperator.price",
    bytes.fromhex("a035b1fe"),
    (),
    ("uint96",),
)


def price() -> Call[int]:
    """price()."""
    return Call(_PRICE, _PRICE.encode(), lambda raw: raw[0])


_REGISTRY = Function(
    "GridOperator.registry",
    bytes.fromhex("7b103999"),
    (),
    ("address",),
)


def registry() -> Call[str]:
    """registry()."""
    return Call(_REGISTRY, _REGISTRY.encode(), lambda raw: raw[0])


_RENOUNCE_OWNERSHIP = Function(
    "GridOperator.renounceOwnership",
    bytes.fromhex("715018a6"),
    (),
    (),
)


def renounce_ownership() -> bytes:
    """renounceOwnership()."""
    return _RENOUNCE_OWNERSHIP.encode()


_REWARD = Function(
    "GridOperator.reward",
    bytes.fromhex("228cb733"),
    (),
    ("uint96",),
)


def reward() -> Call[int]:
    """reward()."""
    return Call(_REWARD, _REWARD.encode(), lambda raw: raw[0])


_REWARD_PRODUCTION = Function(
    "GridOperator.rewardProduction",
    bytes.fromhex("65368e04"),
    (
        ("meter", "address"),
        ("energy_uwh", "uint64"),
    ),
    (),
)


def reward_production(meter: str, energy_uwh: int) -> bytes:
    """rewardProduction(address meter, uint64 energyUwh)."""
    return _REWARD_PRODUCTION.encode(meter, energy_uwh)


_SET_PRICE = Function(
    "GridOperator.setPrice",
    bytes.fromhex("af5cbe3d"),
    (("price", "uint96"),),
    (),
)


def set_price(price: int) -> bytes:
    """setPrice(uint96 price_)."""
    return _SET_PRICE.encode(price)


_SET_REWARD = Function(
    "GridOperator.setReward",
    bytes.fromhex("7f36ec94"),
    (("reward", "uint96"),),
    (),
)


def set_reward(reward: int) -> bytes:
    """setReward(uint96 reward_)."""
    return _SET_REWARD.encode(reward)


_TOKEN = Function(
    "GridOperator.token",
    bytes.fromhex("fc0c546a"),
    (),
    ("address",),
)


def token() -> Call[str]:
    """token()."""
    return Call(_TOKEN, _TOKEN.encode(), lambda raw: raw[0])


_TRANSFER_OWNERSHIP = Function(
    "GridOperator.transferOwnership",
    bytes.fromhex("f2fde38b"),
    (("new_owner", "address"),),
    (),
)


def transfer_ownership(new_owner: str) -> bytes:
    """transferOwnership(address newOwner)."""
    return _TRANSFER_OWNERSHIP.encode(new_owner)


_TRUST = Function(
    "GridOperator.trust",
    bytes.fromhex("4637d827"),
    (("smart_meter", "address"),),
    (),
)


def trust(smart_meter: str) -> bytes:
    """trust(address smartMeter)."""
    return _TRUST.encode(smart_meter)


_UNTRUST = Function(
    "GridOperator.untrust",
    bytes.fromhex("eea327e0"),
    (("smart_meter", "address"),),
    (),
)


def untrust(smart_meter: str) -> bytes:
    """untrust(address smartMeter)."""
    return _UNTRUST.encode(smart_meter)


_WITHDRAW = Function(
    "GridOperator.withdraw",
    bytes.fromhex("f3fef3a3"),
    (
        ("to", "address"),
        ("amount", "uint256"),
    ),
    (),
)


def withdraw(to: str, amount: int) -> bytes:
    """withdraw(address to, uint256 amount)."""
    return _WITHDRAW.encode(to, amount)


_CONSTRUCTOR = Function(
    "GridOperator.constructor",
    bytes.fromhex(""),
    (
        ("owner", "address"),
        ("token", "address"),
        ("registry", "address"),
    ),
    (),
)


def create(*, owner: str, token: str, registry: str) -> bytes:
    """Creation code: constructor(address owner_, IERC20 token_, IMeterRegistry registry_)."""
    return creation(NAME, _CONSTRUCTOR.encode(owner, token, registry))
