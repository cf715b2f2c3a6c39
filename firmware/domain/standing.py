"""The household's standing connection: its relay closed outside trades too, as long as all is well.

    waiting ──due, self-check passed──► closed
       ▲                                  │
       ├── work (trade, measurement) ─────┤  closes again when that is over
       └── finding ───────────────────────┘  after 15 s, then 30, 60, … 300

A finding opens it as it opens a trade's relay. A connection that has lasted forgets the failures
before it.
"""

from dataclasses import dataclass

FIRST_S, MOST_S = 15.0, 300.0  # longer than a self-check's verdict is believed
LASTED_S = 60.0
SOON_S = 1.0
UNCOUNTED_MAX_S = 30.0  # without the secure world's register nothing flows for longer


@dataclass
class Standing:
    """Every method takes the monotonic time."""

    closed: bool = False
    reason: str = "not checked yet"  # why it is open
    failures: int = 0
    due_s: float = 0.0
    closed_s: float = 0.0

    def is_due(self, time_s: float) -> bool:
        """Whether to try to close now."""
        return not self.closed and time_s >= self.due_s

    def close(self, time_s: float) -> None:
        """The relay is closed."""
        self.closed, self.reason, self.closed_s = True, "", time_s

    def pause(self, time_s: float, reason: str, away_s: float = SOON_S) -> None:
        """Opened for something else that needs the relay; not before `away_s` again."""
        self._open(time_s, reason)
        self.due_s = max(self.due_s, time_s + away_s)

    def fail(self, time_s: float, reason: str) -> None:
        """A finding opened it, or did not let it close: later again, ever later."""
        self._open(time_s, reason)
        wait_s = min(FIRST_S * 2.0 ** min(self.failures, 16), MOST_S)
        self.failures += 1
        self.due_s = time_s + wait_s

    def _open(self, time_s: float, reason: str) -> None:
        if self.closed and time_s - self.closed_s >= LASTED_S:
            self.failures = 0
        self.closed, self.reason = False, reason
