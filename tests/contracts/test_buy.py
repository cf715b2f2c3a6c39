"""Buying: cheapest first, at the version and price that the buyer saw, all of it or nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    CREDIT,
    MONEY,
    OPERATOR,
    PRICE,
    TRADE_BLOCKS,
    Household,
    Terms,
    World,
    bought,
    event,
)

SALT = b"\x05" * 32
OPEN, NO_SIDE = 1, (0, 0, 0, 0)


def buy_words(offers: list[int], meter: bytes, amount_uwh: int) -> tuple[Any, ...]:
    return (offers, [1] * len(offers), meter, amount_uwh, PRICE, SALT)


def test_a_purchase_opens_a_trade_and_takes_the_escrow(
    world: World, seller: Household, buyer: Household
) -> None:
    offer = world.offer(seller, 1000)
    done = world.market.call(buyer.account, "buy", *buy_words([offer], buyer.meter, 1000))
    terms = Terms(offer, 1, seller.meter, buyer.meter, 1000, PRICE, SALT)
    assert bought(done) == [terms]
    announced = event(done, "Bought")
    deadline = world.evm.block + TRADE_BLOCKS
    assert announced["trade"] == world.id_of(terms) == world.market.view("tradeId", terms.words)
    assert (announced["escrow"], announced["deadlineBlock"]) == (terms.escrow, deadline)
    assert world.market.view("tradeOf", announced["trade"]) == (OPEN, deadline, 0, NO_SIDE, NO_SIDE)
    assert world.tokens(world.market.address) == terms.escrow
    assert world.tokens(buyer.account) == MONEY - terms.escrow


def test_part_of_an_offer_leaves_the_rest(
    world: World, seller: Household, buyer: Household
) -> None:
    offer = world.offer(seller, 1000)
    world.buy(buyer, [offer], 400)
    assert world.market.view("offers", offer) == (seller.meter, 0, PRICE, 600, 1)
    world.buy(buyer, [offer], 600)
    assert world.market.view("offers", offer)[3] == 0


def test_several_offers_are_several_trades(
    world: World, seller: Household, buyer: Household
) -> None:
    other = world.household("other seller")
    offers = [world.offer(seller, 100, 5), world.offer(other, 100, 7), world.offer(seller, 100, 7)]
    fills = world.buy(buyer, offers, 150)
    facts = [(t.offer_id, t.seller_meter, t.amount_uwh, t.price) for t in fills]
    assert facts == [(offers[0], seller.meter, 100, 5), (offers[1], other.meter, 50, 7)]
    assert world.market.view("offers", offers[2])[3] == 100


@settings(max_examples=40, deadline=None)
@given(
    amounts=st.lists(st.integers(1, 10**8), min_size=1, max_size=4),
    price=st.integers(1, 10**10),
    share=st.floats(0, 1),
)
def test_escrow_is_the_sum_of_the_payments_rounded_down(
    amounts: list[int], price: int, share: float
) -> None:
    world = World()
    seller, buyer = world.household("seller"), world.household("buyer")
    offers = [world.offer(seller, amount, price) for amount in amounts]
    wanted = max(1, int(sum(amounts) * share))
    fills = world.buy(buyer, offers, wanted, price)
    assert sum(t.amount_uwh for t in fills) == wanted
    assert world.tokens(world.market.address) == sum(t.amount_uwh * price // 10**9 for t in fills)


def test_price_and_version_are_pinned(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 1000)
    with refused("PriceAboveBound", offer, PRICE, PRICE - 1):
        world.buy(buyer, [offer], 1, PRICE - 1)
    world.market.call(seller.account, "reprice", offer, PRICE - 1)
    with refused("OfferChanged", offer, 1, 2):
        world.market.call(buyer.account, "buy", *buy_words([offer], buyer.meter, 1))


def test_dearer_before_cheaper_is_refused(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    dear, cheap = world.offer(seller, 10, 7), world.offer(seller, 10, 5)
    with refused("OffersOutOfOrder", cheap, 5, 7):
        world.buy(buyer, [dear, cheap], 20)


def test_all_or_nothing(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    with refused("AmountNotOffered", 1):
        world.buy(buyer, [offer], 101)
    with refused("AmountNotOffered", 1):
        world.buy(buyer, [], 1)
    assert world.market.view("offers", offer)[3] == 100
    with refused("OfferUnknown", offer):  # the first mention uses it up
        world.market.call(buyer.account, "buy", *buy_words([offer, offer], buyer.meter, 101))


def test_malformed_purchases_are_refused(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    with refused("ZeroAmount"):
        world.buy(buyer, [offer], 0)
    with refused("LengthMismatch", 1, 2):
        words = ([offer], [1, 1], buyer.meter, 1, PRICE, SALT)
        world.market.call(buyer.account, "buy", *words)
    with refused("OfferUnknown", 99):
        world.buy(buyer, [99], 1)


def test_same_terms_need_another_salt(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    words = buy_words([offer], buyer.meter, 10)
    (terms,) = bought(world.market.call(buyer.account, "buy", *words))
    with refused("TradeExists", world.id_of(terms)):
        world.market.call(buyer.account, "buy", *words)


def test_credit_gates_the_buyer(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100, credit=CREDIT + 1)
    with refused("CreditTooLow", buyer.meter, CREDIT, CREDIT + 1):
        world.buy(buyer, [offer], 1)
    assert world.buy(buyer, [world.offer(seller, 100, credit=CREDIT)], 1)


def test_nobody_buys_from_themselves(world: World, seller: Household, refused: RefusedWith) -> None:
    offer = world.offer(seller, 100)
    with refused("OwnOffer", offer):
        world.buy(seller, [offer], 1)
    second = Household("second meter")
    world.registry.call(OPERATOR, "enroll", second.meter, seller.account, 7, 100, 10)
    with refused("OwnOffer", offer):
        words = buy_words([offer], second.meter, 1)
        world.market.call(seller.account, "buy", *words)


def test_both_must_be_enrolled_on_one_feeder(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    far = world.household("far away", feeder=8)
    with refused("DifferentFeeder", seller.meter, far.meter):
        world.buy(far, [offer], 1)
    with refused("MeterNotEnrolled"):
        world.buy(Household("stranger"), [offer], 1)
    with refused("NotMeterAccount", buyer.meter, far.account):
        world.market.call(far.account, "buy", *buy_words([offer], buyer.meter, 1))
    world.registry.call(OPERATOR, "retire", seller.meter)
    with refused("MeterNotEnrolled", seller.meter):
        world.buy(buyer, [offer], 1)


def test_without_money_nothing_is_bought(
    world: World, seller: Household, refused: RefusedWith
) -> None:
    poor = Household("poor")
    world.registry.call(OPERATOR, "enroll", poor.meter, poor.account, 7, 100, 10)
    offer = world.offer(seller, 10**9)
    with refused("ERC20InsufficientAllowance", world.market.address, 0, PRICE):
        world.buy(poor, [offer], 10**9)
    world.token.call(poor.account, "approve", world.market.address, PRICE)
    with refused("ERC20InsufficientBalance", poor.account, 0, PRICE):
        world.buy(poor, [offer], 10**9)
    assert world.market.view("offers", offer)[3] == 10**9
