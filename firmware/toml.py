"""Strict reading of TOML: every key is asked for by name and type; what is left is an error.

A problem does not stop the reading: it is noted with its line, the reader gets a harmless
stand-in, and at the end one ConfigError tells all of them.
"""

import difflib
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from firmware.errors import ConfigError
from firmware.toml_lines import Path as Keys
from firmware.toml_problems import Problems, parsed, read_text
from firmware.toml_words import KINDS, alternatives, label

T = TypeVar("T", int, float, str, bool)
FLOAT_MAX = 10**300
_REQUIRED: Any = object()
_STAND_IN: dict[type, Any] = {int: 1, float: 1.0, str: "", bool: False}


class Table:
    """One table of a TOML file that knows its place and which of its keys were asked for."""

    def __init__(
        self, values: dict[str, Any], problems: Problems, keys: Keys = (), present: bool = True
    ) -> None:
        self._values, self._problems = dict(values), problems
        self._keys, self.present = keys, present
        self._asked: set[str] = set()

    @classmethod
    def of_file(cls, path: Path) -> "Table":
        """Parse the file; raises ConfigError naming it."""
        return cls.of_text(path, read_text(path))

    @classmethod
    def of_text(cls, path: Path, text: str) -> "Table":
        """Parse a text that is, or will be, the file's."""
        return cls(parsed(path, text), Problems.of_text(path, text))

    def take(self, key: str, kind: type[T], default: T = _REQUIRED) -> T:
        """The value of the key, of exactly this type (an integer also serves as a float)."""
        value = self._pop(key, _REQUIRED)
        stand_in: T = _STAND_IN[kind] if default is _REQUIRED else default
        if value is _REQUIRED:
            if default is _REQUIRED:
                self._missing(key, f"{KINDS[kind]} expected")
            return stand_in
        if kind is float and type(value) is int:
            value = float(value) if abs(value) < FLOAT_MAX else value
        if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
            self.wrong(key, f"{KINDS[kind]} expected")
            return stand_in
        return value

    def positive(self, key: str, kind: type[T], default: T = _REQUIRED) -> T:
        """As `take`, and greater than zero."""
        value = self.take(key, kind, default)
        good = value > 0  # type: ignore[operator]
        return value if good else self._refused(key, "a value above zero expected", kind(1))

    def between(self, key: str, kind: type[T], low: T, high: T, default: T = _REQUIRED) -> T:
        """As `take`, and `low` ≤ value ≤ `high`."""
        value = self.take(key, kind, default)
        inside = low <= value <= high
        return value if inside else self._refused(key, f"{low} to {high} expected", low)

    def one_of(self, key: str, choices: Sequence[T], default: T = _REQUIRED) -> T:
        """As `take`, and one of the choices."""
        value = self.take(key, type(choices[0]), default)
        if value in choices:
            return value
        return self._refused(key, f"{alternatives(choices)} expected", choices[0])

    def strings(self, key: str) -> list[str]:
        """A list of strings, empty when absent."""
        value = self._pop(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        self.wrong(key, "a list of texts expected")
        return []

    def addresses(self, key: str) -> list[bytes]:
        """A list of 20-byte addresses, empty when absent; each wrong one has its own line."""
        return [
            self._address((*self._keys, key, n), text) for n, text in enumerate(self.strings(key))
        ]

    def address(self, key: str) -> bytes:
        """One 20-byte address."""
        text = self.take(key, str)
        return self._address((*self._keys, key), text) if self.sound(key) else bytes(20)

    def table(self, key: str) -> "Table":
        """The sub-table of this name, empty when absent."""
        value = self._pop(key, None)
        if value is not None and not isinstance(value, dict):
            self.wrong(key, "a table expected")
        good = isinstance(value, dict)
        return Table(value if good else {}, self._problems, (*self._keys, key), good)

    def tables(self, key: str) -> list["Table"]:
        """The array of tables of this name, empty when absent."""
        value = self._pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(key, "an array of tables expected")
            return []
        keys = (*self._keys, key)
        return [Table(item, self._problems, (*keys, n)) for n, item in enumerate(value)]

    def skip(self, *keys: str) -> None:
        """These keys are known, and another program's."""
        for key in keys:
            self._pop(key, None)

    def wrong(self, key: str, what: str, code: str = "CONFIG-VALUE") -> None:
        """Note that the value of a key cannot be: `what` says why, and what was expected."""
        self._note((*self._keys, key), what, code)

    def sound(self, *keys: str) -> bool:
        """Whether the table is there and nothing was wrong with these keys so far."""
        return self.present and not any(self._problems.has((*self._keys, key)) for key in keys)

    def flawed(self) -> set[str]:
        """Keys at or below which something is wrong; an empty one is the table itself."""
        return self._problems.below(self._keys)

    def line(self, key: str) -> int:
        """The line of a key, from 1; 0 when it is not in the file."""
        return self._problems.line((*self._keys, key))

    def done(self) -> None:
        """Every key must have been read by now; the root raises everything that was wrong."""
        for key, value in self._values.items():
            kind = "table" if isinstance(value, dict) else "key"
            nearest = difflib.get_close_matches(key, sorted(self._asked), 1)
            known = f"; {nearest[0]} meant?" if nearest else f"; known here: {self._known()}"
            name = label((*self._keys, key), table=kind == "table")
            text = f"{name}: unknown {kind}{known}"
            self._problems.add((*self._keys, key), text, "CONFIG-KEY")
        self._values = {}
        if not self._keys:
            self._problems.raise_all()

    def absorb(self, error: ConfigError) -> None:
        """Tell this error together with the others."""
        self._problems.absorb(error)

    def _pop(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        return self._values.pop(key, default)

    def _known(self) -> str:
        return ", ".join(sorted(self._asked)) or "none"

    def _refused(self, key: str, expected: str, stand_in: T) -> T:
        if self.sound(key):
            self.wrong(key, expected)
        return stand_in

    def _missing(self, key: str, expected: str) -> None:
        if self.present:
            keys = (*self._keys, key)
            text = f"{label(keys)}: missing, {expected}"
            self._problems.add(keys, text, "CONFIG-VALUE", near=self._keys)
        else:
            text = f"{label(self._keys, table=True)}: this table is missing"
            self._problems.add(self._keys, text, "CONFIG-VALUE")

    def _note(self, keys: Keys, what: str, code: str = "CONFIG-VALUE") -> None:
        value = f" = {self._problems.written(keys)}" if self._problems.line(keys) else ""
        self._problems.add(keys, f"{label(keys)}{value}: {what}", code, near=self._keys)

    def _address(self, keys: Keys, text: str) -> bytes:
        try:
            return address_bytes(text, "")
        except ConfigError:
            self._note(keys, "0x and 40 hexadecimal digits expected")
            return bytes(20)


@contextmanager
def reading(path: Path, text: str | None = None) -> Iterator[Table]:
    """The root table of a file (or of its text to be); at the end all problems are raised."""
    root = Table.of_file(path) if text is None else Table.of_text(path, text)
    try:
        yield root
    except ConfigError as error:
        root.absorb(error)
    root.done()


def address_bytes(text: str, where: str) -> bytes:
    """Twenty bytes from 0x-hex; raises ConfigError."""
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if not text.startswith("0x") or len(value) != 20:
        raise ConfigError(f"{where}: {text!r}, 0x and 40 hexadecimal digits expected")
    return value
