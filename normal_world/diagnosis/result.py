"""One line of a diagnosis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OK, WARN, FAIL, SKIPPED = "ok", "warn", "fail", "skipped"
Facts = Mapping[str, Any]  # JSON, as a program or gather_….py tells it; None where nobody answers


@dataclass(frozen=True)
class Result:
    """`found` is what was seen, `do` the next step of the technician ("" when all is well).

    `hardware` says what kind of failure it would be: exit code 4 when all failures are.
    """

    name: str
    state: str
    found: str
    do: str = ""
    hardware: bool = False


def ok(name: str, found: str) -> Result:
    return Result(name, OK, found)


def warn(name: str, found: str, do: str) -> Result:
    return Result(name, WARN, found, do)


def fail(name: str, found: str, do: str, *, hardware: bool = False) -> Result:
    return Result(name, FAIL, found, do, hardware)


def skipped(name: str, why: str) -> Result:
    return Result(name, SKIPPED, why)


def age(seconds: float) -> str:
    """`3 days`, `2 hours`, `5 minutes`: the largest unit that is not zero."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def size(count: float) -> str:
    """Bytes as `512 MB` or `3.1 GB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
