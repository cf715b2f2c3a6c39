"""Offers and what a purchase makes of them: names of offers, free numbers and salts, the fill.

An offer's id is meter << 32 | number, and id << 32 | version (`ref`) names it as it was looked at.
A salt's low byte is the drawer in which the chain keeps the trade: a drawer that was used before
costs less, so the lowest free ones are taken again and again.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import count
from typing import Any

from normal_world.errors import StateError
from secure_world.protocol import payment_rounded_down

NUMBER_BITS = VERSION_BITS = 32
DRAWER_BITS = 8
DRAWERS = 1 << DRAWER_BITS
PRICE_MAX = 2**96 - 1  # base units per kWh, as the market holds them


@dataclass(frozen=True)
class Offer:
    """An open offer with what is left of it."""

    offer_id: int
    min_credit: int
    price: int
    amount_uwh: int
    version: int

    @property
    def meter(self) -> str:
        """Who sells."""
        return meter_of(self.offer_id)

    @property
    def ref(self) -> int:
        """The offer at this version."""
        return self.offer_id << VERSION_BITS | self.version


def offer_id(meter: str, number: int) -> int:
    """Id of a meter's offer of this number, 0 to 2³² - 1."""
    return int(meter, 16) << NUMBER_BITS | number


def meter_of(identifier: int) -> str:
    """The meter in an offer's id, 0x text."""
    return f"0x{identifier >> NUMBER_BITS & (1 << 160) - 1:040x}"


def seller_of(ref: int) -> str:
    """The meter in a ref, 0x text."""
    return meter_of(ref >> VERSION_BITS)


def free_number(taken: Collection[int], used: Callable[[int], bool]) -> int:
    """The smallest number that no order of ours waits with and under which nothing is offered."""
    return next(number for number in count() if number not in taken and not used(number))


def free_salt(last: int, taken: Collection[int], fills: int) -> int:
    """The next salt above `last` whose drawer, and those of the fills behind it, are free.

    `taken` are drawers of open trades. Raises StateError (DRAWERS-TAKEN) if there are none.
    """
    base = (last >> DRAWER_BITS) + 1 << DRAWER_BITS
    for drawer in range(DRAWERS - fills + 1):
        if not any(number in taken for number in range(drawer, drawer + fills)):
            return base | drawer
    raise StateError(
        f"{len(taken)} open trades leave no {fills} drawers free side by side of {DRAWERS}: "
        "wait until some have ended",
        "DRAWERS-TAKEN",
    )


def fill(offers: list[Offer], amount_uwh: int, max_price: int) -> dict[str, Any]:
    """The cheapest offers that make up the amount; StateError when they do not."""
    missing, escrow, taken = amount_uwh, 0, []
    for offer in offers:
        if missing == 0 or offer.price > max_price:
            break
        part = min(missing, offer.amount_uwh)
        escrow += payment_rounded_down(part, offer.price)
        missing -= part
        taken.append(offer)
    if missing:
        raise StateError(
            f"offers within {max_price} base units per kWh fall short of {amount_uwh} µWh by "
            f"{missing} µWh",
            "OFFERS-SHORT",
        )
    return {"refs": [offer.ref for offer in taken], "escrow": escrow}
