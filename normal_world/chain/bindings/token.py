"""EnergyToken, made by `python -m contracts.gen`: do not edit."""

from typing import NamedTuple

from normal_world.chain.answers import Log
from normal_world.chain.binding import Call, Event, Function, creation

NAME = "EnergyToken"


_APPROVAL_EVENT = Event(
    "EnergyToken.Approval",
    bytes.fromhex("8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"),
    (
        ("address", True),
        ("address", True),
        ("uint256", False),
    ),
)


class Approval(NamedTuple):
    """An event."""

    owner: str
    spender: str
    value: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _APPROVAL_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Approval":
        """From a log; ValueError if it is another event's."""
        raw = _APPROVAL_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_EIP712_DOMAIN_CHANGED_EVENT = Event(
    "EnergyToken.EIP712DomainChanged",
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


_OWNERSHIP_TRANSFER_STARTED_EVENT = Event(
    "EnergyToken.OwnershipTransferStarted",
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
    "EnergyToken.OwnershipTransferred",
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


_TRANSFER_EVENT = Event(
    "EnergyToken.Transfer",
    bytes.fromhex("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
    (
        ("address", True),
        ("address", True),
        ("uint256", False),
    ),
)


class Transfer(NamedTuple):
    """An event."""

    from_: str
    to: str
    value: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _TRANSFER_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Transfer":
        """From a log; ValueError if it is another event's."""
        raw = _TRANSFER_EVENT.read(log)
        return cls(raw[0], raw[1], raw[2])


_WITHDRAWN_EVENT = Event(
    "EnergyToken.Withdrawn",
    bytes.fromhex("7084f5476618d8e60b11ef0d7d3f06914655adb8793e28ff7f018d4c76d505d5"),
    (
        ("address", True),
        ("uint256", False),
    ),
)


class Withdrawn(NamedTuple):
    """An event."""

    to: str
    amount_wei: int

    @staticmethod
    def topic() -> bytes:
        """First topic of its logs."""
        return _WITHDRAWN_EVENT.topic

    @classmethod
    def decode(cls, log: Log) -> "Withdrawn":
        """From a log; ValueError if it is another event's."""
        raw = _WITHDRAWN_EVENT.read(log)
        return cls(raw[0], raw[1])


_DOMAIN_SEPARATOR = Function(
    "EnergyToken.DOMAIN_SEPARATOR",
    bytes.fromhex("3644e515"),
    (),
    ("bytes32",),
)


def domain_separator() -> Call[bytes]:
    """DOMAIN_SEPARATOR()."""
    return Call(_DOMAIN_SEPARATOR, _DOMAIN_SEPARATOR.encode(), lambda raw: raw[0])


_ACCEPT_OWNERSHIP = Function(
    "EnergyToken.acceptOwnership",
    bytes.fromhex("79ba5097"),
    (),
    (),
)


def accept_ownership() -> bytes:
    """acceptOwnership()."""
    return _ACCEPT_OWNERSHIP.encode()


_ALLOWANCE = Function(
    "EnergyToken.allowance",
    bytes.fromhex("dd62ed3e"),
    (
        ("owner", "address"),
        ("spender", "address"),
    ),
    ("uint256",),
)


def allowance(*, owner: str, spender: str) -> Call[int]:
    """allowance(address owner, address spender)."""
    return Call(_ALLOWANCE, _ALLOWANCE.encode(owner, spender), lambda raw: raw[0])


_APPROVE = Function(
    "EnergyToken.approve",
    bytes.fromhex("095ea7b3"),
    (
        ("spender", "address"),
        ("value", "uint256"),
    ),
    (),
)


def approve(spender: str, value: int) -> bytes:
    """approve(address spender, uint256 value)."""
    return _APPROVE.encode(spender, value)


_BALANCE_OF = Function(
    "EnergyToken.balanceOf",
    bytes.fromhex("70a08231"),
    (("account", "address"),),
    ("uint256",),
)


def balance_of(account: str) -> Call[int]:
    """balanceOf(address account)."""
    return Call(_BALANCE_OF, _BALANCE_OF.encode(account), lambda raw: raw[0])


_BUY_TOKENS = Function(
    "EnergyToken.buyTokens",
    bytes.fromhex("d0febe4c"),
    (),
    (),
)


def buy_tokens() -> bytes:
    """buyTokens(), payable."""
    return _BUY_TOKENS.encode()


_DECIMALS = Function(
    "EnergyToken.decimals",
    bytes.fromhex("313ce567"),
    (),
    ("uint8",),
)


def decimals() -> Call[int]:
    """decimals()."""
    return Call(_DECIMALS, _DECIMALS.encode(), lambda raw: raw[0])


_EIP712_DOMAIN = Function(
    "EnergyToken.eip712Domain",
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


_NAME = Function(
    "EnergyToken.name",
    bytes.fromhex("06fdde03"),
    (),
    ("string",),
)


def name() -> Call[str]:
    """name()."""
    return Call(_NAME, _NAME.encode(), lambda raw: raw[0])


_NONCES = Function(
    "EnergyToken.nonces",
    bytes.fromhex("7ecebe00"),
    (("owner", "address"),),
    ("uint256",),
)


def nonces(owner: str) -> Call[int]:
    """nonces(address owner)."""
    return Call(_NONCES, _NONCES.encode(owner), lambda raw: raw[0])


_OWNER = Function(
    "EnergyToken.owner",
    bytes.fromhex("8da5cb5b"),
    (),
    ("address",),
)


def owner() -> Call[str]:
    """owner()."""
    return Call(_OWNER, _OWNER.encode(), lambda raw: raw[0])


_PENDING_OWNER = Function(
    "EnergyToken.pendingOwner",
    bytes.fromhex("e30c3978"),
    (),
    ("address",),
)


def pending_owner() -> Call[str]:
    """pendingOwner()."""
    return Call(_PENDING_OWNER, _PENDING_OWNER.encode(), lambda raw: raw[0])


_PERMIT = Function(
    "EnergyToken.permit",
    bytes.fromhex("d505accf"),
    (
        ("owner", "address"),
        ("spender", "address"),
        ("value", "uint256"),
        ("deadline", "uint256"),
        ("v", "uint8"),
        ("r", "bytes32"),
        ("s", "bytes32"),
    ),
    (),
)


def permit(
    *, owner: str, spender: str, value: int, deadline: int, v: int, r: bytes, s: bytes
) -> bytes:
    """permit(address owner, address spender, uint256 value, uint256 deadlin…"""
    return _PERMIT.encode(owner, spender, value, deadline, v, r, s)


_RENOUNCE_OWNERSHIP = Function(
    "EnergyToken.renounceOwnership",
    bytes.fromhex("715018a6"),
    (),
    (),
)


def renounce_ownership() -> bytes:
    """renounceOwnership()."""
    return _RENOUNCE_OWNERSHIP.encode()


_SYMBOL = Function(
    "EnergyToken.symbol",
    bytes.fromhex("95d89b41"),
    (),
    ("string",),
)


def symbol() -> Call[str]:
    """symbol()."""
    return Call(_SYMBOL, _SYMBOL.encode(), lambda raw: raw[0])


_TOTAL_SUPPLY = Function(
    "EnergyToken.totalSupply",
    bytes.fromhex("18160ddd"),
    (),
    ("uint256",),
)


def total_supply() -> Call[int]:
    """totalSupply()."""
    return Call(_TOTAL_SUPPLY, _TOTAL_SUPPLY.encode(), lambda raw: raw[0])


_TRANSFER = Function(
    "EnergyToken.transfer",
    bytes.fromhex("a9059cbb"),
    (
        ("to", "address"),
        ("value", "uint256"),
    ),
    (),
)


def transfer(to: str, value: int) -> bytes:
    """transfer(address to, uint256 value)."""
    return _TRANSFER.encode(to, value)


_TRANSFER_FROM = Function(
    "EnergyToken.transferFrom",
    bytes.fromhex("23b872dd"),
    (
        ("from_", "address"),
        ("to", "address"),
        ("value", "uint256"),
    ),
    (),
)


def transfer_from(*, from_: str, to: str, value: int) -> bytes:
    """transferFrom(address from, address to, uint256 value)."""
    return _TRANSFER_FROM.encode(from_, to, value)


_TRANSFER_OWNERSHIP = Function(
    "EnergyToken.transferOwnership",
    bytes.fromhex("f2fde38b"),
    (("new_owner", "address"),),
    (),
)


def transfer_ownership(new_owner: str) -> bytes:
    """transferOwnership(address newOwner)."""
    return _TRANSFER_OWNERSHIP.encode(new_owner)


_WITHDRAW = Function(
    "EnergyToken.withdraw",
    bytes.fromhex("51cff8d9"),
    (("to", "address"),),
    (),
)


def withdraw(to: str) -> bytes:
    """withdraw(payable to)."""
    return _WITHDRAW.encode(to)


_CONSTRUCTOR = Function(
    "EnergyToken.constructor",
    bytes.fromhex(""),
    (("owner", "address"),),
    (),
)


def create(owner: str) -> bytes:
    """Creation code: constructor(address owner_)."""
    return creation(NAME, _CONSTRUCTOR.encode(owner))
