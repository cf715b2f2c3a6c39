"""The engine beside references in plain integers.

Properties: the trades are the rule's, also for ties and extremes; nobody trades beyond its limit;
energy and money are conserved; no order is filled beyond itself; no price moves more energy.
"""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normal_world.auction import engine, wide
from normal_world.auction.book import Clearing, Rule, Side
from normal_world.auction.engine import clear, pieces
from normal_world.auction.errors import BookInvalid
from tests.auction import books, reference
from tests.auction.books import side
from tests.auction.reference import Order, Trade

any_book = st.one_of(books.books, books.usual_books, books.tiny_books)


def trades(clearing: Clearing) -> list[Trade]:
    return list(
        zip(
            clearing.sell.tolist(),
            clearing.buy.tolist(),
            clearing.energy_uwh.tolist(),
            wide.integers(clearing.price),
            wide.integers(clearing.payment),
            strict=True,
        )
    )


@settings(max_examples=400, deadline=None)
@given(any_book, any_book, st.sampled_from(Rule))
def test_the_trades_are_those_of_the_rule(
    sells: list[Order], buys: list[Order], rule: Rule
) -> None:
    found = clear(side(sells), side(buys), rule)
    expected = reference.trades(sells, buys, uniform=rule is Rule.UNIFORM)
    assert trades(found) == expected
    assert found.matched_uwh == sum(trade[2] for trade in expected)
    assert found.paid == sum(trade[4] for trade in expected)


@settings(max_examples=200, deadline=None)
@given(books.tiny_books, books.tiny_books)
def test_each_microwatt_hour_goes_where_the_rule_says(
    sells: list[Order], buys: list[Order]
) -> None:
    found = clear(side(sells), side(buys))
    units = [(sell, buy) for sell, buy, energy, _, _ in trades(found) for _ in range(energy)]
    assert units == reference.unit_by_unit(sells, buys)


@settings(max_examples=200, deadline=None)
@given(any_book, any_book, st.sampled_from(Rule))
def test_what_holds_for_every_book(sells: list[Order], buys: list[Order], rule: Rule) -> None:
    found = clear(side(sells), side(buys), rule)
    gave, got = [0] * len(sells), [0] * len(buys)
    for sell, buy, energy, price, payment in trades(found):
        assert energy > 0
        assert sells[sell][1] <= price <= buys[buy][1]
        assert payment == energy * price // 10**9
        gave[sell] += energy
        got[buy] += energy
    assert gave == found.sells_filled_uwh.tolist()
    assert got == found.buys_filled_uwh.tolist()
    sells_left, buys_left = found.sells_left_uwh.tolist(), found.buys_left_uwh.tolist()
    for parts, rests, orders in ((gave, sells_left, sells), (got, buys_left, buys)):
        for part, rest, (energy, _) in zip(parts, rests, orders, strict=True):
            assert part + rest == energy
    assert sum(gave) == sum(got) == found.matched_uwh == reference.greatest_volume(sells, buys)


def test_empty_and_one_sided_books_trade_nothing() -> None:
    nobody, somebody = side([]), side([(5, 7)])
    for sells, buys in ((nobody, nobody), (somebody, nobody), (nobody, somebody)):
        found = clear(sells, buys)
        assert (len(found), found.matched_uwh, found.paid) == (0, 0, 0)
        assert found.sells_filled_uwh.sum() + found.buys_filled_uwh.sum() == 0


def test_the_largest_order_at_the_largest_price() -> None:
    most = [(books.MOST_UWH, books.MOST_PRICE)]
    found = clear(side(most), side(most))
    payment = books.MOST_UWH * books.MOST_PRICE // 10**9
    assert trades(found) == [(0, 0, books.MOST_UWH, books.MOST_PRICE, payment)]


def test_equal_prices_are_served_in_the_order_of_their_placement() -> None:
    found = clear(side([(2, 5), (2, 5)]), side([(3, 9), (3, 9)]))
    assert [trade[:3] for trade in trades(found)] == [(0, 0, 2), (1, 0, 1), (1, 1, 1)]


def test_a_pair_of_odd_prices_trades_at_the_mean_rounded_down() -> None:
    found = clear(side([(10**9, 4)]), side([(10**9, 9)]))
    assert (wide.integers(found.price), wide.integers(found.payment)) == ([6], [6])


def test_pay_as_clear_gives_all_the_price_of_the_last_pair() -> None:
    sells, buys = [(1, 2), (1, 4), (1, 9)], [(1, 20), (1, 8), (1, 1)]
    found = clear(side(sells), side(buys), Rule.UNIFORM)
    assert wide.integers(found.price) == [6, 6]


def test_energies_of_nothing_do_not_trade() -> None:
    sells, buys = [(0, 1), (3, 1), (0, 1)], [(0, 9), (2, 9), (0, 8), (1, 7)]
    found = clear(side(sells), side(buys))
    assert trades(found) == reference.trades(sells, buys)
    assert len(found) == 2


@pytest.mark.parametrize("most_price", [2 * 10**17, 2**64, books.MOST_PRICE])
def test_large_books_of_many_ties(most_price: int) -> None:
    """Beyond the size from which prices are sorted by their digits."""
    draw = random.Random(most_price)
    steps = [most_price - draw.randrange(most_price // 2) for _ in range(500)]
    sells, buys = (
        [(draw.randrange(1, 2**33), draw.choice(steps)) for _ in range(wide.FEW + 100)]
        for _ in range(2)
    )
    found = clear(side(sells), side(buys))
    rank = sorted(range(len(sells)), key=lambda index: (sells[index][1], index))
    assert wide.ascending(side(sells).price).tolist() == rank
    fall = sorted(range(len(buys)), key=lambda index: (-buys[index][1], index))
    assert wide.descending(side(buys).price).tolist() == fall
    assert trades(found) == walked(sells, buys, rank, fall)


def walked(sells: list[Order], buys: list[Order], up: list[int], down: list[int]) -> list[Trade]:
    """Two cursors, as the contract has them: the reference above would take a minute."""
    found: list[Trade] = []
    given, taken, s, b = [e for e, _ in sells], [e for e, _ in buys], 0, 0
    while s < len(up) and b < len(down) and sells[up[s]][1] <= buys[down[b]][1]:
        energy = min(given[up[s]], taken[down[b]])
        price = (sells[up[s]][1] + buys[down[b]][1]) // 2
        found.append((up[s], down[b], energy, price, energy * price // 10**9))
        given[up[s]] -= energy
        taken[down[b]] -= energy
        s, b = s + (given[up[s]] == 0), b + (taken[down[b]] == 0)
    return found


@settings(deadline=None)
@given(books.usual_books, books.usual_books)
def test_both_ways_to_cut_the_rows_are_one(sells: list[Order], buys: list[Order]) -> None:
    """Rows beyond 64 bits are cut in Python integers: on usual ones both agree."""
    asked, bid = side(sells).energy_uwh, side(buys).energy_uwh
    fast, slow = pieces(asked, bid), engine._pieces_of_integers(asked.tolist(), bid.tolist())
    kept = [[part[cut[2] > 0].tolist() for part in cut] for cut in (fast, slow)]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("most_price", [books.REAL_PRICE, books.MOST_PRICE])
def test_numpy_alone_clears_every_price(most_price: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Integers one by one are for rows of TWh: here a city's slot, at usual and largest prices."""
    monkeypatch.setattr(engine, "_pieces_of_integers", None)
    draw = random.Random(1)
    sells, buys = (
        [(draw.randrange(1, 2**51), most_price - draw.randrange(9)) for _ in range(2000)]
        for _ in range(2)
    )
    found = clear(side(sells), side(buys))
    assert found.paid > 0
    assert all(payment == energy * price // 10**9 for _, _, energy, price, payment in trades(found))


@pytest.mark.parametrize(
    ("energy", "price"),
    [
        (np.ones(2, np.int64), np.ones((1, 2), np.uint64)),
        (np.ones(2, np.uint64), np.ones((1, 2), np.float64)),
        (np.ones(2, np.uint64), np.ones(2, np.uint64)),
        (np.ones(2, np.uint64), np.ones((1, 3), np.uint64)),
        (np.ones(2, np.uint64), np.ones((3, 2), np.uint64)),
    ],
)
def test_arrays_of_another_kind_are_refused(energy: wide.U64, price: wide.U64) -> None:
    with pytest.raises(BookInvalid, match="uint64 of shapes"):
        Side(energy, price)


def test_real_prices_need_one_limb_and_all_others_two() -> None:
    assert side([(1, books.REAL_PRICE)]).price.shape == (1, 1)
    assert side([(1, books.MOST_PRICE)]).price.shape == (2, 1)


@pytest.mark.parametrize(
    ("energies", "prices", "word"),
    [
        ([1], [1, 2], "1 energies, 2 prices"),
        ([2**64], [1], "order 0: energy"),
        ([1, -1], [1, 1], "order 1: energy -1"),
        ([1], [2**96], "order 0: price"),
        ([1], [-1], "order 0: price -1"),
    ],
)
def test_what_no_contract_could_hold_is_refused(
    energies: list[int], prices: list[int], word: str
) -> None:
    with pytest.raises(BookInvalid, match=word):
        Side.of(energies, prices)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**96 - 1)), max_size=20),
    st.lists(st.integers(0, 2**96 - 1), max_size=20),
)
def test_wide_numbers_are_exact(pairs: list[Order], others: list[int]) -> None:
    numbers = [price for _, price in pairs]
    assert wide.integers(wide.limbs(numbers)) == numbers
    assert wide.total(wide.limbs(numbers)) == sum(numbers)
    assert [wide.at(wide.limbs(numbers), place) for place in range(len(pairs))] == numbers
    found = wide.payment_rounded_down(
        np.array([energy for energy, _ in pairs], dtype=np.uint64), wide.limbs(numbers)
    )
    assert wide.integers(found) == [energy * price // 10**9 for energy, price in pairs]
    both = list(zip(numbers, others, strict=False))
    mean = wide.mean_rounded_down(
        wide.limbs([one for one, _ in both]), wide.limbs([other for _, other in both])
    )
    assert wide.integers(mean) == [(one + other) // 2 for one, other in both]
