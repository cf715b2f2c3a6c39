"""Quotes and attestation keys in files, and the judgement of a quote."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normal_world.cli import new_file
from normal_world.cli.errors import QuoteRefused, UsageInvalid

if TYPE_CHECKING:
    from secure_world.protocol import Quote

MARK, FORMAT = "evlock_quote", 1
POINT_BYTES = 64


def to_json(quote: "Quote") -> dict[str, Any]:
    """The file's content."""
    return {MARK: FORMAT, **quote.to_json()}


def read(path: Path) -> "Quote":
    """Raises UsageInvalid, OSError."""
    from secure_world.protocol import FieldInvalid, Quote

    found = new_file.read(path, MARK, FORMAT)
    try:
        return Quote.from_json({key: value for key, value in found.items() if key != MARK})
    except FieldInvalid as error:
        raise UsageInvalid(f"{path}: {error}") from None


def key_of(text: str) -> bytes:
    """The point of 128 hexadecimal digits, or of a file with them or with `info --json`."""
    found = _point(text)
    if found is None and Path(text).is_file():
        found = _point_in(Path(text).read_text(encoding="utf-8").strip())
    if found is None:
        expected = "0x and 128 hexadecimal digits, or a file of `info --json`, expected"
        raise UsageInvalid(f"--key {text!r:.80}: {expected}")
    return found


def judge(quote: "Quote", key: bytes, nonce: bytes | None, code: bytes | None) -> None:
    """Raises QuoteRefused unless the quote is of this key, nonce and code (None: any)."""
    from secure_world.protocol import SignatureInvalid, verify_quote

    try:
        verify_quote(quote, key)
    except SignatureInvalid as error:
        raise QuoteRefused(str(error)) from None
    if nonce is not None and quote.nonce != nonce:
        raise QuoteRefused(f"nonce 0x{quote.nonce.hex()}: 0x{nonce.hex()} expected")
    if code is not None and quote.measurement != code:
        raise QuoteRefused(f"code 0x{quote.measurement.hex()}: 0x{code.hex()} expected")


def _point_in(text: str) -> bytes | None:
    if not text.startswith("{"):
        return _point(text)
    try:
        return _point(str(json.loads(text).get("attestation_key")))
    except ValueError:
        return None


def _point(text: str) -> bytes | None:
    digits = text.removeprefix("0x")
    if len(digits) != 2 * POINT_BYTES:
        return None
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return None
