"""The PIN of the person beside the device: attempts, and the waits that wrong ones cost.

Only counting is done here; the hash is tried in a child (pin_check.py), after the attempt has
been counted as a failure. Waits are uptime: a restart does not shorten them, and after a reboot
they begin anew, less what has passed since the boot.
"""

from secure_world.clock import Clock
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.store import Store
from secure_world.uptime import Moment

FREE_FAILURES = 4  # in a row; each one after them costs a wait
FIRST_WAIT_MS, LONGEST_WAIT_MS = 60_000, 24 * 3600 * 1000
_MOST_FAILURES = 2**31
_NS_PER_MS = 10**6


def penalty_ms(failures: int) -> int:
    """Wait after this many failures in a row: one minute, doubling up to a day."""
    steps = min(failures - FREE_FAILURES - 1, 32)
    return min(LONGEST_WAIT_MS, FIRST_WAIT_MS << steps) if steps >= 0 else 0


class Pin:
    """`hash` is None until the device is claimed; `failures` counts those in a row."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.hash: bytes | None = None
        self.failures, self._wait_ms, self._since = 0, 0, Moment("", 0)

    def load(self) -> None:
        """Take the state from the store."""
        row = self._store.row("SELECT hash, failures, wait_ms, boot_id, boottime_ns FROM pin")
        self.hash, self.failures, self._wait_ms, *since = row or (None, 0, 0, "", 0)
        self._since = Moment(*since)

    def wait_s(self) -> int:
        """Seconds until the next attempt is heard, rounded up; 0: now."""
        return -(-self._left_ms() // 1000)

    def attempt(self) -> None:
        """Count a failure, until `right` says otherwise. Raises NOT-CLAIMED, PIN-WAIT."""
        self._check_claimed()
        if self._left_ms() > 0:
            text = f"{self.failures} wrong PINs in a row, expected {self.wait_s()} s of patience"
            raise SecureWorldRefused(ErrorCode.PIN_WAIT, text)
        self._count(min(self.failures + 1, _MOST_FAILURES))

    def right(self) -> None:
        """The attempt was right: no failures and no wait any more. Raises NOT-CLAIMED."""
        self._check_claimed()
        self._count(0)

    def check_unclaimed(self) -> None:
        """Raises ALREADY-CLAIMED."""
        if self.hash is not None:
            text = "the device has its owner and PIN, expected a new or zeroised one"
            raise SecureWorldRefused(ErrorCode.ALREADY_CLAIMED, text)

    def take_back(self) -> None:
        """The attempt was not one at the PIN, and right: as if it had not been counted."""
        self._count(max(0, self.failures - 1))

    def change(self, hashed: bytes) -> None:
        """Another PIN from now on. Raises NOT-CLAIMED."""
        self._check_claimed()
        self._store.write("UPDATE pin SET hash = ?", hashed)
        self.hash = hashed

    def claim(self, hashed: bytes) -> None:
        """The first PIN. Raises ALREADY-CLAIMED."""
        self.check_unclaimed()
        self._store.write("INSERT INTO pin (id, hash) VALUES (1, ?)", hashed)
        self.hash = hashed

    def forget(self) -> None:
        """Nobody's device any more."""
        self._store.write("DELETE FROM pin")
        self.load()

    def _check_claimed(self) -> None:
        if self.hash is None:
            text = "no PIN yet, expected `evlock secure-world claim` first"
            raise SecureWorldRefused(ErrorCode.NOT_CLAIMED, text)

    def _left_ms(self) -> int:
        return max(0, self._wait_ms - self._since.passed_ns(self._clock) // _NS_PER_MS)

    def _count(self, failures: int) -> None:
        wait_ms, now = penalty_ms(failures), Moment.now(self._clock)
        self._store.write(
            "UPDATE pin SET failures = ?, wait_ms = ?, boot_id = ?, boottime_ns = ?",
            *(failures, wait_ms, now.boot_id, now.boottime_ns),
        )
        self.failures, self._wait_ms, self._since = failures, wait_ms, now
