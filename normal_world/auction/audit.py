"""A round recomputed from its orders alone, and compared with what the contract did."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from normal_world.auction import wide
from normal_world.auction.book import Side
from normal_world.auction.engine import clear
from normal_world.auction.packing import BUY, SELL, UWH_PER_KWH, Order, Payout


@dataclass(frozen=True)
class Tariff:
    """Base units per kWh: what the utility takes, and what it pays."""

    grid_buy_price: int
    feed_in_price: int


@dataclass(frozen=True)
class Trade:
    """Energy between two orders (numbers of the round), µWh; price a kWh, payment base units."""

    sell: int
    buy: int
    energy_uwh: int
    price: int
    payment: int


@dataclass(frozen=True)
class Settled:
    """One order, settled. `held`: taken from a buyer before; `due`: a sell's proceeds or change."""

    order: Order
    matched_uwh: int
    rest_uwh: int  # with the utility
    matched_money: int
    rest_money: int
    held: int
    due: int


@dataclass(frozen=True)
class Round:
    """The whole of a slot's clearing."""

    trades: tuple[Trade, ...]
    orders: tuple[Settled, ...]

    @property
    def traded_uwh(self) -> int:
        """Energy that changed hands between households."""
        return sum(trade.energy_uwh for trade in self.trades)

    @property
    def income(self) -> int:
        """What the utility gets for the energy that buys had left, with the dust of rounding."""
        held = sum(settled.held for settled in self.orders)
        change = sum(s.due for s in self.orders if s.order.direction == BUY)
        return held - change - sum(trade.payment for trade in self.trades)

    @property
    def feed_in(self) -> int:
        """What the utility owes for the energy that sells had left."""
        return sum(s.rest_money for s in self.orders if s.order.direction == SELL)


def recompute(orders: Sequence[Order], tariff: Tariff) -> Round:
    """What the rule makes of these orders, in the order of their placement."""
    sells = [order for order in orders if order.direction == SELL]
    buys = [order for order in orders if order.direction == BUY]
    found = clear(_side(sells), _side(buys))
    rows = zip(
        found.sell.tolist(),
        found.buy.tolist(),
        found.energy_uwh.tolist(),
        wide.integers(found.price),
        wide.integers(found.payment),
        strict=True,
    )
    trades = tuple(Trade(sells[s].number, buys[b].number, e, p, m) for s, b, e, p, m in rows)
    return Round(trades, tuple(_settled(order, trades, tariff) for order in orders))


def differences(found: Round, cleared: dict[str, Any], payouts: Sequence[Payout]) -> list[str]:
    """What the chain did otherwise, a line each; payouts that are still due are none."""
    lines = []
    if found.traded_uwh != cleared["traded_uwh"]:
        lines.append(f"traded {cleared['traded_uwh']} µWh, expected {found.traded_uwh}")
    if found.income != cleared["income"]:
        lines.append(f"utility got {cleared['income']}, expected {found.income}")
    if found.feed_in != cleared["spent"] + cleared["owed"]:
        paid = f"{cleared['spent']} and owes {cleared['owed']}"
        lines.append(f"utility paid {paid}, expected {found.feed_in} together")
    reached = min(found.feed_in, cleared["funds"] + cleared["income"])
    if cleared["spent"] != reached:
        lines.append(f"utility paid {cleared['spent']}, expected {reached} of what it had")
    for settled, payout in zip(found.orders, payouts, strict=False):
        order = settled.order
        if (payout.meter, payout.amount + payout.owed) != (order.meter, settled.due):
            got = f"{payout.amount} + {payout.owed} owed to {payout.meter}"
            lines.append(f"order {order.number}: {got}, expected {settled.due} to {order.meter}")
    return lines


def conservation(found: Round, cleared: dict[str, Any], payouts: Sequence[Payout]) -> int:
    """Base units that went in less those that came out: 0, or the contract made or lost money."""
    taken = sum(settled.held for settled in found.orders) + cleared["funds"]
    left = cleared["funds"] + cleared["income"] - cleared["spent"]
    return int(taken - sum(payout.amount for payout in payouts) - left)


def _side(orders: Sequence[Order]) -> Side:
    return Side.of([order.energy_uwh for order in orders], [order.price for order in orders])


def _settled(order: Order, trades: Sequence[Trade], tariff: Tariff) -> Settled:
    own = [t for t in trades if order.number == (t.sell if order.direction == SELL else t.buy)]
    matched_uwh = sum(trade.energy_uwh for trade in own)
    money = sum(trade.payment for trade in own)
    rest_uwh = order.energy_uwh - matched_uwh
    selling = order.direction == SELL
    price = tariff.feed_in_price if selling else tariff.grid_buy_price
    rest = rest_uwh * price // UWH_PER_KWH
    dearest = max(order.price, tariff.grid_buy_price)
    held = 0 if selling else order.energy_uwh * dearest // UWH_PER_KWH
    due = money + rest if selling else held - money - rest
    return Settled(order, matched_uwh, rest_uwh, money, rest, held, due)
