"""GPIO lines with their latches and pulls; they belong to the board, not to a process."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

LOW, HIGH = 0, 1
Watcher = Callable[[int, float], None]  # (level, time in seconds)


@dataclass(slots=True)
class Line:
    output: bool = False
    latch: int = HIGH
    pull: int = HIGH  # relay boards are active low and pull their inputs up
    held: int | None = None  # by a switch, stronger than the pull

    @property
    def level(self) -> int:
        if self.output:
            return self.latch
        return self.pull if self.held is None else self.held


class GpioBank:
    """Lines by number; watchers hear of changed levels only; lines named `low` are pulled down."""

    def __init__(
        self, lines: Iterable[int], watchers: dict[int, Watcher], low: Iterable[int] = ()
    ) -> None:
        self.lines = {number: Line() for number in lines}
        for number in low:
            self.lines[number] = Line(latch=LOW, pull=LOW)
        self._watchers = watchers

    def setup(self, number: int, output: bool, level: int | None, now_s: float) -> None:
        """Change direction; an output drives `level`, or its latch when that is None."""
        line = self.lines[number]
        before = line.level
        if level is not None:
            line.latch = level
        line.output = output
        self._tell(number, before, now_s)

    def drive(self, number: int, level: int, now_s: float) -> None:
        """Write the latch; seen outside only while the line is an output."""
        line = self.lines[number]
        before = line.level
        line.latch = level
        self._tell(number, before, now_s)

    def hold(self, number: int, level: int | None, now_s: float) -> None:
        """A switch connects the line to a level, or lets it go."""
        line = self.lines[number]
        before = line.level
        line.held = level
        self._tell(number, before, now_s)

    def level(self, number: int) -> int:
        return self.lines[number].level

    def _tell(self, number: int, before: int, now_s: float) -> None:
        level, watcher = self.lines[number].level, self._watchers.get(number)
        if watcher is not None and level != before:
            watcher(level, now_s)
