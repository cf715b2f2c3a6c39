"""Attacks on time, order, cost and chance, on real and weakened contracts: A21, A22, A26, A27."""

import pytest

from contracts import weakened
from tests.contracts.auction_reference import Tariff
from tests.contracts.auction_world import FEE, KWH, AuctionWorld
from tests.contracts.conftest import RefusedWith
from tests.contracts.evm import Log
from tests.contracts.world import (
    AMOUNT,
    MONEY,
    OPERATOR,
    PRICE,
    REPORT_BLOCKS,
    World,
)

MARKET, AUCTION = "EnergyMarket", "EnergyAuction"
HALF = AMOUNT // 2
LOW, HIGH = 10**17, 29 * 10**16
RATE = Tariff(3 * 10**17, 8 * 10**16)


@pytest.mark.parametrize("name", weakened.plan())
def test_weakened_artefacts_are_of_these_sources(name: str) -> None:
    """If this fails: make gen."""
    kept = weakened.ARTEFACTS / f"{name}.json"
    assert weakened.fingerprint(name, weakened.plan()[name]) in kept.read_text(encoding="utf-8")


def test_a_passage_that_is_gone_or_not_alone_is_an_error() -> None:
    for old in ("no such passage", "internal"):
        edit = {"source": "parts/Purses", "old": old, "new": ""}
        entry = {"contract": MARKET, "edits": [edit]}
        with pytest.raises(weakened.WeakenedError, match="expected once"):
            weakened.changed("Any", entry)


def close_early(kind: str) -> int:
    """A21: a buyer that makes the block, 900 s ahead, after its meter received energy."""
    world = World(kind=kind)
    seller, buyer = world.household("seller"), world.household("buyer")
    terms = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)  # in which HALF flows
    world.evm.timestamp += 900
    world.close(terms)
    return world.purse(buyer) - (MONEY - HALF * PRICE // 10**9)


def test_a21_a_clock_put_forward_ends_no_trade(refused: RefusedWith) -> None:
    with refused("TooEarlyToClose"):
        close_early(MARKET)
    assert close_early("weakened/Timestamps") == HALF * PRICE // 10**9


def market_story(skew: int) -> list[Log]:
    """Two trades, settled and closed; every block's clock is off by `skew`, back and forth."""
    world = World()
    seller, buyer = world.household("seller"), world.household("buyer")
    logs: list[Log] = []
    world.evm.timestamp += skew
    first = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    world.evm.timestamp -= 2 * skew
    sides = [(world.reading(first, home, 0, HALF), home) for home in (seller, buyer)]
    logs += world.settle(first, *sides).logs
    second = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    for home in (seller, buyer):
        world.evm.timestamp += 2 * skew
        logs += world.report(second, world.reading(second, home, HALF, AMOUNT), home).logs
        world.evm.timestamp -= 2 * skew
    world.evm.mine(REPORT_BLOCKS)
    return logs + world.close(second).logs


def auction_story(skew: int) -> list[Log]:
    auction = AuctionWorld()
    seller, buyer = (auction.household(n, purse=MONEY) for n in ("seller", "buyer"))
    auction.evm.timestamp += skew
    orders = auction.enter([(seller, 1, KWH // 100, LOW), (buyer, 0, KWH // 100, HIGH)])
    auction.evm.timestamp -= 2 * skew
    return auction.clear(orders).logs


@pytest.mark.parametrize("skew", [-900, 900])
def test_a21_nothing_depends_on_the_clock(skew: int) -> None:
    assert market_story(skew) == market_story(0)
    assert auction_story(skew) == auction_story(0)


def raise_in_front(kind: str) -> int:
    """A22: the seller sees the purchase and asks for as much as the buyer would pay at most."""
    world = World(kind=kind)
    seller, buyer = world.household("seller"), world.household("buyer")
    offer = world.offer(seller, AMOUNT)
    words = ([world.ref(offer)], buyer.meter, AMOUNT, 2 * PRICE, 1)
    purchase = world.market.data("buy", *words)
    world.market.call(seller.account, "reprice", offer, 2 * PRICE)
    world.market.send(buyer.account, purchase)
    return MONEY - world.purse(buyer) - AMOUNT * PRICE // 10**9


def test_a22_the_buyer_gets_what_it_saw_or_nothing(refused: RefusedWith) -> None:
    with refused("OfferChanged"):
        raise_in_front(MARKET)
    assert raise_in_front("weakened/VersionLoose") == AMOUNT * PRICE // 10**9


def look_first(kind: str, price: int) -> int:
    """A22: a seller that committed to LOW reveals another price once it saw the buyer's."""
    auction = AuctionWorld(kind=kind)
    seller, buyer = (auction.household(n, purse=MONEY) for n in ("seller", "buyer"))
    slot = auction.to_commit()
    sell, buy = auction.sell(seller, KWH, LOW), auction.buy(buyer, KWH, HIGH)
    auction.commit(seller, sell)
    auction.commit(buyer, buy)
    auction.to_place()
    auction.place([buy])
    interval = (sell.meter, sell.direction, sell.from_, sell.to)
    other = auction.signed(seller, interval, price, sell.salt, slot)
    before = auction.purse(seller)
    auction.place([other])
    auction.to_clear()
    auction.clear([buy.order, other.order])
    return auction.purse(seller) - before


def test_a22_a_price_stands_before_others_are_seen(refused: RefusedWith) -> None:
    with refused("NotCommitted"):
        look_first(AUCTION, HIGH)
    honest = look_first(AUCTION, LOW)
    gain = look_first("weakened/CommitmentUnread", HIGH) - honest
    assert gain == HIGH - (LOW + HIGH) // 2


def test_a22_without_commitments_the_last_sees_all() -> None:
    """The cheap mode has no such defence, and says so: an operator chooses it knowingly."""
    auction = AuctionWorld(commits=False)
    seller, buyer = (auction.household(n, purse=MONEY) for n in ("seller", "buyer"))
    auction.to_commit()
    buy = auction.buy(buyer, KWH, HIGH)
    auction.place([buy])
    sell = auction.sell(seller, KWH, HIGH)  # as it has just seen
    before = auction.purse(seller)
    auction.place([sell])
    auction.to_clear()
    auction.clear([buy.order, sell.order])
    assert auction.purse(seller) - before == HIGH - FEE


def costs(kind: str, crowd: int) -> dict[str, int]:
    """A26: gas of each function for two households, after a crowd's trades."""
    world = World(kind=kind)
    seller, buyer = world.household("seller"), world.household("buyer")
    some = [world.household(f"of the crowd {n}") for n in range(crowd)]
    for one, other in zip(some[::2], some[1::2], strict=True):
        world.trade(one, other, 1000)
    world.evm.mine(30)
    gas: dict[str, int] = {}

    def call(who: bytes, function: str, *words: object) -> None:
        gas[function] = world.market.call(who, function, *words).gas

    world.token.call(buyer.account, "approve", world.market.address, 0)
    call(buyer.account, "withdraw", buyer.meter, 5)
    world.token.call(buyer.account, "approve", world.market.address, 5)
    call(buyer.account, "deposit", buyer.meter, 5)
    numbers = [int.from_bytes(seller.meter, "big") << 32 | n for n in range(3)]
    for number in range(3):
        call(seller.account, "offer", seller.meter, number, AMOUNT, PRICE, 0)
    call(seller.account, "reprice", numbers[2], 5)
    call(seller.account, "cancel", numbers[2])
    world.salts = 0
    first = world.buy(buyer, [numbers[0]], AMOUNT, salt=1)[0]
    call(buyer.account, "buy", [world.ref(numbers[1])], buyer.meter, AMOUNT, PRICE, 2)
    sides = [(world.reading(first, home, 0, HALF), home) for home in (seller, buyer)]
    call(OPERATOR, "settle", first.words, *(world.final(*side) for side in sides))
    return gas


def test_a26_no_cost_grows_with_the_number_of_users() -> None:
    assert costs(MARKET, 40) == costs(MARKET, 0)
    few, many = (costs("weakened/TradesListed", crowd) for crowd in (0, 40))
    assert many["buy"] - few["buy"] > 20 * 100  # each of the crowd's trades is one more to read


def auction_costs(crowd: int) -> list[int]:
    """Gas of a commitment, of placing two orders and of clearing, after a round with a crowd."""
    auction = AuctionWorld()
    homes = [auction.household(name, purse=MONEY) for name in ("seller", "buyer")]
    bids = [(homes[0], 1, KWH // 100, LOW), (homes[1], 0, KWH // 100, HIGH)]
    some = [auction.household(f"of the crowd {n}") for n in range(crowd)]
    auction.clear(auction.enter([*bids, *((one, 1, 1000, LOW) for one in some)]))
    auction.to_commit()
    placed = [auction.placement(*bid) for bid in bids]
    gas = [auction.commit(home, one).gas for home, one in zip(homes, placed, strict=True)]
    auction.to_place()
    gas.append(auction.place(placed).gas)
    auction.to_clear()
    return [*gas, auction.clear([one.order for one in placed]).gas]


def test_a26_a_round_costs_what_its_own_orders_cost() -> None:
    assert auction_costs(30) == auction_costs(0)


def grind(kind: str, parent: int) -> int:
    """A27: the clearer makes the block, chooses its parent's hash, and owns the second order."""
    auction = AuctionWorld(commits=False, kind=kind)
    homes = [auction.household(name, purse=MONEY) for name in ("honest", "clearer", "buyer")]
    bids = [(homes[0], 1, KWH, LOW), (homes[1], 1, KWH, LOW), (homes[2], 0, KWH, HIGH)]
    before = auction.purse(homes[1])
    orders = auction.enter(bids)
    auction.evm.parent_hash = parent.to_bytes(32, "big")
    sells = sorted(range(2), key=lambda number: number ^ (parent & 0xFFFF))
    auction.clear(orders, ranks=b"".join(n.to_bytes(2, "big") for n in (*sells, 2)))
    return auction.purse(homes[1]) - before + FEE


def test_a27_no_hash_moves_an_order(refused: RefusedWith) -> None:
    """Of two sells at one price the first placed is matched, the other gets the tariff."""
    assert grind(AUCTION, 0) == grind(AUCTION, 2**16) == RATE[1]
    for parent in (1, 3, 2**16 - 1):
        with refused("RanksOutOfOrder"):
            grind(AUCTION, parent)
    weak = "weakened/TiesByHash"
    assert max(grind(weak, parent) for parent in range(4)) == (LOW + HIGH) // 2 > RATE[1]
