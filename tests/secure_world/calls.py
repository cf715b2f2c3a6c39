"""Transactions for the policy's tests: calls of a contract with arguments of 32 bytes."""

from typing import Any

import pytest

from secure_world import rlp
from secure_world.commands import Command, Role, Transaction
from secure_world.errors import SecureWorldRefused
from tests.secure_world.rig import CHAIN, MARKET, SELECTOR, Rig

GAS = 100_000


def words(*numbers: int, selector: bytes = SELECTOR) -> bytes:
    """Calldata."""
    return selector + b"".join([number.to_bytes(32, "big") for number in numbers])


def unsigned(nonce: int = 0, **changes: Any) -> bytes:
    """EIP-1559."""
    told: dict[str, Any] = {"chain": CHAIN, "to": MARKET, "data": SELECTOR, "value": 0}
    told |= {"tip": 10, "max_fee": 20, "gas": GAS} | changes
    head = [told["chain"], nonce, *(told[name] for name in ("tip", "max_fee", "gas"))]
    numbers = [rlp.encode_uint(number) for number in head]
    return b"\x02" + rlp.encode(
        [*numbers, told["to"], rlp.encode_uint(told["value"]), told["data"], []]
    )


def legacy(nonce: int, price: int) -> bytes:
    """EIP-155."""
    first = [rlp.encode_uint(number) for number in (nonce, price, GAS)]
    return rlp.encode([*first, MARKET, b"", SELECTOR, rlp.encode_uint(CHAIN), b"", b""])


def kaia(kind: int, nonce: int, price: int, sender: bytes, data: bytes = SELECTOR) -> bytes:
    """Kaia's call of a contract: 0x30, and 0x31 whose fee another pays."""
    head = [rlp.encode_uint(number) for number in (kind, nonce, price, GAS)]
    inner = rlp.encode([*head, MARKET, b"", sender, data])
    return rlp.encode([inner, rlp.encode_uint(CHAIN), b"", b""])


def sign(rig: Rig, raw: bytes) -> bytes:
    """The signed transaction."""
    signed: bytes = rig.ask(Role.NODE, Command.SIGN_TRANSACTION, Transaction(raw)).raw
    return signed


def refusal(rig: Rig, raw: bytes) -> str:
    """The code of its refusal."""
    with pytest.raises(SecureWorldRefused) as caught:
        sign(rig, raw)
    return str(caught.value.code)


def left(rig: Rig, asset: bytes) -> int:
    """What the device says may still be spent of an asset."""
    state = rig.device.policy.state()
    return next(one.left for one in state.left if one.asset == asset)
