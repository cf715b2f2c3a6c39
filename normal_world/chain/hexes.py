"""Hexadecimal as JSON-RPC writes it. Addresses, ids and hashes are `0x` and lower case here."""

import re
from typing import Any

from normal_world.errors import ChainUnreachable

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
HASH = re.compile(r"0x[0-9a-fA-F]{64}")
QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
COUNT_MAX = 2**48  # no chain has more blocks, no account more transactions, no block more gas


def quantity(value: Any, what: str) -> int:
    """A number out of a node's answer; anything else means that this is no node."""
    if isinstance(value, str) and QUANTITY.fullmatch(value):
        return int(value, 16)
    raise ChainUnreachable(f"{what}: expected a hexadecimal number, got {str(value)[:40]!r}")


def count(value: Any, what: str) -> int:
    """A number of blocks, transactions or gas: small enough to be kept and added to."""
    number = quantity(value, what)
    if number > COUNT_MAX:
        raise ChainUnreachable(f"{what}: expected at most {COUNT_MAX}, got {value[:40]}")
    return number


def data(value: Any, what: str) -> bytes:
    """Bytes out of a node's answer."""
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise ChainUnreachable(f"{what}: expected 0x and bytes, got {str(value)[:40]!r}")


def text(value: bytes) -> str:
    """Bytes as DATA."""
    return "0x" + value.hex()


def address(value: str, what: str = "address") -> str:
    """The address in lower case; ValueError if it is none."""
    if not isinstance(value, str) or not ADDRESS.fullmatch(value):
        raise ValueError(f"{what}: expected 0x and 40 hexadecimal digits, got {str(value)[:50]!r}")
    return value.lower()
