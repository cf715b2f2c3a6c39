"""Typed fields of messages, each with one strict form in RLP, in JSON and as an ABI word.

`reader` and `writer` make functions for one field: what is in order goes through at once, all
else goes the long way, which says what is wrong with it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from secure_world import rlp
from secure_world.errors import FieldInvalid, RlpInvalid

WORD = 32


class Kind(Protocol):
    """How a field is written: `name` is only for messages of errors."""

    def check(self, name: str, value: Any) -> None: ...
    def to_rlp(self, name: str, value: Any) -> rlp.Item: ...
    def from_rlp(self, name: str, item: rlp.Item) -> Any: ...
    def to_json(self, name: str, value: Any) -> object: ...
    def from_json(self, name: str, value: object) -> Any: ...
    def reader(self, name: str) -> "Reader": ...
    def writer(self, name: str) -> "Writer": ...


Reader = Callable[[rlp.Item], Any]
Writer = Callable[[Any], rlp.Item]


class Slow:
    """Reader and writer of a kind that is rare."""

    def reader(self: Kind, name: str) -> Reader:
        """`from_rlp` of one field."""
        return partial(self.from_rlp, name)

    def writer(self: Kind, name: str) -> Writer:
        """`to_rlp` of one field."""
        return partial(self.to_rlp, name)


class Uint:
    """Unsigned integer of `bits` bits, in `low`…`high` where given."""

    def __init__(self, bits: int, low: int = 0, high: int | None = None) -> None:
        self.bits, self.low = bits, low
        self.high = (1 << bits) - 1 if high is None else high

    def check(self, name: str, value: Any) -> None:
        if (
            not isinstance(value, int)
            or isinstance(value, bool)
            or not self.low <= value <= self.high
        ):
            raise FieldInvalid(
                f"{name}: {value!r:.80}, expected an integer {self.low} to {self.high}"
            )

    def to_rlp(self, name: str, value: int) -> rlp.Item:
        self.check(name, value)
        return rlp.encode_uint(value)

    def from_rlp(self, name: str, item: rlp.Item) -> int:
        try:
            value = rlp.decode_uint(item, self.bits)
        except RlpInvalid as error:
            raise FieldInvalid(f"{name}: {error}") from error
        self.check(name, value)
        return value

    def to_json(self, name: str, value: int) -> object:
        self.check(name, value)
        return value

    def from_json(self, name: str, value: object) -> int:
        self.check(name, value)
        assert isinstance(value, int)
        return value

    def reader(self, name: str) -> Reader:
        """`from_rlp` of one field."""
        low, high, number = self.low, self.high, int.from_bytes

        def read(item: rlp.Item) -> int:
            if type(item) is bytes:
                value = number(item, "big")
                if low <= value <= high and (not item or item[0]):
                    return value
            return self.from_rlp(name, item)

        return read

    def writer(self, name: str) -> Writer:
        """`to_rlp` of one field."""
        low, high, encode = self.low, self.high, rlp.encode_uint

        def write(value: Any) -> rlp.Item:
            if type(value) is int and low <= value <= high:
                return encode(value)
            return self.to_rlp(name, value)

        return write

    def word(self, name: str, value: int) -> bytes:
        """ABI word (32 bytes, big endian)."""
        self.check(name, value)
        return value.to_bytes(WORD, "big")


class Bool(Slow):
    """True or false; 1 and 0 in RLP."""

    def check(self, name: str, value: Any) -> None:
        if type(value) is not bool:
            raise FieldInvalid(f"{name}: {value!r:.80}, expected true or false")

    def to_rlp(self, name: str, value: bool) -> rlp.Item:
        self.check(name, value)
        return b"\1" if value else b""

    def from_rlp(self, name: str, item: rlp.Item) -> bool:
        if item not in (b"", b"\1"):
            raise FieldInvalid(f"{name}: neither 0 nor 1")
        return item == b"\1"

    def to_json(self, name: str, value: bool) -> object:
        self.check(name, value)
        return value

    def from_json(self, name: str, value: object) -> bool:
        self.check(name, value)
        return value is True


class Octets:
    """Exactly `size` bytes (or up to `size` with `shorter`); None where `optional`."""

    def __init__(self, size: int, *, shorter: bool = False, optional: bool = False) -> None:
        self.size, self.shorter, self.optional = size, shorter, optional

    def check(self, name: str, value: Any) -> None:
        if value is None and self.optional:
            return
        if not isinstance(value, bytes):
            raise FieldInvalid(f"{name}: {type(value).__name__}, expected bytes")
        if len(value) != self.size and not (self.shorter and len(value) < self.size):
            limit = "at most " if self.shorter else ""
            raise FieldInvalid(f"{name}: {len(value)} bytes, expected {limit}{self.size}")

    def to_rlp(self, name: str, value: bytes | None) -> rlp.Item:
        self.check(name, value)
        return value or b""

    def from_rlp(self, name: str, item: rlp.Item) -> bytes | None:
        value = None if self.optional and item == b"" else item
        self.check(name, value)
        assert value is None or isinstance(value, bytes)
        return value

    def to_json(self, name: str, value: bytes | None) -> object:
        self.check(name, value)
        return None if value is None else "0x" + value.hex()

    def from_json(self, name: str, value: object) -> bytes | None:
        if value is None and self.optional:
            return None
        if not isinstance(value, str) or value[:2] != "0x":
            raise FieldInvalid(f"{name}: {value!r:.80}, expected 0x and hexadecimal digits")
        if set(value[2:]) - set("0123456789abcdef") or len(value) % 2:
            raise FieldInvalid(f"{name}: {value:.80}, expected pairs of lower-case hex digits")
        data = bytes.fromhex(value[2:])
        self.check(name, data)
        return data

    def reader(self, name: str) -> Reader:
        """`from_rlp` of one field."""
        size, slow = self.size, self.from_rlp
        least = size if not self.shorter else int(self.optional)

        def read(item: rlp.Item) -> bytes | None:
            if isinstance(item, bytes) and least <= len(item) <= size:
                return item
            return slow(name, item)

        return read

    def writer(self, name: str) -> Writer:
        """`to_rlp` of one field."""
        size, slow = self.size, self.to_rlp

        def write(value: Any) -> rlp.Item:
            return value if type(value) is bytes and len(value) == size else slow(name, value)

        return write

    def word(self, name: str, value: bytes) -> bytes:
        """ABI word: an address is an integer (left-padded), bytes32 fills it."""
        self.check(name, value)
        return value.rjust(WORD, b"\0")


class Text(Slow):
    """UTF-8 text of at most `size` bytes."""

    def __init__(self, size: int) -> None:
        self.size = size

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, str):
            raise FieldInvalid(f"{name}: {type(value).__name__}, expected text")
        if len(value.encode("utf-8", "replace")) > self.size:
            raise FieldInvalid(f"{name}: too long, expected at most {self.size} bytes")

    def to_rlp(self, name: str, value: str) -> rlp.Item:
        self.check(name, value)
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            raise FieldInvalid(f"{name}: not Unicode text") from error

    def from_rlp(self, name: str, item: rlp.Item) -> str:
        if not isinstance(item, bytes):
            raise FieldInvalid(f"{name}: a list, expected text")
        try:
            value = item.decode()
        except UnicodeDecodeError as error:
            raise FieldInvalid(f"{name}: not UTF-8") from error
        self.check(name, value)
        return value

    def to_json(self, name: str, value: str) -> object:
        self.check(name, value)
        return value

    def from_json(self, name: str, value: object) -> str:
        self.check(name, value)
        assert isinstance(value, str)
        return value
