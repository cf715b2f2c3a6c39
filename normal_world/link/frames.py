"""Frames of the link: four bytes of length, big-endian, then one JSON object in UTF-8.

    00 00 00 2f  {"v":1,"type":"reading","id":7,"body":{…}}

Strict: at most 64 KiB, exactly these keys, none twice, finite numbers, 16 levels deep at most.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from normal_world.link.errors import FrameError

VERSION = 1
MAX_BYTES = 65536
MAX_DEPTH = 16
MAX_ID = 2**53 - 1  # the integers that every JSON reader keeps exact
TYPE = re.compile(r"[a-z][a-z0-9._-]{0,63}")
KEYS = {"v", "type", "id", "body"}

Body = dict[str, Any]


@dataclass(frozen=True)
class Message:
    type: str
    id: int
    body: Body


def encode(message: Message) -> bytes:
    """The message as a frame; FrameError for what no receiver would accept."""
    _check_depth(message.body, 2)
    document = {"v": VERSION, "type": message.type, "id": message.id, "body": message.body}
    _check_keys(document)
    try:
        text = json.dumps(document, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
        data = text.encode()
    except (TypeError, ValueError) as error:
        raise FrameError(f"message {message.type!r} cannot be written as JSON: {error}") from error
    _check_length(len(data))
    return len(data).to_bytes(4, "big") + data


class Decoder:
    """Cuts a stream into messages; holds one unfinished frame and the last feed at most."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._error: FrameError | None = None

    def __len__(self) -> int:
        """Bytes held: 65540 and one feed at most."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Add what was received. Nothing is kept once a frame was bad."""
        if self._error is None:
            self._buffer += data

    def next(self) -> Message | None:
        """The next whole message, or None. After a FrameError every call raises it again."""
        if self._error is not None:
            raise self._error
        try:
            return self._cut()
        except FrameError as error:
            self._error = error
            self._buffer.clear()
            raise

    def _cut(self) -> Message | None:
        if len(self._buffer) < 4:
            return None
        length = int.from_bytes(self._buffer[:4], "big")
        _check_length(length)
        if len(self._buffer) < 4 + length:
            return None
        data = bytes(self._buffer[4 : 4 + length])
        del self._buffer[: 4 + length]
        return _parse(data)


def _parse(data: bytes) -> Message:
    try:
        document = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except FrameError:
        raise
    except RecursionError:
        raise FrameError(f"frame nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:  # not UTF-8, not JSON, an integer of thousands of digits
        raise FrameError(f"frame is not JSON: {error}") from None
    _check_depth(document, 1)
    _check_keys(document)
    return Message(document["type"], document["id"], document["body"])


def _check_length(length: int) -> None:
    if not 2 <= length <= MAX_BYTES:
        raise FrameError(f"frame of {length} bytes, expected 2 to {MAX_BYTES}")


def _check_keys(document: Any) -> None:
    if not isinstance(document, dict) or document.keys() != KEYS:
        raise FrameError(f"frame is no object with exactly the keys {sorted(KEYS)}")
    version, identity, kind = document["v"], document["id"], document["type"]
    if type(version) is not int or version != VERSION:
        raise FrameError(f"frame of version {version!r}, expected {VERSION}")
    if not isinstance(kind, str) or not TYPE.fullmatch(kind):
        raise FrameError(f"frame of type {kind!r:.80}, expected {TYPE.pattern}")
    if type(identity) is not int or not 0 <= identity <= MAX_ID:
        raise FrameError(f"frame of id {identity!r:.80}, expected 0 to {MAX_ID}")
    if not isinstance(document["body"], dict):
        raise FrameError("body of the frame is no object")


def _check_depth(value: Any, depth: int) -> None:
    """Recursion is bounded by the depth itself."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list | tuple):
        if depth > MAX_DEPTH:
            raise FrameError(f"frame nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            for key in value:
                _check_text(key)
            value = value.values()
        for item in value:
            _check_depth(item, depth + 1)


def _check_text(value: Any) -> None:
    """A lone surrogate is valid JSON, but no text: it would break whoever writes it on."""
    try:
        value.encode()
    except (AttributeError, UnicodeEncodeError):
        raise FrameError(f"frame holds {value!r:.40}, expected Unicode text") from None


def _unique(pairs: list[tuple[str, Any]]) -> Body:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise FrameError("frame holds a key twice")
    return document


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise FrameError(f"frame holds {text:.40}, expected a finite number")
    return number


def _no_constant(text: str) -> NoReturn:
    raise FrameError(f"frame holds {text}, expected a finite number")
