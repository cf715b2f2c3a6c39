"""Slots as the pictures show them: one by one, or a day each when they are many."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from normal_world.auction.community.outcome import Outcome, Slot
from normal_world.auction.community.settings import SLOTS_A_DAY
from normal_world.auction.wide import UWH_PER_KWH

MANY_DAYS = 14


@dataclass(frozen=True)
class Period:
    """Energies in µWh, prices in base units a kWh (None without a trade)."""

    start: datetime
    length: timedelta
    load_uwh: int
    demand_uwh: int
    surplus_uwh: int
    matched_uwh: int
    lowest: int | None
    mean: int | None
    highest: int | None


def periods(outcome: Outcome, *, by_day: bool = False) -> list[Period]:
    """In the order of time; whole days if there are more than MANY_DAYS."""
    size = SLOTS_A_DAY if by_day or outcome.settings.days > MANY_DAYS else 1
    begin = datetime.combine(outcome.settings.start, datetime.min.time())
    length = timedelta(days=1) * size / SLOTS_A_DAY
    return [
        _period(begin + number * length, length, outcome.slots[number * size :][:size])
        for number in range(len(outcome.slots) // size)
    ]


def _period(start: datetime, length: timedelta, slots: list[Slot]) -> Period:
    matched, paid = sum(slot.matched_uwh for slot in slots), sum(slot.paid for slot in slots)
    return Period(
        start=start,
        length=length,
        load_uwh=sum(slot.load_uwh for slot in slots),
        demand_uwh=sum(slot.demand_uwh for slot in slots),
        surplus_uwh=sum(slot.surplus_uwh for slot in slots),
        matched_uwh=matched,
        lowest=min((slot.lowest for slot in slots if slot.lowest is not None), default=None),
        mean=paid * UWH_PER_KWH // matched if matched else None,
        highest=max((slot.highest for slot in slots if slot.highest is not None), default=None),
    )
