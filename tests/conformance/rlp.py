"""RLP as the Yellow Paper has it (appendix B), written apart from the secure world's own.

The reader is strict: what it returns, the writer gives back byte by byte.
"""

from collections.abc import Sequence
from typing import TypeAlias

Item: TypeAlias = "bytes | list[Item]"
Value: TypeAlias = "bytes | bytearray | str | bool | int | Sequence[Value] | None"


def item(value: Value) -> Item:
    """Bytes and lists of a value: text is UTF-8, integers are big endian, None is empty."""
    if value is None:
        return b""
    if isinstance(value, bool | int):
        number = int(value)
        return number.to_bytes((number.bit_length() + 7) // 8, "big")
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    return [item(part) for part in value]


def encode(value: Value) -> bytes:
    """The one encoding of a value."""
    found = item(value)
    if isinstance(found, bytes):
        if len(found) == 1 and found[0] < 0x80:
            return found
        return head(len(found), 0x80) + found
    body = b"".join(encode(part) for part in found)
    return head(len(body), 0xC0) + body


def head(length: int, base: int) -> bytes:
    """First bytes of a string (base 0x80) or a list (base 0xc0) of `length` bytes."""
    if length < 56:
        return bytes([base + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size


def decode(data: bytes) -> Item:
    """The item that fills `data`. Raises ValueError unless it is canonical."""
    found, rest = _first(data)
    if rest or encode(found) != data:
        raise ValueError(f"not canonical RLP: {data[:40].hex()}")
    return found


def uint(found: Item) -> int:
    """An integer in its shortest form. Raises ValueError."""
    if not isinstance(found, bytes) or found[:1] == b"\0":
        raise ValueError(f"not an integer: {found!r:.80}")
    return int.from_bytes(found, "big")


def _first(data: bytes) -> tuple[Item, bytes]:
    if not data:
        raise ValueError("RLP ends early")
    first = data[0]
    if first < 0x80:
        return data[:1], data[1:]
    base = 0x80 if first < 0xC0 else 0xC0
    size = max(0, first - base - 55)
    length = int.from_bytes(data[1 : 1 + size], "big") if size else first - base
    body, rest = data[1 + size :][:length], data[1 + size + length :]
    if len(body) != length:
        raise ValueError("RLP ends early")
    if base == 0x80:
        return body, rest
    parts: list[Item] = []
    while body:
        part, body = _first(body)
        parts.append(part)
    return parts, rest
