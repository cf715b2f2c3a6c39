"""What a strategy may answer; `reason` is for people, in plain words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sell:
    """Offer energy: µWh, base units per kWh, least credit of a buyer."""

    amount_uwh: int
    price: int
    reason: str
    min_credit: int = 0


@dataclass(frozen=True)
class Buy:
    """Take offers, cheapest first, none dearer than `max_price` base units per kWh."""

    amount_uwh: int
    max_price: int
    reason: str


@dataclass(frozen=True)
class Withdraw:
    """Take back an offer of the strategy that nobody has taken."""

    offer_id: int
    reason: str


@dataclass(frozen=True)
class Wait:
    """Do nothing now."""

    reason: str


Intent = Sell | Buy | Withdraw | Wait
