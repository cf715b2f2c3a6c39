"""The clearing of one slot: sells rising, buys falling, pair by pair; the contract's rule.

Sells are taken by (price, index) rising, buys by (price falling, index rising). Laid end to end by
their energies, the two rows are cut wherever an order of either ends: each piece is a trade, as far
as its sell asks no more than its buy bids. EnergyAuction walks the same rows with two cursors.
"""

import numpy as np

from normal_world.auction import wide
from normal_world.auction.book import Clearing, Rule, Side
from normal_world.auction.wide import U64, Index, Wide

Pieces = tuple[Index, Index, U64]  # rank of the sell, rank of the buy, energy
EXACT = 2**62  # twice the total energy of a side, and one more, must stay an int64


def clear(sells: Side, buys: Side, rule: Rule = Rule.DISCRIMINATORY) -> Clearing:
    """Every trade of the book; both sides may be empty, and energies 0."""
    up, down = ranks(sells, buys)
    asked, bid = sells.energy_uwh[up], buys.energy_uwh[down]
    sell_rank, buy_rank, energy_uwh = pieces(asked, bid)
    sell, buy = up[sell_rank], down[buy_rank]
    count = _agreeing(sells.price, buys.price, sell, buy)
    traded = energy_uwh[:count] > 0  # where two orders end at once, nothing lies between
    sell, buy = sell[:count][traded], buy[:count][traded]
    energy_uwh = energy_uwh[:count][traded]
    price = _prices(sells.price, buys.price, sell, buy, rule)
    given = _filled(sells.energy_uwh, up, sell, energy_uwh)
    taken = _filled(buys.energy_uwh, down, buy, energy_uwh)
    return Clearing(
        rule=rule,
        sell=sell,
        buy=buy,
        energy_uwh=energy_uwh,
        price=price,
        payment=wide.payment_rounded_down(energy_uwh, price),
        sells_filled_uwh=given,
        buys_filled_uwh=taken,
        sells_left_uwh=sells.energy_uwh - given,
        buys_left_uwh=buys.energy_uwh - taken,
    )


def ranks(sells: Side, buys: Side) -> tuple[Index, Index]:
    """Places of the sells, and of the buys, in the order in which they are matched."""
    return wide.ascending(sells.price), wide.descending(buys.price)


def pieces(asked: U64, bid: U64) -> Pieces:
    """Where the sorted rows overlap, cut at the ends of all orders; prices are not looked at."""
    if _total(asked) < EXACT and _total(bid) < EXACT:
        return _pieces(asked, bid)
    return _pieces_of_integers(asked.tolist(), bid.tolist())


def _pieces(asked: U64, bid: U64) -> Pieces:
    """An end is 2 × its energy, plus 1 if it is a buy's: two rising rows, merged by one sort."""
    ends = np.concatenate(
        [np.cumsum(asked.view(np.int64)) << 1, (np.cumsum(bid.view(np.int64)) << 1) + 1]
    )
    ends.sort(kind="stable")
    is_buy = ends & 1
    buy = np.cumsum(is_buy) - is_buy  # buys that have ended before
    sell = np.arange(len(ends)) - buy
    ends >>= 1
    stop = min(int(np.searchsorted(sell, len(asked))), int(np.searchsorted(buy, len(bid))))
    energy_uwh = np.diff(ends[:stop], prepend=0)
    return sell[:stop], buy[:stop], energy_uwh.view(np.uint64)


def _pieces_of_integers(asked: list[int], bid: list[int]) -> Pieces:
    """The same for rows of more than 2⁶² µWh (4.6 TWh), one by one."""
    found: list[tuple[int, int, int]] = []
    sell = buy = 0
    while sell < len(asked) and buy < len(bid):
        energy_uwh = min(asked[sell], bid[buy])
        found.append((sell, buy, energy_uwh))
        asked[sell] -= energy_uwh
        bid[buy] -= energy_uwh
        sell, buy = (sell + 1, buy) if asked[sell] == 0 else (sell, buy + 1)
    sells, buys, energies = zip(*found, strict=True) if found else ((), (), ())
    return (
        np.array(sells, dtype=np.intp),
        np.array(buys, dtype=np.intp),
        np.array(energies, dtype=np.uint64),
    )


def _agreeing(ask: Wide, bid: Wide, sell: Index, buy: Index) -> int:
    """How many pieces trade: asks only rise and bids only fall, so the first refusal is sought."""
    low, high = 0, len(sell)
    while low < high:
        middle = (low + high) // 2
        if wide.at(ask, int(sell[middle])) <= wide.at(bid, int(buy[middle])):
            low = middle + 1
        else:
            high = middle
    return low


def _prices(ask: Wide, bid: Wide, sell: Index, buy: Index, rule: Rule) -> Wide:
    """The mean of each pair's limits, or for all of them that of the last pair's."""
    if rule is Rule.DISCRIMINATORY:
        return wide.mean_rounded_down(ask[:, sell], bid[:, buy])
    last = wide.mean_rounded_down(ask[:, sell[-1:]], bid[:, buy[-1:]])
    return np.repeat(last, len(sell), axis=1) if len(sell) else last


def _filled(energy_uwh: U64, order: Index, traded: Index, traded_uwh: U64) -> U64:
    """Of each order: orders before the last that traded are filled, that one perhaps in part."""
    filled = np.zeros_like(energy_uwh)
    if len(traded):
        last = traded[-1]
        before = order[: int(np.flatnonzero(order == last)[0])]
        filled[before] = energy_uwh[before]
        filled[last] = traded_uwh[traded == last].sum()
    return filled


def _total(energy_uwh: U64) -> int:
    return wide.total(energy_uwh[np.newaxis])
