"""Immutable records: a class whose annotations are its fields, as a frozen dataclass would be.

    class Trade(Record):
        opened: OpenTrade
        from_uwh: int

Built by position or by name, compared with its own class only, never changed. A tuple underneath,
and no `dataclasses`: that module and what it imports cost the signer 20 ms of start and 1.2 MiB.
"""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self, TypeVar, dataclass_transform

_new: Callable[..., Any] = tuple.__new__
_equal: Callable[[Any, object], bool] = tuple.__eq__
_hash: Callable[[Any], int] = tuple.__hash__
each: Callable[[Any], Iterator[Any]] = tuple.__iter__  # values of a record, in order
T = TypeVar("T", bound="Record")

# Type checkers see no tuple: nobody shall index, unpack or iterate a record.
if TYPE_CHECKING:
    _Fields = object
else:
    _Fields = tuple


class Secret:
    """Marks a field (Annotated) whose value no text of a record shows."""


class RecordType(type):
    """Makes fields of a class's annotations, after those of the class that it extends."""

    attributes: tuple[str, ...]
    defaults: dict[str, Any]
    secrets: frozenset[str]
    refuses: bool  # whether it has a __post_init__ of its own

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> "RecordType":
        attributes: list[str] = list(getattr(bases[0], "attributes", ()))
        defaults: dict[str, Any] = dict(getattr(bases[0], "defaults", {}))
        secrets: set[str] = set(getattr(bases[0], "secrets", ()))
        for attribute, hint in namespace.get("__annotations__", {}).items():
            if attribute in attributes or "__dataclass_fields__" in namespace:
                raise TypeError(f"{name}.{attribute}: expected a new field, and no @dataclass")
            if attribute in namespace:
                defaults[attribute] = namespace[attribute]
            namespace[attribute] = property(itemgetter(len(attributes)))
            attributes.append(attribute)
            if any(isinstance(mark, Secret) for mark in getattr(hint, "__metadata__", ())):
                secrets.add(attribute)
        made = super().__new__(mcs, name, bases, {**namespace, "__slots__": ()})
        made.attributes, made.defaults = tuple(attributes), defaults
        made.secrets = frozenset(secrets)
        made.refuses = "__post_init__" in namespace or getattr(bases[0], "refuses", False)
        return made


@dataclass_transform(frozen_default=True)
class Record(_Fields, metaclass=RecordType):
    """A class may have `__post_init__`, called once all fields are there, to refuse them."""

    if not TYPE_CHECKING:  # checkers know each class's own constructor from its fields

        def __new__(cls, *values, **named):
            if named or len(values) != len(cls.attributes):
                values = _in_order(cls, values, named)
            return made_of(cls, values)

        def __getnewargs__(self):
            return tuple(self)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _equal(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return _hash(self)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        kind = type(self)
        named = zip(kind.attributes, each(self), strict=True)
        told = [f"{name}={'…' if name in kind.secrets else repr(value)}" for name, value in named]
        return f"{kind.__name__}({', '.join(told)})"

    def replace(self, **changes: object) -> Self:
        """The same record but for these fields. Raises TypeError for one that it has not."""
        named = dict(zip(type(self).attributes, each(self), strict=True))
        return type(self)(**{**named, **changes})


def made_of(kind: type[T], values: Any) -> T:
    """The record of exactly these values, in order; their number is the caller's to check."""
    made: T = _new(kind, values)
    if kind.refuses:
        made.__post_init__()  # type: ignore[attr-defined]
    return made


def _in_order(kind: RecordType, values: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
    """What a constructor was given, by position and by name, as one list. Raises TypeError."""
    attributes = kind.attributes
    placed = dict(zip(attributes, values, strict=False))
    if len(values) > len(attributes) or placed.keys() & named.keys():
        raise TypeError(f"{kind.__name__}: too many values, expected {', '.join(attributes)}")
    given = {**kind.defaults, **placed, **named}
    if given.keys() != set(attributes):
        wrong = ", ".join(sorted(given.keys() ^ set(attributes)))
        raise TypeError(f"{kind.__name__}: {wrong} missing or unknown, expected each field once")
    return [given[attribute] for attribute in attributes]
