"""Time that the secure world itself can vouch for: that of this boot, nothing in between boots."""

from secure_world.clock import Clock
from secure_world.record import Record

HOUR_NS = 3600 * 10**9


class Moment(Record):
    """A moment of a boot, as stored."""

    boot_id: str
    boottime_ns: int

    @classmethod
    def now(cls, clock: Clock) -> "Moment":
        """This moment."""
        return cls(clock.boot_id(), clock.now_ns())

    def passed_ns(self, clock: Clock) -> int:
        """Time that has surely passed since: after a reboot only that since the boot."""
        since_ns = self.boottime_ns if clock.boot_id() == self.boot_id else 0
        return max(0, clock.now_ns() - since_ns)


def refilled(
    left: int, capacity: int, rate: int, period_ns: int, passed_ns: int
) -> tuple[int, int]:
    """(what a bucket holds after `passed_ns`, how much of that time its whole units took)."""
    earned = rate * passed_ns // period_ns
    if left + earned >= capacity:
        return capacity, passed_ns
    return left + earned, -(-earned * period_ns // rate) if earned else 0  # time rounded up
