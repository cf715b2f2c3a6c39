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
    REPORT_BLOCKS,
    TRADE_BLOCKS,
    Household,
    Terms,
    World,
    bought,
    event,
    events,
)

SALT, MAX_SALT = 5, 2**64 - 1
NO_SIDE = (0, 0, 0, 0)


def buy_words(offers: list[int], meter: bytes, amount_uwh: int) -> tuple[Any, ...]:
    """A purchase from offers at their first version."""
    return ([offer << 32 | 1 for offer in offers], meter, amount_uwh, PRICE, SALT)


def test_a_purchase_opens_a_trade_and_takes_the_escrow(
    world: World, seller: Household, buyer: Household
) -> None:
    offer = world.offer(seller, 1000)
    done = world.market.call(buyer.account, "buy", *buy_words([offer], buyer.meter, 1000))
    terms = Terms(offer << 32 | 1, buyer.meter, 1000, PRICE, SALT)
    assert bought(events(done)) == [terms]
    announced = event(done, "Bought")
    deadline = world.evm.block + TRADE_BLOCKS
    assert announced["trade"] == world.id_of(terms) == world.market.view("tradeId", terms.words)
    assert (announced["sellerMeter"], announced["deadlineBlock"]) == (seller.meter, deadline)
    assert world.market.view("tradeOf", terms.words) == (True, deadline, 0, NO_SIDE, NO_SIDE)
    assert world.purse(buyer) == MONEY - terms.escrow
    assert world.purse(seller) == MONEY
    assert world.market.view("lastSalt", buyer.meter) == SALT


def test_part_of_an_offer_leaves_the_rest(
    world: World, seller: Household, buyer: Household
) -> None:
    offer = world.offer(seller, 1000)
    world.buy(buyer, [offer], 400)
    assert world.market.view("offers", offer) == (PRICE, 600, 1, 0)
    world.buy(buyer, [offer], 600)
    assert world.market.view("offers", offer) == (PRICE, 0, 1, 0)


def test_several_offers_are_several_trades(
    world: World, seller: Household, buyer: Household
) -> None:
    other = world.household("other seller")
    offers = [world.offer(seller, 100, 5), world.offer(other, 100, 7), world.offer(seller, 100, 7)]
    fills = world.buy(buyer, offers, 150)
    facts = [(t.offer_id, t.seller_meter, t.amount_uwh, t.price) for t in fills]
    assert facts == [(offers[0], seller.meter, 100, 5), (offers[1], other.meter, 50, 7)]
    assert world.market.view("offers", offers[2])[1] == 100
    assert [t.salt for t in fills] == [fills[0].salt, fills[0].salt + 1]


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
    assert MONEY - world.purse(buyer) == sum(t.amount_uwh * price // 10**9 for t in fills)


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
    assert world.market.view("offers", offer)[1] == 100
    with refused("OfferUnknown", offer):  # the first mention uses it up
        world.market.call(buyer.account, "buy", *buy_words([offer, offer], buyer.meter, 101))


def test_malformed_purchases_are_refused(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    with refused("ZeroAmount"):
        world.buy(buyer, [offer], 0)
    with refused("OfferUnknown", 99):
        world.buy(buyer, [99], 1)
    beyond = offer | 1 << 192
    with refused("OfferUnknown", beyond):
        world.market.call(buyer.account, "buy", *buy_words([beyond], buyer.meter, 1))


def test_a_salt_comes_once_and_only_upwards(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    world.buy(buyer, [offer], 10, salt=SALT)
    for salt in (SALT, SALT - 1, 0):
        with refused("SaltUsed", salt, SALT):
            world.buy(buyer, [offer], 10, salt=salt)
    world.buy(buyer, [offer], 10, salt=SALT + 1)
    with refused("SaltUsed", 0, 0):
        world.buy(world.household("first time"), [offer], 10, salt=0)


def test_after_the_highest_salt_there_is_none(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offers = [world.offer(seller, 10) for _ in range(3)]
    with refused("SaltUsed", 0, MAX_SALT):
        world.buy(buyer, offers[:2], 20, salt=MAX_SALT)
    world.buy(buyer, [offers[0]], 10, salt=MAX_SALT)
    with refused("SaltUsed", MAX_SALT, MAX_SALT):
        world.buy(buyer, [offers[1]], 10, salt=MAX_SALT)


def test_an_open_trade_keeps_its_drawer(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    world.buy(buyer, [offer], 10, salt=0x105)
    with refused("DrawerTaken", buyer.meter, 5):
        world.buy(buyer, [offer], 10, salt=0x205)
    other = world.household("other buyer")
    world.buy(other, [offer], 10, salt=0x105)  # its own drawers


def test_several_fills_go_on_from_the_last_drawer_to_the_first(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offers = [world.offer(seller, 10, price=n + 1) for n in range(4)]
    fills = world.buy(buyer, offers, 40, salt=0x1FE)
    assert [t.drawer for t in fills] == [0xFE, 0xFF, 0x00, 0x01]
    assert all(world.is_open(t) for t in fills)
    offer = world.offer(seller, 20)
    with refused("DrawerTaken", buyer.meter, 0):
        world.buy(buyer, [offer], 10, salt=0x300)
    world.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS)
    world.close(fills[2])
    world.buy(buyer, [offer], 10, salt=0x300)


def test_more_trades_than_drawers(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offers = [world.offer(seller, 1) for _ in range(257)]
    with refused("DrawerTaken", buyer.meter, 1):
        world.buy(buyer, offers, 257, salt=1)
    assert len(world.buy(buyer, offers, 256, salt=1)) == 256


def test_a_deadline_that_does_not_fit_is_refused(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    world.evm.block = 2**31 - 1 - TRADE_BLOCKS
    (terms,) = world.buy(buyer, [offer], 10)
    facts = (True, 2**31 - 1, 0, NO_SIDE, NO_SIDE)
    assert world.market.view("tradeOf", terms.words) == facts
    world.evm.mine(1)
    with refused("DeadlineTooLate", 2**31):
        world.buy(buyer, [offer], 10)
    world.report(terms, world.delivering(terms, buyer, 0), buyer)
    world.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS)
    world.close(terms)
    assert world.purse(buyer) == MONEY


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
    poor = world.household("poor", purse=PRICE - 1)
    offer = world.offer(seller, 10**9)
    with refused("PurseTooSmall", poor.meter, PRICE - 1, PRICE):
        world.buy(poor, [offer], 10**9)
    assert world.market.view("offers", offer)[1] == 10**9
    world.pay_in(poor, 1)
    world.buy(poor, [offer], 10**9)
    assert world.purse(poor) == 0


def test_only_the_accounts_purse_pays(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 100)
    with refused("NotMeterAccount", buyer.meter, seller.account):
        world.market.call(seller.account, "buy", *buy_words([offer], buyer.meter, 1))
    assert world.purse(buyer) == MONEY
