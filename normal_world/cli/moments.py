"""Moments and lengths of time on the command line."""

import math
import re
from datetime import datetime

from normal_world.cli.errors import UsageInvalid

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LENGTH = re.compile(r"(\d{1,6})([smhdw])")
EXPECTED = "now, a time ago (30m, 24h, 7d) or a date (2026-11-20, 2026-11-20T18:00) expected"


def moment(option: str, text: str, now_s: int) -> int:
    """Wall time in seconds; a date without a zone is local. Raises UsageInvalid."""
    if text == "now":
        return now_s
    found = LENGTH.fullmatch(text)
    if found:
        return max(0, now_s - int(found[1]) * UNITS[found[2]])
    try:
        return max(0, math.floor(datetime.fromisoformat(text).timestamp()))
    except (ValueError, OverflowError, OSError):
        raise UsageInvalid(f"{option} {text!r}: {EXPECTED}") from None


def length(option: str, text: str) -> int:
    """Seconds, whole minutes; raises UsageInvalid."""
    found = LENGTH.fullmatch(text)
    seconds = int(found[1]) * UNITS[found[2]] if found else 0
    if seconds < 60 or seconds % 60:
        raise UsageInvalid(f"{option} {text!r}: whole minutes expected, as 5m, 1h or 1d")
    return seconds


def told(time_s: int) -> str:
    """`2026-11-20 18:00`, local."""
    return datetime.fromtimestamp(time_s).astimezone().strftime("%Y-%m-%d %H:%M")
