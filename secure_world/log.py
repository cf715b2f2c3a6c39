"""One line an event on stderr: LEVEL CODE message."""

import os
from collections import Counter
from contextlib import suppress

_STDERR = 2

_seen: Counter[tuple[str, str]] = Counter()


def event(level: str, code: str, message: str) -> None:
    """Write one line; never anything secret. A log that cannot be written stops nothing."""
    line = f"{level} {code} {message}".replace("\n", " ") + "\n"
    with suppress(OSError):
        os.write(_STDERR, line.encode("utf-8", "replace"))


def refused(role: str, code: str, message: str) -> None:
    """A refusal: the 1st, 2nd, 4th, 8th … of a role and code, so that nobody can flood the log."""
    _seen[role, code] += 1
    times = _seen[role, code]
    if times & (times - 1) == 0:
        event("WARNING", code, f"{role} refused (time {times}): {message}")
