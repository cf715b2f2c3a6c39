"""What a simulated community is made of."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from normal_world.auction.book import Rule
from normal_world.auction.settlement import Tariff

SLOTS_A_DAY = 96
SLOT_H = 24 / SLOTS_A_DAY
TOKEN = 10**18


class Strategy(StrEnum):
    """How a household sets its limits between feed-in and grid price."""

    ZERO_INTELLIGENCE = "zero-intelligence"  # anything between, anew for each order
    FIXED_MARGIN = "fixed-margin"  # off the tariff by a share of its own, always the same
    MIXED = "mixed"  # every second household of each


@dataclass(frozen=True)
class Settings:
    """The same settings make the same community, weather and limits."""

    households: int
    solar_percent: int
    days: int
    start: date
    latitude: float  # degrees; south is negative
    seed: int
    strategy: Strategy
    rule: Rule
    tariff: Tariff

    @property
    def slots(self) -> int:
        """Of 15 minutes."""
        return self.days * SLOTS_A_DAY

    def day(self, number: int) -> date:
        """The date of a day, from 0."""
        return self.start + timedelta(days=number)
