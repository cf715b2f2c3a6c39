"""Strict reading of TOML: every key is asked for by name and type; what is left is an error."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from firmware.errors import ConfigError

T = TypeVar("T", int, float, str, bool)
_REQUIRED: Any = object()


class Table:
    """One table of a TOML file that remembers where it is and which keys were read."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values = dict(values)
        self.where = where

    @classmethod
    def of_file(cls, path: Path) -> "Table":
        """Parse the file; raises ConfigError naming it."""
        try:
            with path.open("rb") as file:
                return cls(tomllib.load(file), str(path))
        except FileNotFoundError:
            raise ConfigError(f"{path}: no such file", "CONFIG-MISSING") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}", "CONFIG-SYNTAX") from None

    def take(self, key: str, kind: type[T], default: T = _REQUIRED) -> T:
        """The value of the key, of exactly this type (an integer also serves as a float)."""
        value = self._values.pop(key, default)
        if value is _REQUIRED:
            raise ConfigError(f"{self.where}: {key} is missing ({kind.__name__} expected)")
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ConfigError(f"{self.where}: {key} = {value!r}, {kind.__name__} expected")
        return value

    def positive(self, key: str, kind: type[T], default: T = _REQUIRED) -> T:
        """As `take`, and greater than zero."""
        value = self.take(key, kind, default)
        if not value > 0:  # type: ignore[operator]
            raise ConfigError(f"{self.where}: {key} = {value!r}, a value above zero expected")
        return value

    def strings(self, key: str) -> list[str]:
        """A list of strings, empty when absent."""
        value = self._values.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{self.where}: {key}: a list of strings expected")
        return value

    def table(self, key: str) -> "Table":
        """The sub-table of this name, empty when absent."""
        value = self._values.pop(key, {})
        if not isinstance(value, dict):
            raise ConfigError(f"{self.where}: {key}: a table expected")
        return Table(value, f"{self.where} [{key}]")

    def tables(self, key: str) -> list["Table"]:
        """The array of tables of this name, empty when absent."""
        value = self._values.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ConfigError(f"{self.where}: {key}: an array of tables expected")
        return [Table(item, f"{self.where} [[{key}]] {n}") for n, item in enumerate(value, 1)]

    def done(self) -> None:
        """Every key must have been read by now."""
        if self._values:
            unknown = ", ".join(sorted(self._values))
            raise ConfigError(f"{self.where}: unknown key {unknown}", "CONFIG-KEY")


def address_bytes(text: str, where: str) -> bytes:
    """Twenty bytes from 0x-hex; raises ConfigError."""
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if not text.startswith("0x") or len(value) != 20:
        raise ConfigError(f"{where}: {text!r}, 0x and 40 hexadecimal digits expected")
    return value
