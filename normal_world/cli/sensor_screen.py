"""The watched sensors: lines for a pipe, objects for a program, a screen for a terminal."""

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from normal_world.cli import units

BAR, WIDTH = 40, 80
KINDS = (("voltage_v", "V", 3), ("current_a", "A", 4), ("power_w", "W", 3))
FULL = {"current_a": 1.0, "power_w": 10.0, "apparent_va": 10.0, "power_factor": 1.0}
ALTERNATING = (("apparent_va", "VA", 2), ("power_factor", "PF", 3), ("frequency_hz", "Hz", 2))
HEAD = f"{'time':<10}{'voltage':>12}{'current':>13}{'power':>13}  state"


@dataclass
class Range:
    """Lowest and highest so far; the bar is the size of the value, of the largest one seen."""

    full: float = 0.0  # a bar is never drawn finer than this: idle noise is no full bar
    low: float | None = None
    high: float | None = None

    def add(self, value: float | None) -> None:
        if value is not None:
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)

    def bar(self, value: float | None) -> str:
        """`#####.....`: plain characters, read aloud as well as seen."""
        if value is None or self.low is None or self.high is None:
            return "." * BAR
        largest = max(self.full, -self.low, self.high)
        filled = round(abs(value) / largest * BAR) if largest else 0
        return "#" * filled + "." * (BAR - filled)


@dataclass
class Seen:
    """The ranges of all values since the watch began."""

    ranges: dict[str, Range] = field(default_factory=dict)

    def rows(self, status: dict[str, Any]) -> list[str]:
        """Two lines a value: the value with its bar, lowest and highest below."""
        kinds = KINDS + (ALTERNATING if status.get("mains") == "ac" else ())
        rows = []
        for key, unit, digits in kinds:
            found = self.ranges.setdefault(key, Range(FULL.get(key, 0.0)))
            found.add(status.get(key))
            told = units.number(status.get(key), unit, digits)
            low, high = (units.number(edge, "", digits).strip() for edge in (found.low, found.high))
            name = key.rpartition("_")[0].replace("_", " ") or key
            rows += [f"{name:<13}{told:>14}  {found.bar(status.get(key))}"]
            rows += [f"{'':<13}{'':>14}  lowest {low}, highest {high}"]
        return rows


def lines(statuses: Iterable[dict[str, Any]]) -> None:
    """One line a reading, with a heading."""
    print(HEAD, flush=True)
    for status in statuses:
        told = "".join(
            units.number(status[key], unit, digits).rjust(width)
            for (key, unit, digits), width in zip(KINDS, (12, 13, 13), strict=True)
        )
        line = f"{time.strftime('%H:%M:%S'):<10}{told}  {state(status)}"
        print(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…", flush=True)


def objects(statuses: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    for status in statuses:
        print(json.dumps({"time_s": round(time.time(), 3), **status}), flush=True)


def screen(statuses: Iterable[dict[str, Any]]) -> None:
    """Drawn anew in place until Ctrl-C."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    seen, console = Seen(), Console(file=sys.stdout)
    with Live(console=console, auto_refresh=False) as live:
        for status in statuses:
            head = f"{status['board']}: {state(status)}"
            tail = f"{status['samples']} samples, {status['gaps']} gaps; Ctrl-C ends it"
            text = "\n".join([head, "", *seen.rows(status), "", tail])
            live.update(Text(text, no_wrap=True, overflow="crop"), refresh=True)


def state(status: dict[str, Any]) -> str:
    """A fault in words, else what the meter does."""
    if status["fault"]:
        return f"FAULT {status['fault']}"
    return f"{status['state']}, relay {'closed' if status['relay_closed'] else 'open'}"
