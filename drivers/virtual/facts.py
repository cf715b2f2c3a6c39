"""Values of a board file by their dotted keys: only what the plant needs is looked at."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from drivers.errors import WiringError

T = TypeVar("T")


class Facts:
    """Every fault is a WiringError that names file, key, what stands there, what was expected."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise WiringError(f"{path}: {error}; a board file expected") from error

    def has(self, key: str) -> bool:
        return self._find(key) is not None

    def get(self, key: str, kind: type[T]) -> T:
        """The value, of exactly this type."""
        value = self._find(key)
        if type(value) is not kind:
            raise self.wrong(key, kind.__name__)
        return value

    def number(self, key: str) -> float:
        """A number above zero."""
        value = self._find(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise self.wrong(key, "a number above 0")
        return float(value)

    def bounded(self, key: str, largest: int) -> int:
        """A whole number from 0 to `largest`."""
        value = self.get(key, int)
        if not 0 <= value <= largest:
            raise self.wrong(key, f"0 to {largest}")
        return value

    def wrong(self, key: str, expected: str) -> WiringError:
        value = self._find(key)
        found = "nothing" if value is None else repr(value)[:40]
        return WiringError(f"{self._path}: {key}: {found} given, {expected} expected")

    def _find(self, key: str) -> Any:
        node: Any = self._table
        for name in key.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        return node
