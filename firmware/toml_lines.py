"""Where each key of a TOML text stands: tomllib knows values, but no line numbers.

The text must be one that tomllib accepts (TOML 1.0.0, https://toml.io/en/v1.0.0): nothing is
checked here. A path is the keys that lead to a value, elements of arrays by their index:
`("adc", "voltage", "address")`, `("peers", 0, "meter")`.
"""

import re
import tomllib
from typing import NamedTuple

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(  # the closing quotes of the long forms may have up to two more before them
    r'"""(?:\\.|[^\\])*?""""{0,2}' r"|'''.*?''''{0,2}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_VALUE = re.compile(r"[^\s,\]}#](?:[^,\]}#\r\n]*[^\s,\]}#])?")  # a date may hold a blank


class Entry(NamedTuple):
    """A key's line, from 1, and where in the text its value is (empty for a [table])."""

    line: int
    begin: int
    end: int


def index(text: str) -> dict[Path, Entry]:
    """Every table, key and array element of a valid TOML text with its place."""
    return _Scanner(text).run()


class _Scanner:
    """Walks over the text once; `_at` is the next character."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._entries: dict[Path, Entry] = {}
        self._counts: dict[Path, int] = {}  # elements so far of each array of tables
        self._counted_to, self._line = 0, 1

    def run(self) -> dict[Path, Entry]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._entries

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the path of the table that begins."""
        many, line = self._text.startswith("[[", self._at), self._line_here()
        self._at += 2 if many else 1
        *parents, last = self._keys()
        self._skip(_SPACE)
        self._at += 2 if many else 1
        path: Path = ()
        for key in parents:
            path = self._latest((*path, key))
            self._entries.setdefault(path, Entry(line, self._at, self._at))
        path = (*path, last)
        if many:
            self._entries.setdefault(path, Entry(line, self._at, self._at))
            self._counts[path] = self._counts.get(path, 0) + 1
            path = self._latest(path)
        self._entries[path] = Entry(line, self._at, self._at)
        return path

    def _latest(self, path: Path) -> Path:
        """The last element of an array of tables; any other path as it is."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, table: Path) -> None:
        """`a.b = value`"""
        line, path = self._line_here(), table
        keys = self._keys()
        self._skip(_SPACE)
        self._at += 1  # =
        self._skip(_SPACE)
        for key in keys:
            path = (*path, key)
            self._entries.setdefault(path, Entry(line, self._at, self._at))
        begin = self._at
        self._value(path)
        self._entries[path] = Entry(line, begin, self._at)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            if quoted := _STRING.match(self._text, self._at):
                keys.append(str(tomllib.loads(f"k = {quoted[0]}")["k"]))
                self._at = quoted.end()
            else:
                keys.append(self._skip(_PLAIN_KEY))
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if opening in "\"'" else _PLAIN_VALUE)

    def _array(self, path: Path) -> None:
        count = 0
        self._next()
        while self._text[self._at] != "]":
            line, begin = self._line_here(), self._at
            self._value((*path, count))
            self._entries[(*path, count)] = Entry(line, begin, self._at)
            count += 1
            self._comma()
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._next()
        while self._text[self._at] != "}":
            self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._text[self._at] == ",":
            self._next()

    def _next(self) -> None:
        self._at += 1
        self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None, f"line {self._line_here()}: not TOML"
        self._at = found.end()
        return found[0]

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line
