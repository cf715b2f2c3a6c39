"""Random order books: ties, extremes, one-sided, empty, single microwatt-hours."""

from hypothesis import strategies as st

from normal_world.auction.book import Side
from tests.auction.reference import Order

MOST_UWH, MOST_PRICE = 2**64 - 1, 2**96 - 1
REAL_PRICE = 3 * 10**17  # 0.30 tokens a kWh

few = st.integers(0, 4)
energies = st.one_of(
    st.integers(1, 5),
    st.integers(1, 2 * 10**9),  # up to 2 kWh
    st.sampled_from([1, 2**34 - 1, 2**34, 2**61, 2**62 - 1, 2**63, MOST_UWH]),
    st.integers(1, MOST_UWH),
)
prices = st.one_of(
    few,
    st.integers(REAL_PRICE - 3, REAL_PRICE + 3),
    st.integers(10**17, 3 * 10**17),
    st.sampled_from([0, 2**63, 2**64 - 1, 2**64, 2**64 + 1, MOST_PRICE - 1, MOST_PRICE]),
    st.integers(0, MOST_PRICE),
)
orders = st.tuples(energies, prices)
books = st.lists(orders, max_size=24)
# As a community's: no energy of 2 TWh drowns all the others.
usual_books = st.lists(
    st.tuples(st.integers(1, 2 * 10**9), st.integers(10**17, 10**17 + 40)), max_size=60
)
tiny_books = st.lists(st.tuples(st.integers(1, 6), few), max_size=8)


def side(book: list[Order]) -> Side:
    return Side.of([energy for energy, _ in book], [price for _, price in book])
