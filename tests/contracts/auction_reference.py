"""The auction's rule in the plainest form: exact integers, no cleverness, written to be read.

Kept apart from the engine of the product: the contract is held against this.
"""

from dataclasses import dataclass
from typing import NamedTuple

from eth_abi.abi import encode
from eth_utils.crypto import keccak

UWH_PER_KWH = 10**9


class Order(NamedTuple):
    meter: bytes
    price: int
    is_sell: bool
    energy_uwh: int


class Tariff(NamedTuple):
    grid_buy: int
    feed_in: int


class Trade(NamedTuple):
    """Of two orders by their numbers."""

    sell: int
    buy: int
    energy_uwh: int
    paid: int


@dataclass(frozen=True)
class Cleared:
    """`payouts` by order number: (amount, owed)."""

    trades: list[Trade]
    payouts: list[tuple[int, int]]
    funds: int
    income: int
    spent: int
    owed: int


def pay(energy_uwh: int, price: int) -> int:
    return energy_uwh * price // UWH_PER_KWH


def maximum(order: Order, tariff: Tariff) -> int:
    """What is taken for an order when it is placed."""
    return 0 if order.is_sell else pay(order.energy_uwh, max(order.price, tariff.grid_buy))


def standing(orders: list[Order]) -> tuple[list[int], list[int]]:
    """Numbers of the sells, cheapest first, and of the buys, dearest first; ties by number."""
    numbers = range(len(orders))
    sells = sorted((orders[n].price, n) for n in numbers if orders[n].is_sell)
    buys = sorted((-orders[n].price, n) for n in numbers if not orders[n].is_sell)
    return [n for _, n in sells], [n for _, n in buys]


def match(orders: list[Order]) -> list[Trade]:
    """Best sell against best buy, until they no longer meet: looked for anew each time."""
    left = [order.energy_uwh for order in orders]
    trades: list[Trade] = []
    while True:
        sells, buys = ([n for n in side if left[n]] for side in standing(orders))
        if not sells or not buys or orders[sells[0]].price > orders[buys[0]].price:
            return trades
        s, b = sells[0], buys[0]
        energy = min(left[s], left[b])
        price = (orders[s].price + orders[b].price) // 2
        trades.append(Trade(s, b, energy, pay(energy, price)))
        left[s], left[b] = left[s] - energy, left[b] - energy


def clear(orders: list[Order], tariff: Tariff, funds: int) -> Cleared:
    """The whole round, given the utility's funds."""
    trades = match(orders)
    left = [
        order.energy_uwh - sum(t.energy_uwh for t in trades if n in (t.sell, t.buy))
        for n, order in enumerate(orders)
    ]
    sells, buys = standing(orders)
    payouts = [(0, 0)] * len(orders)
    income = sum(pay(left[n], tariff.grid_buy) for n in buys)
    for n in buys:
        spent = sum(t.paid for t in trades if t.buy == n) + pay(left[n], tariff.grid_buy)
        payouts[n] = (maximum(orders[n], tariff) - spent, 0)
    purse = funds + income
    for n in sells:
        due = pay(left[n], tariff.feed_in)
        paid = min(due, purse)
        purse -= paid
        payouts[n] = (sum(t.paid for t in trades if t.sell == n) + paid, due - paid)
    owed = sum(owed for _, owed in payouts)
    return Cleared(trades, payouts, purse, income, funds + income - purse, owed)


def pack(orders: list[Order]) -> bytes:
    """Orders as `clear` takes them."""
    return b"".join(
        o.meter + o.price.to_bytes(12, "big") + bytes([o.is_sell]) + o.energy_uwh.to_bytes(8, "big")
        for o in orders
    )


def ranks(orders: list[Order]) -> bytes:
    """Ranks as `clear` takes them."""
    sells, buys = standing(orders)
    return b"".join(n.to_bytes(2, "big") for n in sells + buys)


def pack_payouts(orders: list[Order], payouts: list[tuple[int, int]]) -> bytes:
    """Payouts as `pay` takes them."""
    return b"".join(
        order.meter + amount.to_bytes(12, "big") + owed.to_bytes(16, "big")
        for order, (amount, owed) in zip(orders, payouts, strict=True)
    )


def link(payouts: bytes) -> bytes:
    """Link of packed payouts, from the last back to the first."""
    linked = bytes(27)
    for end in range(len(payouts), 0, -48):
        linked = keccak(payouts[end - 48 : end] + linked)[:27]
    return linked


def claim_purpose(auction: bytes, slot: int, price: int) -> bytes:
    return keccak(encode(["address", "uint64", "uint96"], (auction, slot, price)))


def commitment(chain_id: int, auction: bytes, slot: int, meter: bytes, direction: int, start: int,
               end: int, price: int, salt: int) -> bytes:  # fmt: skip
    types = ["uint256", "address", "uint64", "address", "uint8", "uint64", "uint64", "uint96"]
    words = (chain_id, auction, slot, meter, direction, start, end, price, salt)
    return keccak(encode([*types, "uint128"], words))[:18]
