"""Numbers, salts and fills: what a purchase and an offer are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.errors import StateError
from normal_world.trade.matching import (
    DRAWERS,
    Offer,
    fill,
    free_number,
    free_salt,
    meter_of,
    offer_id,
    seller_of,
)

METER = "0x" + "0a" * 20
addresses = st.integers(0, 2**160 - 1).map(lambda number: f"0x{number:040x}")
numbers = st.integers(0, 2**32 - 1)


@given(addresses, numbers, numbers)
def test_a_ref_names_meter_number_and_version(meter: str, number: int, version: int) -> None:
    offer = Offer(offer_id(meter, number), 0, 1, 1, version)
    assert offer.ref == int(meter, 16) << 64 | number << 32 | version
    assert offer.meter == meter_of(offer.offer_id) == seller_of(offer.ref) == meter


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_the_smallest_number_that_nobody_has(taken: set[int], used: set[int]) -> None:
    number = free_number(taken, used.__contains__)
    assert number not in taken | used
    assert set(range(number)) <= taken | used


@given(st.integers(0, 2**56), st.sets(st.integers(0, 255), max_size=60), st.integers(1, 3))
def test_a_salt_is_above_the_last_and_its_drawers_are_free(
    last: int, taken: set[int], fills: int
) -> None:
    salt = free_salt(last, taken, fills)
    drawers = [(salt + fill) % DRAWERS for fill in range(fills)]
    assert salt > last
    assert not taken & set(drawers)
    assert drawers == sorted(drawers)  # each fill's drawer is the low byte of its own salt


def test_drawers_that_were_used_are_used_again() -> None:
    """The first use of a drawer costs four times as much."""
    assert [free_salt(last, set(), 1) for last in (0, 256, 512, 520)] == [256, 512, 768, 768]
    assert free_salt(256, {0}, 1) == 513


def test_too_many_open_trades_are_named() -> None:
    with pytest.raises(StateError, match="255 open trades leave no 2 drawers") as caught:
        free_salt(0, set(range(255)), 2)
    assert caught.value.code == "DRAWERS-TAKEN"
    assert free_salt(0, set(range(255)), 1) == 256 + 255


def offers(*pairs: tuple[int, int]) -> list[Offer]:
    return [Offer(offer_id(METER, n), 0, price, uwh, 7) for n, (price, uwh) in enumerate(pairs)]


def test_a_fill_names_no_more_offers_than_it_needs() -> None:
    known = offers((10**9, 5), (10**9 + 1, 6), (10**9 + 2, 7))
    found = fill(known, 9, 2 * 10**9)
    assert found == {"refs": [known[0].ref, known[1].ref], "escrow": 5 + 4}


@given(st.lists(st.tuples(st.integers(1, 10**24), st.integers(1, 10**6)), min_size=1, max_size=5))
def test_the_escrow_is_the_sum_of_each_fills_own_rounding(pairs: list[tuple[int, int]]) -> None:
    known = offers(*sorted(pairs))
    whole = sum(uwh for _price, uwh in pairs)
    expected = sum(uwh * price // 10**9 for price, uwh in pairs)
    assert fill(known, whole, 10**24)["escrow"] == expected


def test_what_is_too_dear_is_not_taken() -> None:
    with pytest.raises(StateError, match="by 4 µWh"):
        fill(offers((10, 5), (20, 5)), 9, 19)
