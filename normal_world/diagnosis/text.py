"""Results as lines for a person: aligned, 80 columns, states as words."""

import textwrap
from collections import Counter
from collections.abc import Sequence

from normal_world.diagnosis.result import FAIL, OK, SKIPPED, WARN, Result

WIDTH, NAME = 80, 14
WORDS = {OK: "ok", WARN: "WARN", FAIL: "FAIL", SKIPPED: "skipped"}
COLOURS = {OK: "32", WARN: "33", FAIL: "31", SKIPPED: "2"}  # SGR; the words say it without them
STATE = max(map(len, WORDS.values())) + 1
INDENT = " " * (STATE + NAME)


def line_of(result: Result, colour: bool = False) -> str:
    """`FAIL    chain         no answer …`, and below it what to do."""
    word = WORDS[result.state].ljust(STATE)
    if colour:
        word = f"\x1b[{COLOURS[result.state]}m{word}\x1b[0m"
    lines = _wrapped(result.found)
    lines += _wrapped(f"→ {result.do}", "  ") if result.do else []
    first = f"{result.name.ljust(NAME)}{lines[0]}"
    return "\n".join([word + first, *(INDENT + line for line in lines[1:])])


def summary(results: Sequence[Result]) -> str:
    """`24 checks: 20 ok, 1 WARN, 2 FAIL, 1 skipped`"""
    counts = Counter(result.state for result in results)
    parts = [f"{counts[state]} {word}" for state, word in WORDS.items() if counts[state]]
    return f"{len(results)} check{'s' * (len(results) != 1)}: {', '.join(parts)}"


def _wrapped(text: str, later: str = "") -> list[str]:
    room = WIDTH - len(INDENT)
    return textwrap.wrap(text, room, subsequent_indent=later, break_on_hyphens=False) or [""]
