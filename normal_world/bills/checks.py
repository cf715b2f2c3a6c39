"""Findings of a verification: each thing that was looked at, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

OK, FAIL, NOT_CHECKED = "ok", "FAIL", "not checked"


@dataclass(frozen=True)
class Check:
    """`told`: for FAIL what was expected and what was found, else what was seen."""

    name: str
    state: str
    told: str


@dataclass
class Checks:
    """They are kept in the order in which they were made."""

    rows: list[Check] = field(default_factory=list)

    def same(self, name: str, found: object, expected: object, told: str = "") -> bool:
        """A check that two values are equal."""
        if found == expected:
            self.rows.append(Check(name, OK, told or short(found)))
            return True
        return self.failed(name, f"{short(found)} found, {short(expected)} expected")

    def all_of(self, name: str, faults: Iterable[str], told: str) -> bool:
        """Fails with the first of the faults."""
        found = list(faults)
        if not found:
            self.rows.append(Check(name, OK, told))
            return True
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return self.failed(name, found[0] + more)

    def failed(self, name: str, told: str) -> bool:
        self.rows.append(Check(name, FAIL, told))
        return False

    def skipped(self, name: str, why: str) -> None:
        """What could not be looked at."""
        self.rows.append(Check(name, NOT_CHECKED, why))

    def failures(self) -> list[Check]:
        return [row for row in self.rows if row.state == FAIL]


def short(value: object) -> str:
    """A value in a line of text."""
    text = "0x" + value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 80 else text[:77] + "…"
