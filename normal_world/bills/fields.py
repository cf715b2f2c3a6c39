"""Reads the fields of a bill: each is there, of its kind and within its range, and no other is."""

from collections.abc import Callable
from typing import Any, TypeVar

from normal_world.bills.canonical import read_number
from normal_world.bills.errors import BillMalformed
from normal_world.chain import hexes
from secure_world.protocol import FieldInvalid

T = TypeVar("T")
UINT32, UINT40, UINT64, UINT96, UINT256 = (2**bits - 1 for bits in (32, 40, 64, 96, 256))
MAX_TEXT = 60  # characters of a label


class Fields:
    """One object of the document; `where` names it in errors. All raise BillMalformed."""

    def __init__(self, found: object, where: str, *names: str) -> None:
        if not isinstance(found, dict):
            raise BillMalformed(f"{where}: an object expected")
        if found.keys() != set(names):
            told = ", ".join(sorted(found.keys() ^ set(names)))[:100]
            raise BillMalformed(f"{where}: {told} missing or unknown")
        self._found: dict[str, Any] = found
        self._where = where

    def number(self, name: str, most: int, least: int = 0) -> int:
        value = read_number(self._found[name])
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(name, f"a number from {least} to {most}")
        return value

    def maybe_number(self, name: str, most: int) -> int | None:
        return None if self._found[name] is None else self.number(name, most)

    def address(self, name: str) -> str:
        return self._matching(name, hexes.ADDRESS.fullmatch, "0x and 40 digits, lower case")

    def word(self, name: str) -> str:
        return self._matching(name, hexes.HASH.fullmatch, "0x and 64 digits, lower case")

    def _matching(self, name: str, fits: Callable[[str], object], expected: str) -> str:
        value = self._found[name]
        if not isinstance(value, str) or not fits(value) or value != value.lower():
            raise self._wrong(name, expected)
        return value

    def text(self, name: str) -> str:
        value = self._found[name]
        if not isinstance(value, str) or not fits_page(value):
            raise self._wrong(name, f"up to {MAX_TEXT} characters that Windows-1252 has")
        return value

    def message(self, name: str, read: Callable[[object], T]) -> T:
        found = self._found[name]
        if isinstance(found, dict):
            found = {key: read_number(value) for key, value in found.items()}
        try:
            return read(found)
        except FieldInvalid as error:
            raise BillMalformed(f"{self._where}.{name}: {error}") from error

    def rows(self, name: str, most: int, read: Callable[[object, str], T]) -> tuple[T, ...]:
        value = self._found[name]
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise self._wrong(name, f"1 to {most} rows")
        return tuple(read(row, f"{name}[{at}]") for at, row in enumerate(value))

    def part(self, name: str) -> object:
        return self._found[name]

    def _wrong(self, name: str, expected: str) -> BillMalformed:
        return BillMalformed(
            f"{self._where}.{name}: {self._found[name]!r:.60}, {expected} expected"
        )


def fits_page(text: str) -> bool:
    """Whether a label is short, and has only letters that the page's font has."""
    try:
        text.encode("cp1252")
    except ValueError:
        return False
    return len(text) <= MAX_TEXT and text.isprintable()
