"""The rule of the clearing once more, order by order in Python integers; slow.

Nothing is shared with the engine.
"""

from dataclasses import dataclass

Order = tuple[int, int]  # energy in µWh, limit in base units a kWh
Trade = tuple[int, int, int, int, int]  # sell, buy, energy, price, payment


@dataclass
class Waiting:
    index: int
    left_uwh: int
    price: int


def trades(sells: list[Order], buys: list[Order], *, uniform: bool = False) -> list[Trade]:
    """What is matched, at which price, for how much."""
    asks = [Waiting(index, *order) for index, order in enumerate(sells)]
    bids = [Waiting(index, *order) for index, order in enumerate(buys)]
    asks.sort(key=lambda order: (order.price, order.index))
    bids.sort(key=lambda order: (-order.price, order.index))
    pairs: list[tuple[Waiting, Waiting, int]] = []
    while True:
        ask = next((order for order in asks if order.left_uwh > 0), None)
        bid = next((order for order in bids if order.left_uwh > 0), None)
        if ask is None or bid is None or ask.price > bid.price:
            break
        energy_uwh = min(ask.left_uwh, bid.left_uwh)
        ask.left_uwh -= energy_uwh
        bid.left_uwh -= energy_uwh
        pairs.append((ask, bid, energy_uwh))
    found = []
    for ask, bid, energy_uwh in pairs:
        first, second = (pairs[-1][0], pairs[-1][1]) if uniform else (ask, bid)
        price = (first.price + second.price) // 2
        found.append((ask.index, bid.index, energy_uwh, price, energy_uwh * price // 10**9))
    return found


def unit_by_unit(sells: list[Order], buys: list[Order]) -> list[tuple[int, int]]:
    """Which sell gives each single µWh to which buy; for small books."""
    offered = [
        (price, index)
        for price, index in sorted((order[1], index) for index, order in enumerate(sells))
        for _ in range(sells[index][0])
    ]
    wanted = [
        (-price, index)
        for price, index in sorted((-order[1], index) for index, order in enumerate(buys))
        for _ in range(buys[index][0])
    ]
    return [
        (sell, buy) for (ask, sell), (bid, buy) in zip(offered, wanted, strict=False) if ask <= bid
    ]


def greatest_volume(sells: list[Order], buys: list[Order]) -> int:
    """The most that one price for all could move: where supply and demand cross."""
    prices = {order[1] for order in (*sells, *buys)}
    return max(
        (
            min(
                sum(energy for energy, ask in sells if ask <= price),
                sum(energy for energy, bid in buys if bid >= price),
            )
            for price in prices
        ),
        default=0,
    )
