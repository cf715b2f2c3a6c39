"""What is told of the strategy: its settings in words, its last decision, its failures."""

import datetime
import logging
from typing import Any

from normal_world.strategy.intent import Buy, Intent, Sell, Wait, Withdraw
from normal_world.strategy_host.settings import BY_HAND, StrategyConfig

log = logging.getLogger(__name__)

FAILURES_MAX = 3  # one after the other; then it is off until noded is started again
REASON_LENGTH = 300
KINDS = {Sell: "sell", Buy: "buy", Withdraw: "withdraw", Wait: "wait"}


class Record:
    """Of one life of noded; `words` are the settings, a line each."""

    def __init__(self, config: StrategyConfig) -> None:
        self._config = config
        self.words: list[str] = []
        self._failures = 0
        self._failure = ""
        self._last: dict[str, Any] | None = None

    @property
    def off(self) -> bool:
        """Whether it has failed too often."""
        return self._failures >= FAILURES_MAX

    def answered(self) -> None:
        """A sound answer: failures count only in a row."""
        self._failures = 0

    def fail(self, error: Exception, *, for_good: bool = False) -> None:
        """Count and log a failure; `for_good`: there is nothing to ask again."""
        self._failures = FAILURES_MAX if for_good else self._failures + 1
        self._failure = str(error)
        off = "; off until noded is started again" if self.off else ""
        log.error("STRATEGY-FAILED %s%s", error, off)

    def note(self, intent: Intent, key: str | None = None) -> None:
        """Keep a decision; `key` is the order's that came of it."""
        if key is not None:
            log.info("STRATEGY %s %s: %s", key, KINDS[type(intent)], intent.reason)
        self._last = {
            "decision": KINDS[type(intent)],
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "key": key,
            **vars(intent),
            "reason": intent.reason[:REASON_LENGTH],
        }

    def show(self, orders: int) -> dict[str, Any]:
        """For people; `orders` is how many it has placed so far."""
        name = self._config.name
        return {
            "name": name,
            "state": "by hand" if name == BY_HAND else "off" if self.off else "on",
            "settings": self.words,
            "every_s": self._config.every_s,
            "orders": orders,
            "failures": self._failures,
            "failure": self._failure or None,
            "last": self._last,
        }
