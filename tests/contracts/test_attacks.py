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
    Terms,
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

    def household(self, name: str, **rest: int) -> Household:
        home = Household(name)
        words = (home.meter, home.account, 7, 3600, 10)
        self.registry.call(OPERATOR, "enroll", *words)
        self.token.call(OPERATOR, "mint", home.account, MONEY)
        self.token.call(home.account, "approve", self.market.address, MONEY)
        return home


@pytest.mark.parametrize("inner", ["settle", "close", "report", "buy"])
@pytest.mark.parametrize("outer", ["settle", "close", "buy"])
def test_a20_reentrancy_gains_nothing(outer: str, inner: str) -> None:
    world = HookWorld()
    seller, buyer = world.household("seller"), world.household("buyer")
    terms, other = (world.trade(seller, buyer, AMOUNT) for _ in range(2))
    offer = world.offer(seller, AMOUNT)
    world.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS)

    def call(function: str, of: Terms) -> bytes:
        sent, received = (world.reading(of, home, 0, HALF) for home in (seller, buyer))
        signed = [(r.words, world.sign(r, h)) for r, h in ((sent, seller), (received, buyer))]
        words = {
            "settle": (of.words, *signed[0], *signed[1]),
            "report": (of.words, *signed[0]),
            "close": (of.words,),
            "buy": ([offer], [1], buyer.meter, 1, PRICE, bytes(32)),
        }
        return world.market.data(function, *words[function])

    for of in (terms, other):  # the same trade again, then another one
        snapshot = world.evm.snapshot()
        world.token.call(OPERATOR, "arm", world.market.address, call(inner, of))
        world.market.send(buyer.account, call(outer, terms))
        assert world.token.view("attempts") == 1
        assert world.token.view("succeeded") is False
        assert world.token.view("refusal") == GUARD
        escrow = PRICE // 10**9 if outer == "buy" else -terms.escrow
        assert world.tokens(world.market.address) == 2 * terms.escrow + escrow
        world.evm.restore(snapshot)


def test_a22_a_price_raised_in_front_of_the_purchase_gains_nothing(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    offer = world.offer(seller, AMOUNT)
    purchase = world.market.data("buy", [offer], [1], buyer.meter, AMOUNT, 2 * PRICE, bytes(32))
    world.market.call(seller.account, "reprice", offer, 2 * PRICE)
    with refused("OfferChanged", offer, 1, 2):
        world.market.send(buyer.account, purchase)
    assert world.tokens(buyer.account) == MONEY


def test_a23_a_token_that_answers_false_buys_nothing(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    false = Contract(world.evm, "FalseToken")
    world.market = world.new_market(false.address)
    offer = world.offer(seller, AMOUNT)
    with refused("SafeERC20FailedOperation", false.address):
        world.buy(buyer, [offer], AMOUNT)


def test_a23_extreme_integers_do_not_wrap(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    most, dearest = 2**64 - 1, 2**128 - 1
    offer = world.offer(seller, most, dearest)
    price = most * dearest // 10**9
    with refused("ERC20InsufficientBalance", buyer.account, MONEY, price):
        world.buy(buyer, [offer], most, dearest)


def test_a25_a_relayed_wallet_trades_nothing(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    relay = Contract(world.evm, "Relay")
    offer = world.offer(seller, AMOUNT)
    for victim, function, words in (
        (buyer, "buy", ([offer], [1], buyer.meter, AMOUNT, PRICE, bytes(32))),
        (seller, "reprice", (offer, 1)),
        (seller, "cancel", (offer,)),
        (seller, "offer", (seller.meter, 1, 1, 0)),
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
    sides = [world.reading(terms, home, 0, 5) for home in (seller, buyer)]
    signed = [(r.words, world.sign(r, h)) for r, h in zip(sides, (seller, buyer), strict=True)]
    for caller, function, words in (
        (seller, "offer", (seller.meter, 1, 1, 0)),
        (seller, "reprice", (offer, 1)),
        (seller, "cancel", (offer,)),
        (buyer, "buy", ([offer], [1], buyer.meter, 1, PRICE, bytes(32))),
        (buyer, "report", (terms.words, *signed[0])),
        (buyer, "settle", (terms.words, *signed[0], *signed[1])),
        (buyer, "close", (terms.words,)),
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
    assert world.tokens(seller.account) == MONEY
