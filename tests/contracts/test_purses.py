"""Purses: prepaid by anyone, spent by the market's rules, taken out by the meter's account only."""

from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    AMOUNT,
    MONEY,
    OPERATOR,
    STRANGER,
    Household,
    Terms,
    World,
    event,
)


def rich(world: World, account: bytes, amount: int) -> None:
    """Tokens for an account, and the market allowed to take them."""
    world.evm.fund(account, amount)
    world.token.call(account, "buyTokens", value=amount)
    world.token.call(account, "approve", world.market.address, amount)


def test_anyone_fills_a_purse(world: World, seller: Household) -> None:
    rich(world, STRANGER, 70)
    done = world.market.call(STRANGER, "deposit", seller.meter, 70)
    paid_in = {"meter": seller.meter, "payer": STRANGER, "amount": 70}
    assert event(done, "Deposited") == paid_in
    assert world.purse(seller) == MONEY + 70
    assert world.tokens(STRANGER) == 0
    assert world.tokens(world.market.address) == MONEY + 70


def test_the_account_takes_money_out(world: World, seller: Household, refused: RefusedWith) -> None:
    done = world.market.call(seller.account, "withdraw", seller.meter, MONEY - 1)
    taken = {"meter": seller.meter, "account": seller.account, "amount": MONEY - 1}
    assert event(done, "Withdrawn") == taken
    assert (world.purse(seller), world.tokens(seller.account)) == (1, MONEY - 1)
    with refused("PurseTooSmall", seller.meter, 1, 2):
        world.market.call(seller.account, "withdraw", seller.meter, 2)


def test_nobody_else_takes_money_out(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    for caller in (STRANGER, OPERATOR, buyer.account, seller.meter):
        with refused("NotMeterAccount", seller.meter, caller):
            world.market.call(caller, "withdraw", seller.meter, 1)
    with refused("NotMeterAccount", STRANGER, STRANGER):
        world.market.call(STRANGER, "withdraw", STRANGER, 1)


def test_nothing_moves_for_nothing(world: World, seller: Household, refused: RefusedWith) -> None:
    with refused("NothingDeposited"):
        world.market.call(seller.account, "deposit", seller.meter, 0)
    with refused("NothingWithdrawn"):
        world.market.call(seller.account, "withdraw", seller.meter, 0)


def test_a_purse_is_filled_with_tokens_that_one_has(
    world: World, seller: Household, refused: RefusedWith
) -> None:
    with refused("ERC20InsufficientAllowance", world.market.address, 0, 5):
        world.market.call(seller.account, "deposit", seller.meter, 5)
    world.token.call(seller.account, "approve", world.market.address, 2**128 - 1)
    with refused("ERC20InsufficientBalance", seller.account, 0, 5):
        world.market.call(seller.account, "deposit", seller.meter, 5)
    assert world.purse(seller) == MONEY


def test_money_for_no_meter_is_not_taken(
    world: World, seller: Household, refused: RefusedWith
) -> None:
    """Nobody could take it out again, or (retired) spend it."""
    rich(world, STRANGER, 70)
    world.registry.call(OPERATOR, "retire", seller.meter)
    for meter in (STRANGER, seller.meter):
        with refused("MeterNotEnrolled", meter):
            world.market.call(STRANGER, "deposit", meter, 70)
    assert world.tokens(STRANGER) == 70


def test_a_retired_meters_money_is_its_accounts(world: World, seller: Household) -> None:
    world.registry.call(OPERATOR, "retire", seller.meter)
    world.market.call(seller.account, "withdraw", seller.meter, MONEY)
    assert world.tokens(seller.account) == MONEY


def test_an_escrow_is_not_in_the_purse(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    """All that is left is taken out while a trade is open; the trade is paid all the same."""
    with refused("PurseTooSmall", buyer.meter, MONEY - terms.escrow, MONEY):
        world.market.call(buyer.account, "withdraw", buyer.meter, MONEY)
    world.market.call(buyer.account, "withdraw", buyer.meter, MONEY - terms.escrow)
    world.market.call(seller.account, "withdraw", seller.meter, MONEY)
    assert world.tokens(world.market.address) == terms.escrow
    sent = (world.reading(terms, seller, 0, AMOUNT), seller)
    world.settle(terms, sent, (world.reading(terms, buyer, 0, AMOUNT // 2), buyer))
    assert world.purse(seller) + world.purse(buyer) == terms.escrow


def test_withdrawing_keeps_the_salt(world: World, terms: Terms, buyer: Household) -> None:
    world.market.call(buyer.account, "withdraw", buyer.meter, 1)
    assert world.market.view("lastSalt", buyer.meter) == terms.salt
