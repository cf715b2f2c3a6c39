"""Who is paid what at the end of a slot: pairs, the utility's tariff for the rest, change, debts.

As EnergyAuction does it, in Python integers. All payments are rounded down; a buyer has brought
energy × the higher of limit and grid price, so nothing is missing and no dust remains.
"""

from dataclasses import dataclass

from normal_world.auction import wide
from normal_world.auction.book import Clearing, Side
from normal_world.auction.engine import ranks
from normal_world.auction.errors import BookInvalid
from normal_world.auction.wide import UWH_PER_KWH

MAX_TARIFF = 2**88 - 1


@dataclass(frozen=True)
class Tariff:
    """What the utility takes and gives for the rest, base units a kWh. Raises BookInvalid."""

    grid_price: int
    feed_in_price: int

    def __post_init__(self) -> None:
        if not 0 <= self.feed_in_price <= self.grid_price <= MAX_TARIFF:
            raise BookInvalid(
                f"tariff: feed-in {self.feed_in_price}, grid {self.grid_price}: "
                f"0 ≤ feed-in ≤ grid ≤ {MAX_TARIFF} expected"
            )


@dataclass(frozen=True)
class Settlement:
    """Base units of each order, in the order of its side."""

    sells_paid: list[int]  # from pairs, and from the utility as far as its funds reach
    sells_owed: list[int]  # what the utility could not pay
    buys_cost: list[int]  # to sellers and to the utility
    buys_change: list[int]  # of the maximum that was brought along
    funds: int  # of the utility, afterwards


def settle(
    sells: Side, buys: Side, clearing: Clearing, tariff: Tariff, funds: int = 0
) -> Settlement:
    """The payouts of a cleared book; `funds` is what the utility has, base units."""
    paid, cost, sent = [0] * len(sells), [0] * len(buys), wide.integers(clearing.payment)
    for sell, buy, payment in zip(clearing.sell.tolist(), clearing.buy.tolist(), sent, strict=True):
        paid[sell] += payment
        cost[buy] += payment
    for buy, left_uwh in enumerate(clearing.buys_left_uwh.tolist()):
        price = value_rounded_down(left_uwh, tariff.grid_price)
        cost[buy] += price
        funds += price
    owed, left = [0] * len(sells), clearing.sells_left_uwh.tolist()
    for sell in ranks(sells, buys)[0].tolist():
        due = value_rounded_down(left[sell], tariff.feed_in_price)
        given = min(due, funds)
        funds -= given
        paid[sell] += given
        owed[sell] = due - given
    brought = maxima(buys, tariff)
    change = [most - spent for most, spent in zip(brought, cost, strict=True)]
    return Settlement(paid, owed, cost, change, funds)


def maxima(buys: Side, tariff: Tariff) -> list[int]:
    """What each buyer brings along at its placement, base units."""
    return [
        value_rounded_down(energy_uwh, max(price, tariff.grid_price))
        for energy_uwh, price in zip(
            buys.energy_uwh.tolist(), wide.integers(buys.price), strict=True
        )
    ]


def value_rounded_down(energy_uwh: int, price: int) -> int:
    """floor(energy × price / 10⁹), base units."""
    return energy_uwh * price // UWH_PER_KWH
