"""The limits of the orders, between feed-in and grid price."""

import numpy as np

from normal_world.auction.community.settings import Settings
from normal_world.auction.wide import U64

MILLION = np.uint64(10**6)
THOUSAND = np.uint64(1000)


def limits(rng: np.random.Generator, margin_permille: U64, settings: Settings) -> tuple[U64, U64]:
    """What each household asks and bids in a slot, base units a kWh.

    A margin moves both limits off the tariff; without one they are anywhere between.
    """
    count = len(margin_permille)
    drawn = rng.integers(0, int(MILLION), (2, count), endpoint=True, dtype=np.uint64)
    fixed = margin_permille * THOUSAND
    ask = np.where(fixed > 0, fixed, drawn[0])
    bid = np.where(fixed > 0, MILLION - fixed, drawn[1])
    return _between(ask, settings), _between(bid, settings)


def _between(millionths: U64, settings: Settings) -> U64:
    """Feed-in price + floor(spread × share): in two parts, so that 64 bits are enough."""
    tariff = settings.tariff
    whole, rest = divmod(tariff.grid_price - tariff.feed_in_price, int(MILLION))
    found: U64 = (
        np.uint64(tariff.feed_in_price)
        + np.uint64(whole) * millionths
        + np.uint64(rest) * millionths // MILLION
    )
    return found
