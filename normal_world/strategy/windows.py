"""Times of day in which a rule holds, `HH:MM-HH:MM`, local; they may pass midnight."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from normal_world.strategy.situation import MINUTES_A_DAY
from normal_world.strategy.words import clock

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FORM = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")


@dataclass(frozen=True)
class Window:
    """From `begin` up to, not including, `end`, minutes of the day; `begin` > `end`: overnight."""

    begin: int
    end: int

    def __str__(self) -> str:
        return f"{clock(self.begin)}-{clock(self.end)}"


@dataclass(frozen=True)
class Times:
    """No windows: the whole day. A window that passes midnight belongs to the day it began on."""

    windows: tuple[Window, ...]
    days: frozenset[int]

    def hold(self, minute: int, weekday: int) -> bool:
        """Whether the rule holds at this local minute (0 to 1439) of this weekday (0 Monday)."""
        if not self.windows:
            return weekday in self.days
        return any(self._within(window, minute, weekday) for window in self.windows)

    def __str__(self) -> str:
        hours = " and ".join(map(str, self.windows)) or "at any time"
        if len(self.days) == len(DAYS):
            return hours
        return f"{hours} on {', '.join(DAYS[day] for day in sorted(self.days))}"

    def _within(self, window: Window, minute: int, weekday: int) -> bool:
        if window.begin < window.end:
            return weekday in self.days and window.begin <= minute < window.end
        if minute >= window.begin:
            return weekday in self.days
        return minute < window.end and (weekday - 1) % len(DAYS) in self.days


ALWAYS = Times((), frozenset(range(len(DAYS))))


class WrongTime(ValueError):
    """`key` is the setting that is wrong; the message says what was expected."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def read_times(windows: Sequence[str], days: Sequence[str]) -> Times:
    """From the texts of the settings; raises WrongTime."""
    if not set(days) <= set(DAYS):
        raise WrongTime("days", f"of {', '.join(DAYS)} expected")
    numbers = frozenset(DAYS.index(day) for day in days) or ALWAYS.days
    return Times(tuple(map(_window, windows)), numbers)


def _window(text: str) -> Window:
    found = FORM.fullmatch(text)
    hours = tuple(map(int, found.groups())) if found else (99, 0, 99, 0)
    begin, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    valid = hours[1] < 60 and hours[3] < 60 and begin < MINUTES_A_DAY and end <= MINUTES_A_DAY
    if not valid or begin == end:
        raise WrongTime("windows", "HH:MM-HH:MM expected, like 18:00-22:00 or 23:00-06:00")
    return Window(begin, end)
