"""Attacks on the contracts, each really mounted: A16, A20, A22, A23, A25, A26, A28 of the list."""

import pytest
from eth_utils.crypto import keccak

from tests.contracts.abi import Contract
from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    AMOUNT,
    DELIVERING,
    MONEY,
    OPERATOR,
    PRICE,
    REPORT_BLOCKS,
    TRADE_BLOCKS,
    Household,
    World,
    event,
)

HALF = AMOUNT // 2
GUARD = keccak(text="ReentrancyGuardReentrantCall()")[:4]


class HookWorld(World):
    """The market with a token whose transfers call back."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.token = Contract(self.evm, "HookToken")
        self.market = self.new_market(self.token.address)

    def pay_in(self, home: Household, amount: int) -> None:
        self.token.call(OPERATOR, "mint", home.account, 2 * amount)
        self.token.call(home.account, "approve", self.market.address, 2 * amount)
        self.market.call(home.account, "deposit", home.meter, amount)


INNER = ("offer", "cancel", "reprice", "buy", "settle", "report", "close", "deposit", "withdraw")


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("outer", ["deposit", "withdraw"])
def test_a20_reentrancy_gains_nothing(outer: str, inner: str) -> None:
    """Tokens move in and out of purses only; nothing works while they do."""
    world = HookWorld()
    seller, buyer = world.household("seller"), world.household("buyer")
    terms = world.trade(seller, buyer, AMOUNT)
    offer = world.offer(seller, AMOUNT)
    world.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS)
    sides = [(world.reading(terms, home, 0, HALF), home) for home in (seller, buyer)]
    words = {
        "offer": (buyer.meter, 1, 1, 1, 0),
        "cancel": (offer,),
        "reprice": (offer, 1),
        "buy": ([world.ref(offer)], buyer.meter, AMOUNT, PRICE, 99),
        "settle": (terms.words, *(world.final(*side) for side in sides)),
        "report": (terms.words, world.shown(*sides[0])),
        "close": (terms.words,),
        "deposit": (buyer.meter, 1),
        "withdraw": (buyer.meter, MONEY // 2),
    }
    call = world.market.data(inner, *words[inner])
    world.token.call(OPERATOR, "arm", world.market.address, call)
    purse, held = world.purse(buyer), world.tokens(world.market.address)
    world.market.call(buyer.account, outer, buyer.meter, 1000)
    assert world.token.view("attempts") == 1
    assert world.token.view("succeeded") is False
    assert world.token.view("refusal") == GUARD
    moved = 1000 if outer == "deposit" else -1000
    assert world.purse(buyer) == purse + moved
    assert world.tokens(world.market.address) == held + moved


def test_a20_an_attacker_with_a_meter_of_its_own_takes_its_money_once() -> None:
    """The account is the token itself: its hook asks for the money again while it is being paid."""
    world = HookWorld()
    thief, victim = Household("thief"), world.household("victim")
    facts = (thief.meter, world.token.address, 7, 3600, 10)
    world.registry.call(OPERATOR, "enroll", *facts)
    world.market.call(victim.account, "deposit", thief.meter, 500)
    again = world.market.data("withdraw", thief.meter, 500)
    world.token.call(OPERATOR, "arm", world.market.address, again)
    world.market.call(world.token.address, "withdraw", thief.meter, 500)
    assert world.token.view("refusal") == GUARD
    assert world.purse(thief) == 0
    assert world.tokens(world.market.address) == world.purse(victim)


def test_a22_a_price_raised_in_front_of_the_purchase_gains_nothing(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, AMOUNT)
    words = ([world.ref(offer)], buyer.meter, AMOUNT, 2 * PRICE, 1)
    purchase = world.market.data("buy", *words)
    world.market.call(seller.account, "reprice", offer, 2 * PRICE)
    with refused("OfferChanged", offer, 1, 2):
        world.market.send(buyer.account, purchase)
    assert world.purse(buyer) == MONEY


def test_a22_an_offer_replaced_in_front_of_the_purchase_gains_nothing(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, AMOUNT, number=1)
    words = ([world.ref(offer)], buyer.meter, AMOUNT, 2 * PRICE, 1)
    purchase = world.market.data("buy", *words)
    world.market.call(seller.account, "cancel", offer)
    world.offer(seller, AMOUNT, 2 * PRICE, number=1)
    with refused("OfferChanged", offer, 1, 2):
        world.market.send(buyer.account, purchase)


def test_a23_a_token_that_answers_false_fills_no_purse(
    world: World, seller: Household, refused: RefusedWith
) -> None:
    false = Contract(world.evm, "FalseToken")
    world.market = world.new_market(false.address)
    with refused("SafeERC20FailedOperation", false.address):
        world.market.call(seller.account, "deposit", seller.meter, 5)
    assert world.purse(seller) == 0


def test_a23_extreme_integers_do_not_wrap(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    """The escrow is more than 128 bits and would pass for little if it were cut."""
    most, dearest = 2**64 - 1, 2**96 - 1
    offers = [world.offer(seller, most, dearest) for _ in range(2)]
    with refused("PurseTooSmall", buyer.meter, MONEY, most * dearest // 10**9):
        world.buy(buyer, offers, most, dearest)
    world.buy(buyer, [world.offer(seller, most, 1)], most)
    assert world.purse(buyer) == MONEY - most // 10**9


def test_a25_a_relayed_wallet_trades_nothing(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    relay = Contract(world.evm, "Relay")
    offer = world.offer(seller, AMOUNT)
    for victim, function, words in (
        (buyer, "buy", ([world.ref(offer)], buyer.meter, AMOUNT, PRICE, 1)),
        (buyer, "withdraw", (buyer.meter, 1)),
        (seller, "reprice", (offer, 1)),
        (seller, "cancel", (offer,)),
        (seller, "offer", (seller.meter, 9, 1, 1, 0)),
    ):
        call = world.market.data(function, *words)
        with refused("NotMeterAccount", victim.meter, relay.address):
            relay.call(victim.account, "relay", world.market.address, call)


def test_a16_padded_calls_are_refused(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, AMOUNT)
    terms = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    sides = [(world.reading(terms, home, 0, 5), home) for home in (seller, buyer)]
    for caller, function, words in (
        (seller, "offer", (seller.meter, 9, 1, 1, 0)),
        (seller, "reprice", (offer, 1)),
        (seller, "cancel", (offer,)),
        (buyer, "buy", ([world.ref(offer)], buyer.meter, 1, PRICE, 99)),
        (buyer, "report", (terms.words, world.shown(*sides[0]))),
        (buyer, "settle", (terms.words, *(world.final(*side) for side in sides))),
        (buyer, "close", (terms.words,)),
        (buyer, "deposit", (buyer.meter, 1)),
        (buyer, "withdraw", (buyer.meter, 1)),
    ):
        call = world.market.data(function, *words)
        with refused("CalldataLength", len(call), len(call) + 32):
            world.market.send(caller.account, call + bytes(32))


def test_a28_a_silent_buyer_pays_for_what_its_meter_signed(
    world: World, seller: Household, buyer: Household
) -> None:
    """It holds its FINAL back, and lets an accomplice's trade claim past its own register."""
    terms = world.trade(seller, buyer, AMOUNT)
    accomplice = world.household("accomplice")
    other = world.trade(accomplice, buyer, 10)
    world.evm.mine(30)
    last = world.reading(terms, buyer, 0, HALF, sequence=9, state=DELIVERING)
    past = world.reading(other, buyer, AMOUNT, AMOUNT + 10)
    world.settle(other, (world.reading(other, accomplice, 0, 10), accomplice), (past, buyer))
    world.report(terms, world.reading(terms, seller, 0, HALF), seller)
    world.report(terms, last, buyer)
    world.evm.mine(REPORT_BLOCKS)
    assert event(world.close(terms), "Closed")["paid"] == HALF * PRICE // 10**9


def test_a28_a_lying_seller_gains_nothing(
    world: World, seller: Household, buyer: Household
) -> None:
    """It reports energy that was never sent; the buyer's meter received none."""
    terms = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    world.report(terms, world.reading(terms, seller, 0, AMOUNT), seller)
    world.report(terms, world.reading(terms, buyer, 0, 0), buyer)
    world.evm.mine(REPORT_BLOCKS)
    assert event(world.close(terms), "Closed")["refunded"] == terms.escrow
    assert world.purse(seller) == MONEY
