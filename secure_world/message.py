"""Base of all that crosses the boundary: a frozen dataclass whose annotations are its layout."""

from collections.abc import Sequence
from typing import Annotated, Any, Self, get_args, get_type_hints

from secure_world import rlp
from secure_world.errors import FieldInvalid
from secure_world.fields import Bool, Kind, Octets, Text, Uint

U8 = Annotated[int, Uint(8)]
U24 = Annotated[int, Uint(24)]
U32 = Annotated[int, Uint(32)]
U64 = Annotated[int, Uint(64)]
U128 = Annotated[int, Uint(128)]
U256 = Annotated[int, Uint(256)]
ChainId = Annotated[int, Uint(63, low=1)]  # EIP-2294 bounds it just below 2^63
RatedPower = Annotated[int, Uint(24, low=1)]  # W; the registry's field has 24 bits
Direction = Annotated[int, Uint(8, high=1)]  # 0 import, 1 export
Flag = Annotated[int, Uint(8, high=1)]
Boolean = Annotated[bool, Bool()]
Selector = Annotated[bytes, Octets(4)]
Address = Annotated[bytes, Octets(20)]
MaybeAddress = Annotated[bytes | None, Octets(20, optional=True)]
Hash = Annotated[bytes, Octets(32)]
MaybeHash = Annotated[bytes | None, Octets(32, optional=True)]
Signature = Annotated[bytes, Octets(64)]  # EIP-2098: r, then yParity << 255 | s
Name = Annotated[str, Text(32)]
Phrase = Annotated[str, Text(512)]


class Key:
    """The JSON name of a field whose Python name differs."""

    def __init__(self, name: str) -> None:
        self.name = name


Row = tuple[str, str, Kind]
_LAYOUTS: dict[type, tuple[Row, ...]] = {}


def layout(message: type) -> tuple[Row, ...]:
    """(attribute, JSON name, kind) of each field of a message, in order."""
    known = _LAYOUTS.get(message)
    if known is None:
        known = _LAYOUTS[message] = tuple(_rows(message))
    return known


def _rows(message: type) -> list[Row]:
    rows = []
    for attribute, hint in get_type_hints(message, include_extras=True).items():
        marks = get_args(hint)[1:]
        names = [mark.name for mark in marks if isinstance(mark, Key)]
        kinds = [mark for mark in marks if not isinstance(mark, Key)]
        rows.append((attribute, names[0] if names else attribute, kinds[0]))
    return rows


class Message:
    """Fields in order for RLP, by name for JSON; every field is checked in both directions."""

    __slots__ = ()

    def to_rlp(self) -> list[rlp.Item]:
        """The fields as RLP items. Raises FieldInvalid."""
        rows = layout(type(self))
        return [kind.to_rlp(name, getattr(self, attribute)) for attribute, name, kind in rows]

    @classmethod
    def from_rlp(cls, item: rlp.Item) -> Self:
        """The message of exactly these items. Raises FieldInvalid."""
        rows = layout(cls)
        if isinstance(item, bytes) or len(item) != len(rows):
            found = "bytes" if isinstance(item, bytes) else f"{len(item)} fields"
            raise FieldInvalid(f"{cls.__name__}: {found}, expected {len(rows)} fields")
        parts = zip(rows, item, strict=True)
        return cls(*[kind.from_rlp(name, part) for (_, name, kind), part in parts])

    def to_json(self) -> dict[str, Any]:
        """JSON object: bytes as 0x and lower-case hex, integers as integers."""
        rows = layout(type(self))
        return {
            name: kind.to_json(name, getattr(self, attribute)) for attribute, name, kind in rows
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The message of a JSON object with exactly these keys. Raises FieldInvalid."""
        if not isinstance(value, dict):
            raise FieldInvalid(f"{cls.__name__}: {type(value).__name__}, expected an object")
        rows = layout(cls)
        names = [name for _, name, _ in rows]
        for name in names:
            if name not in value:
                raise FieldInvalid(f"{name}: missing, expected in {cls.__name__}")
        for key in value:
            if key not in names:
                raise FieldInvalid(f"{key!r:.80}: unknown, expected only {', '.join(names)}")
        return cls(*[kind.from_json(name, value[name]) for _, name, kind in rows])


class ListOf:
    """Up to `most` messages of one class, as a tuple."""

    def __init__(self, item: type[Message], most: int) -> None:
        self.item, self.most = item, most

    def check(self, name: str, value: Any) -> None:
        if len(value) > self.most:
            raise FieldInvalid(f"{name}: {len(value)} entries, expected at most {self.most}")

    def to_rlp(self, name: str, value: Sequence[Message]) -> rlp.Item:
        self.check(name, value)
        return [part.to_rlp() for part in value]

    def from_rlp(self, name: str, item: rlp.Item) -> tuple[Message, ...]:
        if isinstance(item, bytes):
            raise FieldInvalid(f"{name}: bytes, expected a list")
        self.check(name, item)
        return tuple([self.item.from_rlp(part) for part in item])

    def to_json(self, name: str, value: Sequence[Message]) -> object:
        self.check(name, value)
        return [part.to_json() for part in value]

    def from_json(self, name: str, value: object) -> tuple[Message, ...]:
        if not isinstance(value, list):
            raise FieldInvalid(f"{name}: {type(value).__name__}, expected a list")
        self.check(name, value)
        return tuple([self.item.from_json(part) for part in value])
