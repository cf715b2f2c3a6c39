"""Prices of the street: the utility's tariff, and what each household asks and bids."""

import random
from collections.abc import Iterable
from typing import NamedTuple

CENT = 10**16  # base units: a hundredth of a token
GRID_BUY, FEED_IN = 30 * CENT, 8 * CENT  # a kWh
ORDER_FEE, DEPOSIT = 10**12, 10**14
PURSE = 10**16  # what each household keeps in the auction
MONEY = 10 * PURSE  # what an owner lets a household spend, and its account holds
UTILITY = 10**17  # the utility's money for what is fed in
GAS_WEI = 10**18


class Limits(NamedTuple):
    """Base units per kWh."""

    sell_price: int
    buy_price: int


def limits_of(names: Iterable[str], seed: int) -> dict[str, Limits]:
    """What a seed lets each household ask for and bid, between the utility's two prices."""
    found = {}
    for name in names:
        draw = random.Random(f"evlock street {seed} {name}").randint
        found[name] = Limits(draw(9, 19) * CENT, draw(15, 29) * CENT)
    return found
