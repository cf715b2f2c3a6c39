"""The end of a slot: everybody has what it had or better, and no base unit is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normal_world.auction import wide
from normal_world.auction.book import Rule
from normal_world.auction.engine import clear
from normal_world.auction.errors import BookInvalid
from normal_world.auction.settlement import Settlement, Tariff, maxima, settle
from tests.auction import books
from tests.auction.books import side
from tests.auction.reference import Order

KWH = 10**9
TARIFF = Tariff(grid_price=30, feed_in_price=10)
tariffs = st.tuples(st.integers(0, 2**88 - 1), st.integers(0, 2**88 - 1)).map(
    lambda both: Tariff(max(both), min(both))
)
any_book = st.one_of(books.books, books.usual_books, books.tiny_books)


def settled(
    sells: list[Order], buys: list[Order], tariff: Tariff = TARIFF, funds: int = 0
) -> Settlement:
    return settle(side(sells), side(buys), clear(side(sells), side(buys)), tariff, funds)


@settings(max_examples=200, deadline=None)
@given(any_book, any_book, tariffs, st.integers(0, 2**100), st.sampled_from(Rule))
def test_no_base_unit_is_lost_or_made(
    sells: list[Order], buys: list[Order], tariff: Tariff, funds: int, rule: Rule
) -> None:
    cleared = clear(side(sells), side(buys), rule)
    found = settle(side(sells), side(buys), cleared, tariff, funds)
    brought = maxima(side(buys), tariff)
    assert sum(brought) + funds == sum(found.sells_paid) + sum(found.buys_change) + found.funds
    assert min([*found.sells_paid, *found.sells_owed, *found.buys_change, found.funds]) >= 0
    for most, cost, change in zip(brought, found.buys_cost, found.buys_change, strict=True):
        assert most == cost + change


@settings(max_examples=200, deadline=None)
@given(books.usual_books, books.usual_books)
def test_within_the_tariff_nobody_has_less_than_the_tariff_gives(
    sells: list[Order], buys: list[Order]
) -> None:
    """Up to one base unit a trade, which rounding down may take from a seller."""
    tariff = Tariff(grid_price=10**17 + 40, feed_in_price=10**17)
    cleared = clear(side(sells), side(buys))
    found = settle(side(sells), side(buys), cleared, tariff, 2**120)
    for index, (energy, _) in enumerate(sells):
        pieces = int((cleared.sell == index).sum())
        assert found.sells_paid[index] + pieces >= energy * tariff.feed_in_price // KWH
    for index, (energy, _) in enumerate(buys):
        assert found.buys_cost[index] <= energy * tariff.grid_price // KWH


def test_the_rest_goes_at_the_tariff() -> None:
    found = settled([(3 * KWH, 12)], [(2 * KWH, 18)], funds=100)
    assert found == Settlement([40], [0], [30], [30], 90)  # pair 2 × 15, rest 1 × 10


def test_a_limit_binds_pairs_only() -> None:
    assert settled([(KWH, 99)], [], funds=50).sells_paid == [10]


def test_the_utility_pays_what_it_earns_in_the_same_slot_too() -> None:
    # The buy's limit is below the ask: both trade with the utility, 30 in and 10 out.
    assert settled([(KWH, 20)], [(KWH, 15)]) == Settlement([10], [0], [30], [0], 20)


def test_a_poor_utility_owes_in_the_order_of_the_asks() -> None:
    found = settled([(KWH, 7), (KWH, 5), (KWH, 6)], [], funds=15)
    assert (found.sells_paid, found.sells_owed, found.funds) == ([0, 10, 5], [10, 0, 5], 0)


def test_payments_are_those_of_the_pairs() -> None:
    sells, buys = [(KWH, 11), (2 * KWH, 14)], [(KWH, 25), (2 * KWH, 16)]
    cleared = clear(side(sells), side(buys))
    assert wide.integers(cleared.payment) == [18, 30]
    assert settled(sells, buys).sells_paid == [18, 30]


def test_the_example_of_the_documentation() -> None:
    """docs/auction.md, in hundredths of a token."""
    sells = [(2 * KWH, 10), (3 * KWH, 16), (KWH, 28)]
    buys = [(3 * KWH, 30), (3 * KWH // 2, 20), (2 * KWH, 12)]
    cleared = clear(side(sells), side(buys))
    assert wide.integers(cleared.price) == [20, 23, 18]
    assert wide.integers(cleared.payment) == [40, 23, 27]
    found = settled(sells, buys, Tariff(30, 8), 100)
    assert (found.sells_paid, found.buys_cost) == ([40, 54, 8], [63, 27, 60])
    uniform = clear(side(sells), side(buys), Rule.UNIFORM)
    assert wide.integers(uniform.price) == [18, 18, 18]
    assert settle(side(sells), side(buys), uniform, Tariff(30, 8), 100).sells_paid == [36, 49, 8]


@pytest.mark.parametrize(("grid", "feed_in"), [(1, 2), (2**88, 1), (1, -1)])
def test_a_tariff_is_in_order(grid: int, feed_in: int) -> None:
    with pytest.raises(BookInvalid, match="0 ≤ feed-in ≤ grid"):
        Tariff(grid, feed_in)
