"""Prosumer, made by `python -m contracts.gen`: do not edit."""

from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, creation

NAME = "Prosumer"


_ENERGY_PAID_EVENT = Event(
    "Prosumer.EnergyPaid",
    bytes.fromhex("7b88aec1121a20336cc5da02b70d4ec1cdb0e1e0bf4bbc8ec6f48981f3fb37de"),
    (
        ("address", True),
        ("uint64", False),
        ("uint256", False),
    ),
)


class EnergyPaid(NamedTuple):
    """An event."""

    operator: str
    amount_uwh: int
    paid: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _ENERGY_PAID_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "EnergyPaid":
        """From a log; ValueError if it is another event's."""
        raw = _ENERGY_PAID_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_OWNERSHIP_TRANSFER_STARTED_EVENT = Event(
    "Prosumer.OwnershipTransferStarted",
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
    "Prosumer.OwnershipTransferred",
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


_TOKENS_SENT_EVENT = Event(
    "Prosumer.TokensSent",
    bytes.fromhex("e607861baff3d292b19188affe88c1a72bdcb69d3015f18bb2cd0bf5349cc3e1"),
    (
        ("address", True),
        ("address", True),
        ("uint256", False),
    ),
)


class TokensSent(NamedTuple):
    """An event."""

    token: str
    to: str
    amount: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _TOKENS_SENT_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "TokensSent":
        """From a log; ValueError if it is another event's."""
        raw = _TOKENS_SENT_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_ACCEPT_OWNERSHIP = Function(
    "Prosumer.acceptOwnership",
    bytes.fromhex("79ba5097"),
    (),
    (),
)


def accept_ownership() -> bytes:
    """acceptOwnership()."""
    return _ACCEPT_OWNERSHIP.encode()


_BUY_TOKENS = Function(
    "Prosumer.buyTokens",
    bytes.fromhex("ec8ac4d8"),
    (("token", "address"),),
    (),
)


def buy_tokens(token: str) -> bytes:
    """buyTokens(IEnergyToken token), payable."""
    return _BUY_TOKENS.encode(token)


_OWNER = Function(
    "Prosumer.owner",
    bytes.fromhex("8da5cb5b"),
    (),
    ("address",),
)


def owner() -> Call[str]:
    """owner()."""
    return Call(_OWNER, _OWNER.encode(), lambda raw: raw[0])


_PAY_FOR_ENERGY = Function(
    "Prosumer.payForEnergy",
    bytes.fromhex("d30cc724"),
    (
        ("operator", "address"),
        ("amount_uwh", "uint64"),
        ("max_price", "uint96"),
    ),
    (),
)


def pay_for_energy(*, operator: str, amount_uwh: int, max_price: int) -> bytes:
    """payForEnergy(IGridOperator operator, uint64 amountUwh, uint96 maxPric…"""
    return _PAY_FOR_ENERGY.encode(operator, amount_uwh, max_price)


_PENDING_OWNER = Function(
    "Prosumer.pendingOwner",
    bytes.fromhex("e30c3978"),
    (),
    ("address",),
)


def pending_owner() -> Call[str]:
    """pendingOwner()."""
    return Call(_PENDING_OWNER, _PENDING_OWNER.encode(), lambda raw: raw[0])


_RENOUNCE_OWNERSHIP = Function(
    "Prosumer.renounceOwnership",
    bytes.fromhex("715018a6"),
    (),
    (),
)


def renounce_ownership() -> bytes:
    """renounceOwnership()."""
    return _RENOUNCE_OWNERSHIP.encode()


_TRANSFER = Function(
    "Prosumer.transfer",
    bytes.fromhex("beabacc8"),
    (
        ("token", "address"),
        ("to", "address"),
        ("amount", "uint256"),
    ),
    (),
)


def transfer(*, token: str, to: str, amount: int) -> bytes:
    """transfer(IERC20 token, address to, uint256 amount)."""
    return _TRANSFER.encode(token, to, amount)


_TRANSFER_OWNERSHIP = Function(
    "Prosumer.transferOwnership",
    bytes.fromhex("f2fde38b"),
    (("new_owner", "address"),),
    (),
)


def transfer_ownership(new_owner: str) -> bytes:
    """transferOwnership(address newOwner)."""
    return _TRANSFER_OWNERSHIP.encode(new_owner)


_CONSTRUCTOR = Function(
    "Prosumer.constructor",
    bytes.fromhex(""),
    (("owner", "address"),),
    (),
)


def create(owner: str) -> bytes:
    """Creation code: constructor(address owner_)."""
    return creation(NAME, _CONSTRUCTOR.encode(owner))
