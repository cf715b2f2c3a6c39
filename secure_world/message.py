"""Base of all that crosses the boundary: a record whose annotations are its layout.

class Left(Message):
    asset: Address
    left: U256
"""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from secure_world import rlp
from secure_world.errors import FieldInvalid
from secure_world.fields import Bool, Kind, Octets, Reader, Slow, Text, Uint, Writer
from secure_world.record import Record, RecordType, Secret, each, made_of

U8 = Annotated[int, Uint(8)]
U24 = Annotated[int, Uint(24)]
U32 = Annotated[int, Uint(32)]
U64 = Annotated[int, Uint(64)]
U96 = Annotated[int, Uint(96)]
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
Phrase = Annotated[str, Text(512), Secret()]
SecretKey = Annotated[bytes, Octets(32), Secret()]


class Key:
    """The JSON name of a field whose Python name differs."""

    def __init__(self, name: str) -> None:
        self.name = name


Row = tuple[str, str, Kind]  # attribute, JSON name, kind


class MessageType(RecordType):
    """Adds each field's kind, and its reader and writer once they are needed."""

    rows: tuple[Row, ...]
    readers: tuple[Reader, ...]
    writers: tuple[Writer, ...]

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> "MessageType":
        made = super().__new__(mcs, name, bases, namespace)
        assert isinstance(made, MessageType)
        hints = namespace.get("__annotations__", {}).items()
        own = [_row(attribute, hint) for attribute, hint in hints]
        made.rows = (*getattr(bases[0], "rows", ()), *own)
        made.readers, made.writers = (), ()
        return made

    def prepare(self) -> None:
        """Make readers and writers: most processes need those of a few messages."""
        self.readers = tuple([kind.reader(name) for _, name, kind in self.rows])
        self.writers = tuple([kind.writer(name) for _, name, kind in self.rows])


def _row(attribute: str, hint: Any) -> Row:
    marks = hint.__metadata__
    names = [mark.name for mark in marks if isinstance(mark, Key)]
    kinds = [mark for mark in marks if not isinstance(mark, Key | Secret)]
    return attribute, names[0] if names else attribute, kinds[0]


def layout(message: MessageType) -> tuple[Row, ...]:
    """(attribute, JSON name, kind) of each field of a message, in order."""
    return message.rows


class Message(Record, metaclass=MessageType):
    """Fields in order for RLP, by name for JSON; every field is checked in both directions."""

    def to_rlp(self) -> list[rlp.Item]:
        """The fields as RLP items. Raises FieldInvalid."""
        kind = type(self)
        if not kind.writers:
            kind.prepare()
        parts = zip(kind.writers, each(self), strict=False)  # `strict` takes 260 ns
        return [write(value) for write, value in parts]

    @classmethod
    def from_rlp(cls, item: rlp.Item) -> Self:
        """The message of exactly these items. Raises FieldInvalid."""
        if not cls.readers:
            cls.prepare()
        readers = cls.readers
        if isinstance(item, bytes) or len(item) != len(readers):
            found = "bytes" if isinstance(item, bytes) else f"{len(item)} fields"
            raise FieldInvalid(f"{cls.__name__}: {found}, expected {len(readers)} fields")
        return made_of(cls, [read(part) for read, part in zip(readers, item, strict=False)])

    def to_json(self) -> dict[str, Any]:
        """JSON object: bytes as 0x and lower-case hex, integers as integers."""
        rows = zip(type(self).rows, each(self), strict=True)
        return {name: kind.to_json(name, value) for (_, name, kind), value in rows}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The message of a JSON object with exactly these keys. Raises FieldInvalid."""
        if not isinstance(value, dict):
            raise FieldInvalid(f"{cls.__name__}: {type(value).__name__}, expected an object")
        names = [name for _, name, _ in cls.rows]
        for name in names:
            if name not in value:
                raise FieldInvalid(f"{name}: missing, expected in {cls.__name__}")
        for key in value:
            if key not in names:
                raise FieldInvalid(f"{key!r:.80}: unknown, expected only {', '.join(names)}")
        return made_of(cls, [kind.from_json(name, value[name]) for _, name, kind in cls.rows])


class ListOf(Slow):
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
