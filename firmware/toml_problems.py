"""What is wrong with one TOML file, gathered while the reading goes on."""

import tomllib
from pathlib import Path

from firmware.errors import ConfigError
from firmware.toml_lines import Entry, index
from firmware.toml_lines import Path as Keys

SHOWN = 40  # characters of a wrong value that are repeated


class Problems:
    """Problems of one file, each with the place of its key; raised all at once."""

    def __init__(self, path: Path, text: str, entries: dict[Keys, Entry]) -> None:
        self.path, self._text, self._entries = path, text, entries
        self._lines: dict[Keys, tuple[int, str, str]] = {}  # line (0: unknown), code, message
        self._foreign: list[ConfigError] = []

    @classmethod
    def of_text(cls, path: Path, text: str) -> "Problems":
        """For a text that tomllib accepts."""
        return cls(path, text, index(text))

    def add(self, keys: Keys, message: str, code: str, *, near: Keys | None = None) -> None:
        """One problem with a key; only a key's first one is kept. `near` has the line if not it."""
        if keys not in self._lines:
            line = self.line(keys) or (self.line(near) if near is not None else 0)
            self._lines[keys] = (line, code, message)

    def absorb(self, error: ConfigError) -> None:
        """An error that somebody raised while the file was read."""
        self._foreign.append(error)

    def has(self, keys: Keys) -> bool:
        """Whether something is wrong with this very key."""
        return keys in self._lines

    def below(self, keys: Keys) -> set[str]:
        """The keys of a table with problems at or below them; "" when it is the table's own."""
        size = len(keys)
        return {str((*path, "")[size]) for path in self._lines if path[:size] == keys}

    def line(self, keys: Keys) -> int:
        """The line of a key, from 1; 0 when it is not in the file."""
        entry = self._entries.get(keys)
        return entry.line if entry else 0

    def written(self, keys: Keys) -> str:
        """A value as it stands in the file, cut to one short line."""
        entry = self._entries[keys]
        text = " ".join(self._text[entry.begin : entry.end].split())
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"

    def raise_all(self) -> None:
        """One ConfigError with a line for each problem, in the order of the file."""
        found = [
            (code, f"{self.path}:{line}: {text}" if line else f"{self.path}: {text}")
            for line, code, text in sorted(self._lines.values(), key=lambda told: told[0])
        ]
        found += [problem for error in self._foreign for problem in error.problems]
        if found:
            raise ConfigError.of(found)


def parsed(path: Path, text: str) -> dict[str, object]:
    """The values of a TOML text; raises ConfigError with the line of the fault."""
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise ConfigError(f"{path}{_place(str(error), text)}", "CONFIG-SYNTAX") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply", "CONFIG-SYNTAX") from None


def read_text(path: Path) -> str:
    """The file's text; raises ConfigError naming it."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file", "CONFIG-MISSING") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: {error}; UTF-8 expected", "CONFIG-SYNTAX") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", "CONFIG-MISSING") from None


def _place(message: str, text: str) -> str:
    """tomllib's `… (at line 3, column 7)` as `:3: …, column 7`."""
    told, _, place = message.rpartition(" (at ")
    if place.startswith("line "):
        line, _, column = place.removeprefix("line ").rstrip(")").partition(", ")
        return f":{line}: {told}, {column}"
    return f":{len(text.splitlines())}: {told or message}"  # at the end of the document
