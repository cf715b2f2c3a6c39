"""The contract of a strategy: made of its table of settings, asked again and again."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from normal_world.strategy.intent import Intent
from normal_world.strategy.situation import Situation

T = TypeVar("T", int, float, str, bool)


class Settings(Protocol):
    """A table of node.toml: keys are taken by name and type, `done` refuses what is left.

    A wrong value raises nothing: it is noted with its line, the caller gets a harmless one, and
    all problems of the file are told together when the strategy has been made.
    """

    present: bool  # whether the file has this table

    def take(self, key: str, kind: type[T], default: T = ...) -> T:
        """The value, of exactly this type; without a default the key is required."""

    def positive(self, key: str, kind: type[T], default: T = ...) -> T:
        """As `take`, and above zero."""

    def between(self, key: str, kind: type[T], low: T, high: T, default: T = ...) -> T:
        """As `take`, and `low` ≤ value ≤ `high`."""

    def strings(self, key: str) -> list[str]:
        """A list of texts, empty when absent."""

    def table(self, key: str) -> Any:
        """The sub-table, again with these methods."""

    def sound(self, *keys: str) -> bool:
        """Whether the table is there and nothing was wrong with these keys so far."""

    def wrong(self, key: str, what: str) -> None:
        """Note that the value cannot be: `what` says what was expected."""

    def done(self) -> None:
        """Every key must have been read by now."""


class Strategy(Protocol):
    """May remember; must not read clocks or files, and must answer at once."""

    def decide(self, situation: Situation) -> Intent:
        """What to do now, and why."""

    def describe(self) -> Sequence[str]:
        """The settings in plain words, a line each, at most 78 characters."""


Factory = Callable[[Settings], Strategy]
