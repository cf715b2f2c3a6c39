"""Strict RLP (Ethereum Yellow Paper, appendix B): one encoding for a value, no other is read.

first byte   meaning
00…7f        the byte itself
80…b7        string of 0…55 bytes              b8…bf  string, 1…8 bytes of length follow
c0…f7        list whose items take 0…55 bytes  f8…ff  list, 1…8 bytes of length follow

The loops handle what is short without a call: almost all that the signer reads and writes is.
"""

from collections.abc import Sequence

from secure_world.errors import RlpInvalid

MAX_DEPTH = 6  # a policy's bounds need five, an access list in a transaction four
_SHORT = 55
_BYTES = [bytes([value]) for value in range(256)]
_UINTS = [b"", *_BYTES[1:]]

Item = bytes | Sequence["Item"]


def encode(item: Item) -> bytes:
    """RLP of bytes or of nested sequences of bytes."""
    if isinstance(item, bytes):
        return _string(item)
    parts: list[bytes] = []
    for part in item:
        if isinstance(part, bytes) and 1 < len(part) <= _SHORT:
            parts.append(_BYTES[0x80 + len(part)])
            parts.append(part)
        else:
            parts.append(encode(part))
    body = b"".join(parts)
    return _prefix(len(body), 0xC0) + body


def encode_uint(value: int) -> bytes:
    """Big-endian bytes without a leading zero; zero is the empty string."""
    if 0 <= value < 256:
        return _UINTS[value]
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode(data: bytes) -> Item:
    """The one item that fills `data`; lists come back as lists. Raises RlpInvalid."""
    end = len(data)
    if end == 0:
        raise RlpInvalid("RLP: no bytes, expected an item")
    is_list = data[0] >= 0xC0
    if is_list:
        start, stop = _span(data, 0, end, data[0] - 0xC0)
    else:
        start, stop = (0, 1) if data[0] < 0x80 else _string_span(data, 0, end)
    if stop != end:
        raise RlpInvalid(f"RLP: {end - stop} bytes after the item, expected none")
    return _items(data, start, stop, MAX_DEPTH - 1) if is_list else data[start:stop]


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


def _string(item: bytes) -> bytes:
    if len(item) == 1 and item[0] < 0x80:
        return item
    return _prefix(len(item), 0x80) + item


def _prefix(length: int, base: int) -> bytes:
    if length <= _SHORT:
        return _BYTES[base + length]
    size = encode_uint(length)
    return _BYTES[base + _SHORT + len(size)] + size


def _items(data: bytes, at: int, end: int, depth: int) -> list[Item]:
    """The items that fill `at`…`end`; lists among them nest `depth` deep at most."""
    items: list[Item] = []
    while at < end:
        first = data[at]
        if first < 0x80:
            items.append(_BYTES[first])
            at += 1
        elif 0x81 < first <= 0xB7 and at + first - 0x7F <= end:
            start, at = at + 1, at + first - 0x7F
            items.append(data[start:at])
        elif first < 0xC0:
            start, at = _string_span(data, at, end)
            items.append(data[start:at])
        else:
            start, at = _span(data, at, end, first - 0xC0)
            if depth == 0:
                raise RlpInvalid(f"RLP: lists nested deeper than {MAX_DEPTH}")
            items.append(_items(data, start, at, depth - 1))
    return items


def _string_span(data: bytes, at: int, end: int) -> tuple[int, int]:
    start, stop = _span(data, at, end, data[at] - 0x80)
    if stop - start == 1 and data[start] < 0x80:
        raise RlpInvalid(f"RLP: byte {at} wraps a single small byte, expected the byte itself")
    return start, stop


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
