"""Waits longer and longer after orders that failed: a fault must not become a stream of orders."""

FIRST_S, LONGEST_S = 60.0, 3600.0


class Backoff:
    """`fail` doubles the wait, `succeed` ends it. Seconds are monotonic."""

    def __init__(self) -> None:
        self._failures = 0
        self._until_s = 0.0
        self._reason = ""

    def fail(self, now_s: float, reason: str) -> None:
        self._failures += 1
        self._until_s = now_s + min(LONGEST_S, FIRST_S * 2.0 ** (self._failures - 1))
        self._reason = reason

    def succeed(self) -> None:
        self._failures, self._until_s = 0, 0.0

    def held(self, now_s: float) -> str:
        """Why nothing is to be ordered yet; "" when the wait is over."""
        left_s = self._until_s - now_s
        if left_s <= 0.0:
            return ""
        return f"{self._failures} in a row failed, next in {left_s:.0f} s; last: {self._reason}"
