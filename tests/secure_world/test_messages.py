"""Messages: records that never change, and one RLP form for each of them."""

import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_world import rlp
from secure_world.bundle import Bundle
from secure_world.commands import (
    LAYOUTS,
    Claim,
    Count,
    Empty,
    Layout,
    Provision,
    Register,
    Restore,
    RestoreKey,
    SignReading,
)
from secure_world.device import Keys
from secure_world.errors import FieldInvalid, RlpInvalid
from secure_world.fields import Bool, Kind, Octets, Text, Uint
from secure_world.message import ListOf, Message, layout
from secure_world.policy_rules import Rules
from secure_world.record import Record
from secure_world.structures import PolicyHead, Reading, Ready, SignedReading, SignedReady, Terms

ASKED: set[type[Message]] = {
    kind for entry in LAYOUTS.values() for kind in (entry.request, entry.response)
}
UNASKED: set[type[Message]] = {Rules, Terms, PolicyHead}
MESSAGES = sorted(ASKED | UNASKED, key=lambda kind: kind.__name__)
READING = Reading(b"\1" * 32, b"\2" * 20, 3, 5, 7, 0)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """All that a field may hold."""
    if isinstance(kind, Uint):
        edges = st.sampled_from([kind.low, kind.high])
        return edges | st.integers(kind.low, min(kind.high, kind.low + 300))
    if isinstance(kind, Octets):
        least = 0 if kind.shorter else kind.size
        data = st.binary(min_size=least, max_size=max(least, min(kind.size, 300)))
        return st.none() | data if kind.optional else data
    if isinstance(kind, Text):
        return st.text(max_size=kind.size // 4)
    if isinstance(kind, ListOf):
        return st.lists(messages(kind.item), max_size=min(kind.most, 3)).map(tuple)
    assert isinstance(kind, Bool)
    return st.booleans()


def messages(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Messages of a class."""
    made = st.tuples(*[values(field) for _, _, field in layout(kind)])
    if issubclass(kind, Reading):
        made = made.filter(lambda fields: fields[2] <= fields[3])
    if kind is Rules:  # a registry comes with claims, and with claims only
        registry = b"\x0d" * 20
        made = made.map(lambda fields: (*fields[:-2], registry if fields[-1] else None, fields[-1]))
    return made.map(lambda fields: kind(*fields))


@given(st.sampled_from(MESSAGES).flatmap(messages))
def test_rlp_there_and_back(message: Message) -> None:
    data = rlp.encode(message.to_rlp())
    again = type(message).from_rlp(rlp.decode(data))
    assert again == message
    assert rlp.encode(again.to_rlp()) == data


@given(st.sampled_from(MESSAGES).flatmap(messages), st.data())
def test_bytes_that_are_read_are_the_only_ones_for_that_message(
    message: Message, data: st.DataObject
) -> None:
    changed = bytearray(rlp.encode(message.to_rlp()))
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = type(message).from_rlp(rlp.decode(bytes(changed)))
    except (RlpInvalid, FieldInvalid):
        return
    assert rlp.encode(read.to_rlp()) == changed


items = st.recursive(
    st.sampled_from([b"", b"\0", b"\1", b"\0\1", b"\xff" * 8, b"\1" * 20, b"\2" * 32, b"\3" * 64]),
    lambda inner: st.lists(inner, max_size=7),
    max_leaves=12,
)


@given(st.sampled_from(MESSAGES), items)
def test_any_item_is_the_message_or_a_field_error(kind: type[Message], item: rlp.Item) -> None:
    try:
        read = kind.from_rlp(item)
    except FieldInvalid:
        return
    assert read.to_rlp() == item


@given(st.sampled_from(MESSAGES).flatmap(messages))
def test_json_there_and_back(message: Message) -> None:
    assert type(message).from_json(message.to_json()) == message


WRONG: list[tuple[str, Any]] = [
    ("trade", b"\1" * 31),
    ("trade", bytearray(32)),
    ("final", 1),
    ("session", -1),
    ("session", 2**64),
    ("session", True),
    ("session", 1.0),
    ("imported_uwh", "1"),
    ("exported_uwh", None),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=str)
def test_a_field_out_of_range_is_named_before_anything_is_sent(name: str, value: Any) -> None:
    good = SignReading(b"\1" * 32, False, 1, 2, 3)
    with pytest.raises(FieldInvalid, match=f"^{name}: "):
        good.replace(**{name: value}).to_rlp()


READ_WRONG: list[tuple[int, str, rlp.Item]] = [
    (0, "trade", b"\1" * 33),
    (0, "trade", [b"\1" * 32]),
    (1, "final", b"\2"),
    (1, "final", []),
    (2, "session", b"\0\1"),
    (2, "session", b"\0"),
    (2, "session", b"\1" + b"\0" * 8),
    (3, "imported_uwh", []),
]


@pytest.mark.parametrize(("place", "name", "item"), READ_WRONG, ids=str)
def test_a_field_that_is_read_wrong_is_named(place: int, name: str, item: rlp.Item) -> None:
    fields = SignReading(b"\1" * 32, False, 1, 2, 3).to_rlp()
    fields[place] = item
    with pytest.raises(FieldInvalid, match=f"^{name}: "):
        SignReading.from_rlp(fields)


def test_by_position_by_name_and_both() -> None:
    wanted = Count(1, 2, 3)
    assert Count(session=1, imported_uwh=2, exported_uwh=3) == wanted
    assert Count(1, exported_uwh=3, imported_uwh=2) == wanted
    assert (wanted.session, wanted.imported_uwh, wanted.exported_uwh) == (1, 2, 3)
    assert Layout(Empty, Empty, frozenset()) == Layout(Empty, Empty, frozenset(), False)


@pytest.mark.parametrize(
    "make",
    [
        lambda make: make(1, 2),
        lambda make: make(1, 2, 3, 4),
        lambda make: make(1, 2, 3, session=1),
        lambda make: make(1, 2, wrong=3),
        lambda make: make(1, 2, 3).replace(wrong=4),
    ],
)
def test_every_field_once(make: Any) -> None:
    with pytest.raises(TypeError, match="Count"):
        make(Count)


def test_equal_are_only_messages_of_one_class_with_the_same_fields() -> None:
    assert Reading(b"\1" * 32, b"\2" * 20, 3, 5, 7, 0) == READING
    assert READING.replace(to_uwh=6) != READING
    assert Count(1, 2, 0) != Register(1, 2)
    assert Register(1, 2) != (1, 2)
    assert Register(1, 2) != (1, 2)
    assert len({READING, READING.replace(sequence=8), READING.replace()}) == 2


def test_nothing_changes_a_message() -> None:
    changes: list[Any] = [
        lambda: setattr(READING, "to_uwh", 9),
        lambda: setattr(READING, "other", 9),
        lambda: delattr(READING, "to_uwh"),
    ]
    for change in changes:
        with pytest.raises(AttributeError):
            change()
    assert READING.to_uwh == 5
    assert not hasattr(READING, "__dict__")


def test_a_message_without_fields_counts_as_there() -> None:
    assert Empty()
    assert Empty() == Empty()


def test_text_copies_and_pickles() -> None:
    assert repr(Register(1, 2)) == "Register(import_uwh=1, export_uwh=2)"
    for again in (copy.copy(READING), copy.deepcopy(READING), pickle.loads(pickle.dumps(READING))):  # noqa: S301
        assert again == READING
        assert type(again) is Reading


def test_no_text_of_a_message_shows_a_secret() -> None:
    bundle = Bundle(*[bytes([65 + number]) * 32 for number in range(4)])
    shown: list[Message] = [
        Provision(12, "open sesame", 3600),
        Claim(b"\2" * 33, "open sesame"),
        bundle,
    ]
    shown += [Restore("open sesame", "open sesame", 3600), RestoreKey(b"sesame!!" * 4, 3600)]
    for message in [*shown, Keys.of(bundle)]:
        text = f"{message} {message!r}"
        assert "…" in text
        assert not any(word in text for word in ("sesame", "AAAA", "BBBB", "CCCC", "DDDD"))


def test_what_extends_has_the_first_fields_first() -> None:
    signed = SignedReading(b"\1" * 32, b"\2" * 20, 3, 5, 7, 0, b"\4" * 64)
    assert signed != READING
    assert isinstance(signed, Reading)
    assert signed.energy_uwh == 2
    assert [name for name, _, _ in layout(SignedReady)] == [
        *[name for name, _, _ in layout(Ready)],
        "signature",
    ]


def test_a_reading_that_ends_before_it_begins_is_refused_however_it_is_made() -> None:
    fields = READING.to_rlp()
    fields[3] = b"\2"
    makers: list[Any] = [
        lambda: READING.replace(to_uwh=2),
        lambda: Reading.from_rlp(fields),
        lambda: Reading.from_json({**READING.to_json(), "to": 2}),
    ]
    for make in makers:
        with pytest.raises(FieldInvalid, match=r"^to: "):
            make()


def test_a_field_is_new_and_no_dataclass_is_needed() -> None:
    with pytest.raises(TypeError, match="new field"):
        type("Again", (Register,), {"__annotations__": {"import_uwh": int}})
    with pytest.raises(TypeError, match="no @dataclass"):
        type("Old", (Record,), {"__annotations__": {"a": int}, "__dataclass_fields__": {}})


def test_the_boundary_needs_no_heavy_modules() -> None:
    heavy = "{'dataclasses', 'inspect', 'ast', 'argparse', 'cryptography', 'mnemonic', 'bip_utils'}"
    code = f"import sys, secure_world.commands; print(sorted({heavy} & sys.modules.keys()))"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path}; {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "[]\n"
