"""Canonical JSON: one document, one row of bytes.

Keys sorted, UTF-8, no spaces, no fractions. An integer above 2^53 - 1 is a string of its digits: a
program that knows only doubles reads the others without loss.
"""

import json
from typing import Any

from normal_world.bills.errors import BillMalformed

SAFE = 2**53 - 1  # the largest integer that every JSON reader keeps
MAX_BYTES = 131_072
MAX_BRACKETS = 5000


def encode(value: object) -> bytes:
    """The bytes of a document of dicts, lists, texts, integers and None."""
    plain = _written(value)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def decode(raw: bytes) -> dict[str, Any]:
    """The object in some JSON, canonical or not; BillMalformed if there is none."""
    if len(raw) > MAX_BYTES:
        raise BillMalformed(f"{len(raw)} bytes, at most {MAX_BYTES} expected")
    try:
        found = loads(raw)
    except ValueError as error:
        raise BillMalformed(f"not JSON ({error})") from None
    if not isinstance(found, dict):
        raise BillMalformed("not a JSON object")
    return found


def loads(raw: bytes) -> Any:
    """Any JSON that somebody else wrote; ValueError if there is none.

    Python's parser crashes on brackets that nest deeper than its stack, if a library has raised the
    limit of recursion: so their number is bounded first.
    """
    if raw.count(b"[") + raw.count(b"{") > MAX_BRACKETS:
        raise ValueError(f"more than {MAX_BRACKETS} brackets")
    try:
        return json.loads(raw.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("too deep") from error


def read_number(value: object) -> object:
    """What `encode` made of an integer, as that integer; anything else as it is."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 80:
        number = int(value)
        return number if number > SAFE and str(number) == value else value
    return value


def _written(value: object) -> object:
    if isinstance(value, dict):
        return {name: _written(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_written(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE:
        return str(value)
    return value
