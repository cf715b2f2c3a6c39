"""How often the same thing is worth an entry: a flood must neither fill the log nor wear a flash.

The first of a kind is noted at once, the next after a minute at the earliest; while it goes on,
the pauses double up to a day. All kinds together share a bucket. Time is uptime.
"""

MINUTE_NS = 60 * 10**9
DAY_NS = 24 * 60 * MINUTE_NS
BUCKET, REFILL_NS = 32, 10 * MINUTE_NS


class _Kind:
    __slots__ = ("quiet_ns", "suppressed", "until_ns")

    def __init__(self) -> None:
        self.quiet_ns = 0  # length of the pause that it is in
        self.until_ns = 0
        self.suppressed = 0


class Rate:
    """Forgotten with the process: a new one begins with a full bucket."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._left, self._filled_ns = BUCKET, 0

    def suppressed(self, kind: str, now_ns: int) -> int | None:
        """None: not now. Else how many of the kind were kept silent since its last entry."""
        known = self._kinds.setdefault(kind, _Kind())
        if now_ns < known.until_ns or not self._take(now_ns):
            known.suppressed += 1
            return None
        goes_on = now_ns < known.until_ns + known.quiet_ns
        known.quiet_ns = min(DAY_NS, 2 * known.quiet_ns) if goes_on else MINUTE_NS
        known.until_ns = now_ns + known.quiet_ns
        silent, known.suppressed = known.suppressed, 0
        return silent

    def _take(self, now_ns: int) -> bool:
        refilled = (now_ns - self._filled_ns) // REFILL_NS
        self._left = min(BUCKET, self._left + refilled)
        self._filled_ns += refilled * REFILL_NS
        if not self._left:
            return False
        self._left -= 1
        return True
