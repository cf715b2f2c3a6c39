"""Frames: what is written is read again, however it is cut; everything else is refused."""

import json
import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.link.errors import FrameError
from normal_world.link.frames import MAX_BYTES, MAX_DEPTH, Decoder, Message, encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**256), 2**256)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
MESSAGES = st.builds(
    Message,
    st.from_regex(r"[a-z][a-z0-9._-]{0,20}", fullmatch=True),
    st.integers(0, 2**53 - 1),
    st.dictionaries(TEXT, VALUES, max_size=5),
)


def read_all(decoder: Decoder) -> list[Message]:
    messages = []
    while (message := decoder.next()) is not None:
        messages.append(message)
    return messages


def read_until_refused(pieces: list[bytes]) -> tuple[list[Message], bool]:
    """Messages before the first bad frame, and whether there was one."""
    decoder, messages = Decoder(), []
    for piece in pieces:
        decoder.feed(piece)
        assert len(decoder) <= 4 + MAX_BYTES + len(piece)
        try:
            while (message := decoder.next()) is not None:
                messages.append(message)
        except FrameError:
            return messages, True
    return messages, False


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(bounds)]


def framed(text: str | bytes) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">I", len(data)) + data


@given(st.lists(MESSAGES, max_size=5), st.lists(st.integers(0, 10**6), max_size=20))
def test_any_cut_of_the_stream_gives_the_same_messages(
    messages: list[Message], places: list[int]
) -> None:
    stream = b"".join(map(encode, messages))
    assert read_until_refused(cut(stream, places)) == (messages, False)


@given(st.lists(MESSAGES, max_size=3), st.binary(max_size=200), st.lists(st.integers(0, 10**6)))
def test_garbage_never_changes_what_came_before_it_nor_depends_on_the_cut(
    messages: list[Message], garbage: bytes, places: list[int]
) -> None:
    stream = b"".join(map(encode, messages)) + garbage
    whole = read_until_refused([stream])
    assert whole[0][: len(messages)] == messages
    assert read_until_refused(cut(stream, places)) == whole
    assert read_until_refused([stream[i : i + 1] for i in range(len(stream))]) == whole


@given(VALUES)
def test_a_document_is_read_or_refused_by_name_and_never_anything_else(value: Any) -> None:
    decoder = Decoder()
    decoder.feed(framed(json.dumps(value)))
    with pytest.raises(FrameError):
        decoder.next()


GOOD = '{"v":1,"type":"a","id":0,"body":{}}'


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '"text"',
        "{}",
        '{"v":1,"type":"a","id":0}',
        '{"v":1,"type":"a","id":0,"body":{},"more":1}',
        '{"v":2,"type":"a","id":0,"body":{}}',
        '{"v":true,"type":"a","id":0,"body":{}}',
        '{"v":1.0,"type":"a","id":0,"body":{}}',
        '{"v":1,"type":7,"id":0,"body":{}}',
        '{"v":1,"type":"A b","id":0,"body":{}}',
        '{"v":1,"type":"a","id":-1,"body":{}}',
        '{"v":1,"type":"a","id":false,"body":{}}',
        '{"v":1,"type":"a","id":"0","body":{}}',
        '{"v":1,"type":"a","id":9007199254740992,"body":{}}',
        '{"v":1,"type":"a","id":0,"body":[]}',
        '{"v":1,"v":1,"type":"a","id":0,"body":{}}',
        '{"v":1,"type":"a","id":0,"body":{"x":1,"x":2}}',
        '{"v":1,"type":"a","id":0,"body":{"x":[{"y":1,"y":1}]}}',
        '{"v":1,"type":"a","id":0,"body":{"x":NaN}}',
        '{"v":1,"type":"a","id":0,"body":{"x":-Infinity}}',
        '{"v":1,"type":"a","id":0,"body":{"x":1e999}}',
        '{"v":1,"type":"a","id":0,"body":{"x":"\\ud800"}}',
        '{"v":1,"type":"a","id":0,"body":{"\\ud800":1}}',
        '{"v":1,"type":"a","id":0,"body":{"x":' + "1" * 5000 + "}}",
        '{"v":1,"type":"a","id":0,"body":{"x":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}}",
        "[" * 30000 + "]" * 30000,
        '{"a":' * 10000 + "1" + "}" * 10000,
        GOOD + " x",
        "\ufeff" + GOOD,
        GOOD.encode("utf-16"),
        b"\xff\xfe",
        b"",
    ],
)
def test_a_bad_frame_is_refused_and_nothing_after_it_is_read(text: str | bytes) -> None:
    decoder = Decoder()
    decoder.feed(framed(text) + framed(GOOD))
    for _ in range(2):
        with pytest.raises(FrameError):
            decoder.next()
    decoder.feed(framed(GOOD) * 1000)
    assert len(decoder) == 0


@pytest.mark.parametrize("length", [0, 1, MAX_BYTES + 1, 2**31, 2**32 - 1])
def test_a_bad_length_is_refused_before_its_bytes_are_waited_for(length: int) -> None:
    decoder = Decoder()
    decoder.feed(struct.pack(">I", length))
    with pytest.raises(FrameError, match=str(length)):
        decoder.next()


def test_the_largest_frame_passes_and_one_byte_more_does_not() -> None:
    room = MAX_BYTES - len(encode(Message("a", 0, {"x": ""}))) + 4
    largest = encode(Message("a", 0, {"x": "y" * room}))
    assert len(largest) == 4 + MAX_BYTES
    decoder = Decoder()
    decoder.feed(largest)
    assert [message.body["x"] for message in read_all(decoder)] == ["y" * room]
    with pytest.raises(FrameError, match=str(MAX_BYTES + 1)):
        encode(Message("a", 0, {"x": "y" * (room + 1)}))


def test_the_deepest_body_passes_both_ways() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH - 2):
        deep = [deep]
    message = Message("a", 0, {"x": deep})
    decoder = Decoder()
    decoder.feed(encode(message))
    assert decoder.next() == message
    with pytest.raises(FrameError, match="deeper"):
        encode(Message("a", 0, {"x": [deep]}))


@pytest.mark.parametrize(
    "body",
    [
        {"x": float("nan")},
        {"x": float("inf")},
        {"x": b"bytes"},
        {"x": {1: "key"}},
        {"x": "\udc80"},
        {"x": object()},
        {"x": 10**5000},
    ],
)
def test_what_no_receiver_would_accept_is_not_written(body: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        encode(Message("a", 0, body))
