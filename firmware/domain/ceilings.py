"""The owner's ceilings: energy per trade and per day."""

from collections.abc import Iterable
from dataclasses import dataclass

from firmware.errors import Refused

DAY_S = 86_400


@dataclass(frozen=True)
class Ceilings:
    """Microwatt-hours per trade and within any 24 hours."""

    max_trade_uwh: int
    max_day_uwh: int

    def admit(self, amount_uwh: int, past: Iterable[tuple[float, int]], now_s: float) -> None:
        """Raise Refused when the trade goes beyond; `past` is (wall time, energy) of trades.

        Wall time is only a label: entries from the future count as today's, so that a clock set
        back gains nothing. A clock set forward does: the day's ceiling is as good as the clock.
        """
        if amount_uwh > self.max_trade_uwh:
            raise Refused(
                f"trade of {amount_uwh} µWh, at most {self.max_trade_uwh} µWh a trade allowed "
                "by [limits] max_trade_uwh",
                "LIMIT-TRADE",
            )
        used = sum(energy for at_s, energy in past if now_s - at_s < DAY_S)
        if used + amount_uwh > self.max_day_uwh:
            raise Refused(
                f"trade of {amount_uwh} µWh after {used} µWh today, at most {self.max_day_uwh} µWh "
                "a day allowed by [limits] max_day_uwh",
                "LIMIT-DAY",
            )
