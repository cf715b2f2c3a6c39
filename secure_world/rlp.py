"""Strict RLP (Ethereum Yellow Paper, appendix B): one encoding for a value, no other is read.

first byte   meaning
00…7f        the byte itself
80…b7        string of 0…55 bytes              b8…bf  string, 1…8 bytes of length follow
c0…f7        list whose items take 0…55 bytes  f8…ff  list, 1…8 bytes of length follow
"""

from collections.abc import Sequence

from secure_world.errors import RlpInvalid

MAX_DEPTH = 6  # an access list in a transaction in a request needs four
_SHORT = 55
_BYTES = [bytes([value]) for value in range(256)]

Item = bytes | Sequence["Item"]


def encode(item: Item) -> bytes:
    """RLP of bytes or of nested sequences of bytes."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    body = b"".join([encode(part) for part in item])
    return _prefix(len(body), 0xC0) + body


def encode_uint(value: int) -> bytes:
    """Big-endian bytes without a leading zero; zero is the empty string."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode(data: bytes) -> Item:
    """The one item that fills `data`; lists come back as lists. Raises RlpInvalid."""
    item, end = _item(data, 0, len(data), MAX_DEPTH)
    if end != len(data):
        raise RlpInvalid(f"RLP: {len(data) - end} bytes after the item, expected none")
    return item


def decode_uint(item: Item, bits: int) -> int:
    """Unsigned integer of at most `bits` bits. Raises RlpInvalid."""
    if not isinstance(item, bytes):
        raise RlpInvalid("RLP: a list, expected an integer")
    if item[:1] == b"\0":
        raise RlpInvalid("RLP: integer with a leading zero, expected its shortest form")
    if len(item) * 8 > bits + 7:
        raise RlpInvalid(f"RLP: integer of {len(item)} bytes, expected at most {bits} bits")
    value = int.from_bytes(item, "big")
    if value >> bits:
        raise RlpInvalid(f"RLP: integer too large, expected at most {bits} bits")
    return value


def _prefix(length: int, base: int) -> bytes:
    if length <= _SHORT:
        return _BYTES[base + length]
    size = encode_uint(length)
    return bytes([base + _SHORT + len(size)]) + size


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """The item that starts at `at` and must end by `end`, with the place after it."""
    if at >= end:
        raise RlpInvalid(f"RLP: ends at byte {at}, expected an item")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    if first < 0xC0:
        start, stop = _span(data, at, end, first - 0x80)
        if stop - start == 1 and data[start] < 0x80:
            raise RlpInvalid(f"RLP: byte {at} wraps a single small byte, expected the byte itself")
        return data[start:stop], stop
    start, stop = _span(data, at, end, first - 0xC0)
    return _list(data, start, stop, depth - 1), stop


def _list(data: bytes, at: int, end: int, depth: int) -> list[Item]:
    if depth < 0:
        raise RlpInvalid(f"RLP: lists nested deeper than {MAX_DEPTH}")
    items: list[Item] = []
    while at < end:
        item, at = _item(data, at, end, depth)
        items.append(item)
    return items


def _span(data: bytes, at: int, end: int, code: int) -> tuple[int, int]:
    """Where the content lies; `code` is the first byte less its base (0x80 or 0xc0)."""
    start, length = at + 1, code
    if code > _SHORT:
        start = at + 1 + code - _SHORT
        size = data[at + 1 : min(start, end)]
        length = int.from_bytes(size, "big")
        if size[:1] in (b"", b"\0") or length <= _SHORT:
            raise RlpInvalid(f"RLP: length at byte {at} is not in its shortest form")
    if start + length > end:
        raise RlpInvalid(f"RLP: item at byte {at} runs past its end")
    return start, start + length
