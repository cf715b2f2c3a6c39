"""Allowances: what may still be spent of each asset, refilled by the secure world's uptime.

A bucket earns whole base units only, and keeps the time that was not enough for the next one: so
it never holds more than capacity, and gives in all no more than was in it and rate × uptime.
"""

from typing import NamedTuple

from secure_world.clock import Clock
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.policy_check import Charges
from secure_world.policy_rules import ENERGY, TRADES, Rules
from secure_world.store import Store
from secure_world.trades import KEPT_TRADES
from secure_world.uptime import HOUR_NS, refilled

DAY_NS = 24 * HOUR_NS


class Bucket:
    """`left` at `since_ns` of boot `boot_id`; `rate` a period refills it up to `capacity`."""

    __slots__ = ("boot_id", "capacity", "left", "period_ns", "rate", "since_ns")

    def __init__(self, capacity: int, rate: int, period_ns: int) -> None:
        self.capacity, self.rate, self.period_ns = capacity, rate, period_ns
        self.left, self.boot_id, self.since_ns = capacity, "", 0

    def now(self, boot_id: str, now_ns: int) -> tuple[int, int]:
        """(what it holds, since when the next unit grows); of another boot only this one counts."""
        start_ns = self.since_ns if boot_id == self.boot_id else 0
        passed_ns = max(0, now_ns - start_ns)
        left, took_ns = refilled(self.left, self.capacity, self.rate, self.period_ns, passed_ns)
        return left, start_ns + took_ns


class Spending(NamedTuple):
    """What a bucket holds from now on."""

    asset: bytes
    left: int
    since_ns: int


class Allowances:
    """The buckets of the policy in force, in memory as in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._buckets: dict[bytes, Bucket] = {}

    def load(self, rules: Rules | None) -> None:
        """Take what is left from the store."""
        self._buckets = _buckets(rules) if rules is not None else {}
        for asset, left, boot_id, since_ns in self._store.rows("SELECT * FROM allowance"):
            bucket = self._buckets[asset]
            bucket.left = int.from_bytes(left, "big")
            bucket.boot_id, bucket.since_ns = boot_id, since_ns

    def replace(self, rules: Rules) -> None:
        """Those of a new policy: an asset keeps what was left of it, a new one starts full."""
        boot_id, now_ns = self._clock.boot_id(), self._clock.now_ns()
        before, self._buckets = self._buckets, _buckets(rules)
        for asset, bucket in self._buckets.items():
            left = bucket.capacity
            if asset in before:
                left = min(left, before[asset].now(boot_id, now_ns)[0])
            # Time of before was the old rate's: the new one earns from now on.
            self._put(Spending(asset, left, now_ns), boot_id)
        for asset in before.keys() - self._buckets.keys():
            self._store.write("DELETE FROM allowance WHERE asset = ?", asset)

    def plan(self, charges: Charges) -> list[Spending]:
        """What the buckets hold once these are paid. Raises POLICY-ALLOWANCE."""
        boot_id, now_ns = self._clock.boot_id(), self._clock.now_ns()
        found = []
        for asset, amount in charges.items():
            bucket = self._buckets.get(asset)
            left, since_ns = bucket.now(boot_id, now_ns) if bucket is not None else (0, 0)
            if amount > left:
                text = f"spends {amount} of 0x{asset.hex()}, expected at most {left} by now"
                raise SecureWorldRefused(ErrorCode.POLICY_ALLOWANCE, text)
            found.append(Spending(asset, left - amount, since_ns))
        return found

    def spend(self, planned: list[Spending]) -> None:
        """Write them down."""
        boot_id = self._clock.boot_id()
        for spending in planned:
            self._put(spending, boot_id)

    def give_back(self, asset: bytes, amount: int) -> None:
        """What was charged and not used, or less than nothing: what was used beyond it."""
        boot_id, bucket = self._clock.boot_id(), self._buckets.get(asset)
        if bucket is None:  # the policy is gone
            return
        left, since_ns = bucket.now(boot_id, self._clock.now_ns())
        self._put(Spending(asset, max(0, min(bucket.capacity, left + amount)), since_ns), boot_id)

    def left(self, asset: bytes) -> int:
        """What may be spent now."""
        return self._buckets[asset].now(self._clock.boot_id(), self._clock.now_ns())[0]

    def _put(self, spending: Spending, boot_id: str) -> None:
        asset, left, since_ns = spending
        bucket = self._buckets[asset]
        bucket.left, bucket.boot_id, bucket.since_ns = left, boot_id, since_ns
        self._store.write(
            "INSERT INTO allowance VALUES (?, ?, ?, ?) ON CONFLICT (asset) DO UPDATE SET"
            " left = excluded.left, boot_id = excluded.boot_id, boottime_ns = excluded.boottime_ns",
            asset,
            left.to_bytes(32, "big"),
            boot_id,
            since_ns,
        )


def _buckets(rules: Rules) -> dict[bytes, Bucket]:
    found = {a.asset: Bucket(a.capacity, a.per_hour, HOUR_NS) for a in rules.allowances}
    found[ENERGY] = Bucket(rules.max_day_uwh, rules.max_day_uwh, DAY_NS)
    # So an ended trade is remembered for a day and a half, whatever the meter program opens.
    found[TRADES] = Bucket(KEPT_TRADES // 4, KEPT_TRADES // 2, DAY_NS)
    return found
