"""Which events are written one by one, which are only counted: a flapping part wears no flash."""

from dataclasses import dataclass, replace

BURST = 5  # of one code, written as they come
STATE_BURST = 40  # a trade has four states, and ten trades in a window are no flapping
WINDOW_S = 600.0
LONGEST_S = 3600.0  # what goes on for hours is one row an hour
TEXT_MAX = 300


@dataclass(frozen=True)
class Event:
    """`time_s` is wall time, a label; `count` is how often it happened since the row before."""

    time_s: float
    kind: str
    code: str
    text: str
    count: int = 1


@dataclass
class _Code:
    """One code in its present window."""

    since_s: float
    left: int
    window_s: float = WINDOW_S
    last: Event | None = None
    counted: int = 0


class Rate:
    """Pure: monotonic time comes in. What is only counted comes out of `due` in one row."""

    def __init__(self) -> None:
        self._codes: dict[str, _Code] = {}

    def admit(self, event: Event, now_s: float) -> bool:
        """Whether the event is to be written now; else it is counted."""
        burst = STATE_BURST if event.kind == "state" else BURST
        code = self._codes.setdefault(event.code, _Code(now_s, burst))
        if code.left > 0:
            code.left -= 1
            return True
        code.counted += event.count
        code.last = event
        return False

    def due(self, now_s: float, *, all_of_them: bool = False) -> list[Event]:
        """One row for each code that was counted in a window that has ended."""
        rows = []
        for name, code in list(self._codes.items()):
            if now_s < code.since_s + code.window_s and not all_of_them:
                continue
            if code.last is None:
                del self._codes[name]  # it was quiet: it has its burst again
                continue
            rows.append(replace(code.last, count=code.counted))
            longer_s = min(2.0 * code.window_s, LONGEST_S)
            self._codes[name] = _Code(now_s, left=0, window_s=longer_s)
        return rows
