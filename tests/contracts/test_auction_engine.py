"""The contract and the Python engine clear every book alike: ranks, energies, payouts, debts."""

import random
from collections.abc import Callable

import pytest

from normal_world.auction import wide
from normal_world.auction.book import Side
from normal_world.auction.engine import clear, ranks
from normal_world.auction.settlement import Settlement, Tariff, settle
from tests.contracts import auction_reference as reference
from tests.contracts.auction_reference import Order
from tests.contracts.auction_world import TARIFF, AuctionWorld, events
from tests.contracts.evm import Outcome
from tests.contracts.world import Household

HOMES, ROUNDS = 14, 12
PURSE = 10**25  # enough for a uint96 of a price
MOST_PRICE = 2**96 - 1
SOME_UWH = 10**9  # below what the rated power gives in a slot
Bid = tuple[int, int, int]  # direction, energy, price
Draw = Callable[[random.Random], Bid]


def near(draw: random.Random) -> Bid:
    """Prices of a community, many of them equal."""
    price = 10**17 + 10**15 * draw.randrange(30) + draw.randrange(2)
    return draw.randrange(2), draw.randrange(1, SOME_UWH), price


def tiny(draw: random.Random) -> Bid:
    """Single microwatt-hours, prices of nothing and of a few base units."""
    return draw.randrange(2), draw.randrange(1, 4), draw.randrange(4)


def odd(draw: random.Random) -> Bid:
    """Prices up to the largest; energies that a purse can still pay."""
    price = draw.choice([0, 1, 2**64 - 1, 2**64, MOST_PRICE - 1, MOST_PRICE])
    return draw.randrange(2), draw.choice([1, 2, 999, 1000]), price


def lone(draw: random.Random) -> Bid:
    """Sells only: what the utility cannot pay it owes."""
    return 1, draw.randrange(1, SOME_UWH), 10**17 + draw.randrange(3)


@pytest.mark.parametrize("kind", [near, tiny, odd, lone])
def test_the_contract_clears_as_the_engine(kind: Draw) -> None:
    world, draw = AuctionWorld(commits=False, funds=10**9, token="HookToken"), random.Random(1)
    homes = [world.household(f"home {number}", purse=PURSE) for number in range(HOMES)]
    for _ in range(ROUNDS):
        bids = [kind(draw) for _ in range(draw.randrange(1, HOMES + 1))]
        round_is_the_same(world, [(home, *bid) for home, bid in zip(homes, bids, strict=False)])


def round_is_the_same(world: AuctionWorld, bids: list[tuple[Household, int, int, int]]) -> None:
    orders = world.enter(bids)
    sells = [number for number, order in enumerate(orders) if order.is_sell]
    buys = [number for number, order in enumerate(orders) if not order.is_sell]
    offered, wanted = side(orders, sells), side(orders, buys)
    cleared, funds = clear(offered, wanted), world.funds()
    expected = settle(offered, wanted, cleared, Tariff(*TARIFF), funds)
    outcome = world.clear(orders, ranks=packed_ranks(offered, wanted, sells, buys))
    (told,) = events(outcome, "Cleared")
    assert (told["tradedUwh"], told["funds"]) == (cleared.matched_uwh, funds)
    assert told["owed"] == sum(expected.sells_owed)
    assert world.funds() == expected.funds
    paid_as_settled(outcome, orders, sells, buys, expected)
    pairs = [(t.sell, t.buy, t.energy_uwh, t.paid) for t in reference.match(orders)]
    assert pairs == [
        (sells[sell], buys[buy], energy, payment)
        for sell, buy, energy, payment in zip(
            cleared.sell.tolist(), cleared.buy.tolist(), cleared.energy_uwh.tolist(),
            wide.integers(cleared.payment), strict=True,
        )
    ]  # fmt: skip


def side(orders: list[Order], numbers: list[int]) -> Side:
    return Side.of(
        [orders[number].energy_uwh for number in numbers],
        [orders[number].price for number in numbers],
    )


def packed_ranks(offered: Side, wanted: Side, sells: list[int], buys: list[int]) -> bytes:
    """As `clear` of the contract takes them: it refuses every other order."""
    up, down = ranks(offered, wanted)
    numbers = [sells[place] for place in up] + [buys[place] for place in down]
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def paid_as_settled(
    outcome: Outcome, orders: list[Order], sells: list[int], buys: list[int], expected: Settlement
) -> None:
    payouts = dict(zip(sells, expected.sells_paid, strict=True))
    payouts |= dict(zip(buys, expected.buys_change, strict=True))
    assert [(values["meter"], values["amount"]) for values in events(outcome, "Paid")] == [
        (order.meter, payouts[number]) for number, order in enumerate(orders)
    ]
    debts = dict(zip(sells, expected.sells_owed, strict=True))
    assert [(values["meter"], values["amount"]) for values in events(outcome, "Owed")] == [
        (orders[number].meter, debts[number]) for number in sells if debts[number]
    ]
