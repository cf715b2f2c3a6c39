"""Offers: made, repriced and cancelled by the meter's account only."""

import pytest

from tests.contracts.abi import Contract
from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    OPERATOR,
    PRICE,
    REPORT_BLOCKS,
    TRADE_BLOCKS,
    Household,
    World,
    event,
)

ZERO = b"\0" * 20


def test_an_offer_is_kept_and_announced(world: World, seller: Household) -> None:
    words = (seller.meter, 7, 1000, PRICE, 5)
    done = world.market.call(seller.account, "offer", *words)
    offer = int.from_bytes(seller.meter, "big") << 32 | 7
    assert int.from_bytes(done.output, "big") == offer
    assert event(done, "Offered") == {
        "offerId": offer,
        "meter": seller.meter,
        "version": 1,
        "amountUwh": 1000,
        "price": PRICE,
        "minCredit": 5,
    }
    assert world.market.view("offers", offer) == (PRICE, 1000, 1, 5)
    assert world.market.view("offers", offer + 1) == (0, 0, 0, 0)


def test_a_new_price_is_a_new_version(world: World, seller: Household) -> None:
    offer = world.offer(seller, 1000)
    done = world.market.call(seller.account, "reprice", offer, 5)
    assert event(done, "Offered")["version"] == 2
    assert world.market.view("offers", offer) == (5, 1000, 2, 0)


def test_a_cancelled_offer_is_gone(world: World, seller: Household, refused: RefusedWith) -> None:
    offer = world.offer(seller, 1000)
    done = world.market.call(seller.account, "cancel", offer)
    assert event(done, "Cancelled") == {"offerId": offer}
    assert world.market.view("offers", offer)[1] == 0
    for function, rest in (("cancel", ()), ("reprice", (1,))):
        with refused("OfferUnknown", offer):
            world.market.call(seller.account, function, offer, *rest)


def test_offers_need_an_amount_and_a_price(
    world: World, seller: Household, refused: RefusedWith
) -> None:
    with refused("ZeroAmount"):
        world.offer(seller, 0)
    with refused("ZeroPrice"):
        world.offer(seller, 1, 0)
    offer = world.offer(seller, 1)
    with refused("ZeroPrice"):
        world.market.call(seller.account, "reprice", offer, 0)


def test_only_the_account_speaks_for_its_meter(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 1000)
    for caller in (buyer.account, OPERATOR, seller.meter):
        for function, words in (
            ("offer", (seller.meter, 9, 1, 1, 0)),
            ("reprice", (offer, 1)),
            ("cancel", (offer,)),
        ):
            with refused("NotMeterAccount", seller.meter, caller):
                world.market.call(caller, function, *words)


def test_a_meter_not_in_the_registry_offers_nothing(
    world: World, seller: Household, refused: RefusedWith
) -> None:
    stranger = Household("stranger")
    with refused("MeterNotEnrolled", stranger.meter):
        world.offer(stranger, 1)
    offer = world.offer(seller, 1)
    world.registry.call(OPERATOR, "retire", seller.meter)
    with refused("MeterNotEnrolled", seller.meter):
        world.offer(seller, 1)
    world.market.call(seller.account, "cancel", offer)  # clearing up is still allowed


def test_a_number_is_free_again_once_used_up_or_cancelled(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    """Its version goes on, so that nobody buys a new offer with an old one in mind."""
    offer = world.offer(seller, 1000, number=3)
    with refused("OfferOpen", offer):
        world.offer(seller, 1, number=3)
    world.market.call(seller.account, "cancel", offer)
    assert world.offer(seller, 500, number=3) == offer
    assert world.market.view("offers", offer)[2] == 2
    old = world.ref(offer)
    world.buy(buyer, [offer], 500)
    with refused("OfferUnknown", offer):
        world.market.call(seller.account, "reprice", offer, 1)
    world.offer(seller, 500, number=3)
    assert world.market.view("offers", offer)[2] == 3
    with refused("OfferChanged", offer, 2, 3):
        words = ([old], buyer.meter, 500, PRICE, 99)
        world.market.call(buyer.account, "buy", *words)


def test_every_number_is_an_offer_of_its_own(world: World, seller: Household) -> None:
    offers = [world.offer(seller, 10 + n, number=n) for n in (0, 1, 2**32 - 1)]
    assert [world.market.view("offers", offer)[1] for offer in offers] == [10, 11, 9 + 2**32]


def test_an_id_beyond_meter_and_number_names_nothing(
    world: World, seller: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, 1000) | 1 << 192
    for function, rest in (("cancel", ()), ("reprice", (1,))):
        with refused("OfferUnknown", offer):
            world.market.call(seller.account, function, offer, *rest)


@pytest.mark.parametrize(("place", "value", "error"), [
    (0, ZERO, "ZeroAddress"),
    (1, ZERO, "ZeroAddress"),
    (2, 0, "ZeroBlocks"),
    (3, 0, "ZeroBlocks"),
])  # fmt: skip
def test_a_market_without_a_part_is_not_built(
    world: World, refused: RefusedWith, place: int, value: object, error: str
) -> None:
    facts = [world.token.address, world.registry.address, REPORT_BLOCKS, TRADE_BLOCKS]
    facts[place] = value
    with refused(error):
        Contract(world.evm, "EnergyMarket", *facts)
