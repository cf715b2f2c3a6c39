"""The contract's clearing is the stated rule's, on any book: held against the reference."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.contracts import auction_reference as reference
from tests.contracts.auction_reference import Order, Tariff
from tests.contracts.auction_world import (
    CLEARER,
    FEE,
    FUNDS,
    KWH,
    TARIFF,
    UTILITY,
    AuctionWorld,
    events,
)
from tests.contracts.conftest import RefusedWith
from tests.contracts.world import Household

MAX_PRICE, PRICES_MET = 2**96 - 1, 2**88 - 1


@cache
def asked() -> AuctionWorld:
    """Only asked, never changed."""
    return AuctionWorld(commits=False, funds=0)


@cache
def lived_in() -> tuple[AuctionWorld, list[Household]]:
    """With households; whoever changes it, restores it."""
    world = AuctionWorld(commits=False)
    return world, [world.household(f"home {n}") for n in range(8)]


def orders(price: st.SearchStrategy[int], energy: st.SearchStrategy[int]) -> st.SearchStrategy[
    list[Order]
]:  # fmt: skip
    meters = st.integers(1, 2**160 - 1).map(lambda n: n.to_bytes(20, "big"))
    return st.lists(st.builds(Order, meters, price, st.booleans(), energy), max_size=30)


few_prices = st.integers(0, 3).map(lambda n: n * KWH)  # ties, and steps that divide evenly
odd_prices = st.integers(0, 2**80)
extreme = st.sampled_from([0, 1, PRICES_MET - 1, PRICES_MET])
any_energy = st.one_of(st.just(1), st.integers(1, 10), st.integers(1, 2**36))
books = st.one_of(
    orders(few_prices, any_energy),
    orders(odd_prices, any_energy),
    orders(extreme, st.integers(1, 10)),
)
tariffs = st.tuples(st.integers(0, 2**80), st.integers(0, 2**80)).map(
    lambda two: Tariff(max(two), min(two))
)


def payouts_of(book: list[Order], funds: int) -> bytes:
    words = (5, reference.pack(book), reference.ranks(book), funds)
    return bytes(asked().auction.view("payoutsOf", *words))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(book=books, funds=st.one_of(st.just(0), st.integers(0, 2**40), st.integers(0, 2**87)))
def test_any_book_is_cleared_as_the_reference_does(book: list[Order], funds: int) -> None:
    told = reference.clear(book, TARIFF, funds)
    assert payouts_of(book, funds) == reference.pack_payouts(book, told.payouts)


@settings(max_examples=200, deadline=None)
@given(book=books, tariff=tariffs, funds=st.integers(0, 2**87))
def test_the_rule_itself_is_fair(book: list[Order], tariff: Tariff, funds: int) -> None:
    """Conserved to the base unit; nobody pays above, or for a match gets below, its limit."""
    told = reference.clear(book, tariff, funds)
    held = sum(reference.maximum(order, tariff) for order in book)
    assert held + funds == sum(amount for amount, _ in told.payouts) + told.funds
    for number, order in enumerate(book):
        mine = [trade for trade in told.trades if number in (trade.sell, trade.buy)]
        matched = sum(trade.energy_uwh for trade in mine)
        paid = sum(trade.paid for trade in mine)
        assert matched <= order.energy_uwh
        if order.is_sell:  # floor: below the limit by less than one base unit a trade
            assert paid + len(mine) > reference.pay(matched, order.price) or matched == 0
        else:
            assert paid <= reference.pay(matched, order.price)
            assert told.payouts[number][0] >= 0


@settings(max_examples=200, deadline=None)
@given(book=books)
def test_no_two_orders_that_meet_are_left_over_together(book: list[Order]) -> None:
    left = [order.energy_uwh for order in book]
    for trade in reference.match(book):
        left[trade.sell] -= trade.energy_uwh
        left[trade.buy] -= trade.energy_uwh
    sells = [o.price for n, o in enumerate(book) if o.is_sell and left[n]]
    buys = [o.price for n, o in enumerate(book) if not o.is_sell and left[n]]
    assert not sells or not buys or min(sells) > max(buys)


home_orders = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.one_of(st.just(1), st.integers(1, 2 * 10**8)),
        st.one_of(st.sampled_from([0, 10**17, 2 * 10**17]), st.integers(0, 4 * 10**17)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bids=home_orders, funds=st.sampled_from([0, 10**6, FUNDS]))
@example(bids=[(1, 5, MAX_PRICE), (0, 5, 0)], funds=0)
@example(bids=[(0, 1, MAX_PRICE // 10**13)], funds=0)
def test_whole_rounds_pay_what_the_reference_says(
    bids: list[tuple[int, int, int]], funds: int
) -> None:
    world, homes = lived_in()
    snapshot, registers = world.evm.snapshot(), world.registers.copy()
    try:
        _whole_round(world, homes, bids, funds)
    finally:
        world.evm.restore(snapshot)
        world.registers = registers


def _whole_round(
    world: AuctionWorld, homes: list[Household], bids: list[tuple[int, int, int]], funds: int
) -> None:
    if world.funds() > funds:
        world.auction.call(UTILITY, "draw", world.funds() - funds)
    before = [world.purse(home) for home in homes]
    book = world.enter([(homes[n], *bid) for n, bid in enumerate(bids)])
    told = reference.clear(book, TARIFF, funds)
    done = world.clear(book)
    (cleared,) = events(done, "Cleared")
    assert cleared["tradedUwh"] == sum(trade.energy_uwh for trade in told.trades)
    assert (cleared["income"], cleared["spent"], cleared["owed"]) == (
        told.income, told.spent, told.owed,
    )  # fmt: skip
    assert world.funds() == told.funds
    for home, was, order, (amount, owed) in zip(homes, before, book, told.payouts, strict=False):
        taken = FEE + reference.maximum(order, TARIFF)
        assert world.purse(home) == was - taken + amount
        assert world.owed(home) == owed
    assert world.tokens(CLEARER) == FEE * len(book)


@pytest.mark.parametrize("sells", [0, 1, 2])
def test_the_links_are_the_reference_s(sells: int) -> None:
    book = [Order(bytes([n]) * 20, n, n < sells, n + 1) for n in range(2)]
    payouts = payouts_of(book, 0)
    assert asked().auction.view("linkOf", payouts) == reference.link(payouts)


def test_views_refuse_bytes_that_are_no_orders(refused: RefusedWith) -> None:
    for orders_, ranks in ((b"\0" * 40, b""), (b"\0" * 41, b""), (b"", b"\0\0")):
        with refused("PackedLength"):
            asked().auction.view("payoutsOf", 0, orders_, ranks, 0)
    with refused("PackedLength", 48, 49):
        asked().auction.view("linkOf", b"\0" * 49)


def test_standing_is_what_the_ranks_say() -> None:
    book = [Order(bytes([n]) * 20, n % 3, n % 2 == 0, 1) for n in range(12)]
    sells, buys = reference.standing(book)
    assert all((book[a].price, a) < (book[b].price, b) for a, b in pairwise(sells))
    assert all((-book[a].price, a) < (-book[b].price, b) for a, b in pairwise(buys))
    assert sorted(sells + buys) == list(range(12))
