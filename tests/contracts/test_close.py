"""Closing: when a counterpart is gone, what was reported decides, after the window."""

from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    AMOUNT,
    CREDIT,
    EXPORT,
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

HALF, SOME = AMOUNT // 2, AMOUNT // 4


def close_after_window(world: World, terms: Terms) -> dict[str, object]:
    world.evm.mine(REPORT_BLOCKS)
    return event(world.close(terms), "Closed")


def test_close_pays_what_the_buyers_meter_signed(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.report(terms, world.delivering(terms, seller, HALF), seller)
    world.report(terms, world.delivering(terms, buyer, SOME), buyer)
    paid = SOME * PRICE // 10**9
    refunded = terms.escrow - paid
    done = close_after_window(world, terms)
    assert (done["energyUwh"], done["paid"], done["refunded"]) == (SOME, paid, refunded)
    assert world.purse(seller) == MONEY + paid
    assert world.purse(buyer) == MONEY - paid
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT - 3, CREDIT - 3)
    assert not world.is_open(terms)


def test_close_never_pays_more_than_the_amount(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    for home in (seller, buyer):
        world.report(terms, world.delivering(terms, home, 3 * AMOUNT), home)
    assert close_after_window(world, terms)["paid"] == terms.escrow
    assert world.claimed(seller, EXPORT) == AMOUNT


def test_a_seller_is_paid_no_more_than_it_lets_be_claimed(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    """Else it could show an early reading here and sell the same energy again."""
    world.report(terms, world.delivering(terms, buyer, HALF), buyer)
    world.report(terms, world.delivering(terms, seller, SOME), seller)
    assert close_after_window(world, terms)["energyUwh"] == SOME


def test_a_seller_that_shows_nothing_is_paid_nothing(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.report(terms, world.delivering(terms, buyer, HALF), buyer)
    assert close_after_window(world, terms)["refunded"] == terms.escrow
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT - 3, CREDIT - 3)


def test_a_sellers_final_is_paid_by_the_buyers_meter(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.report(terms, world.delivering(terms, buyer, HALF), buyer)
    world.report(terms, world.reading(terms, seller, 0, HALF - 9), seller)
    assert close_after_window(world, terms)["energyUwh"] == HALF


def test_without_energy_all_is_refunded_and_credit_stays(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.evm.mine(TRADE_BLOCKS)
    assert close_after_window(world, terms)["refunded"] == terms.escrow
    assert world.purse(buyer) == MONEY
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT, CREDIT)


def test_credit_never_falls_below_zero(world: World) -> None:
    seller, buyer = world.household("new", credit=1), world.household("newer", credit=3)
    terms = world.trade(seller, buyer, AMOUNT)
    world.report(terms, world.delivering(terms, buyer, 1), buyer)
    close_after_window(world, terms)
    assert (world.credit(seller), world.credit(buyer)) == (0, 0)


def test_close_waits_for_the_deadline_and_the_window(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    terms = world.trade(seller, buyer, AMOUNT)
    closable = world.evm.block + TRADE_BLOCKS + REPORT_BLOCKS
    assert world.market.view("closableFrom", terms.words) == closable
    world.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS - 1)
    with refused("TooEarlyToClose", world.id_of(terms), closable):
        world.close(terms)
    world.report(terms, world.delivering(terms, buyer, 1), buyer)  # late: no longer window
    world.evm.mine(1)
    world.close(terms)


def test_the_first_report_opens_the_window(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    closable = world.evm.block + REPORT_BLOCKS
    world.report(terms, world.delivering(terms, buyer, 1, 1), buyer)
    world.evm.mine(REPORT_BLOCKS - 1)
    world.report(terms, world.delivering(terms, buyer, 2, 2), buyer)
    with refused("TooEarlyToClose", world.id_of(terms), closable):
        world.close(terms)
    world.evm.mine(1)
    world.close(terms)


def test_time_stamps_do_not_matter(world: World, terms: Terms, refused: RefusedWith) -> None:
    for skew in (-900, 900, 10**9):
        world.evm.timestamp += skew
        with refused("TooEarlyToClose"):
            world.close(terms)


def test_a_claim_that_is_impossible_never_locks_the_escrow(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    """A seller that lets a later trade claim first gets nothing; the buyer gets its money back."""
    other = world.household("other buyer")
    later = world.trade(seller, other, 10)
    sent = (world.reading(later, seller, HALF, HALF + 10), seller)
    world.settle(later, sent, (world.reading(later, other, 0, 10), other))
    with refused("IntervalClaimed", seller.meter, EXPORT, 0, HALF + 10):
        world.report(terms, world.delivering(terms, seller, HALF), seller)
    world.report(terms, world.delivering(terms, buyer, HALF), buyer)
    assert close_after_window(world, terms)["refunded"] == terms.escrow


def test_a_retired_meter_still_settles_and_closes(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    for home in (seller, buyer):
        world.registry.call(OPERATOR, "retire", home.meter)
        world.report(terms, world.delivering(terms, home, HALF), home)
    assert close_after_window(world, terms)["energyUwh"] == HALF


def test_after_close_the_drawer_serves_another_trade(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    """Nothing of the first trade's reports reaches the second, nor back."""
    for home in (seller, buyer):
        world.report(terms, world.delivering(terms, home, HALF, 5), home)
    world.evm.mine(REPORT_BLOCKS)
    world.close(terms)
    (again,) = world.buy(buyer, [world.offer(seller, AMOUNT)], AMOUNT, salt=terms.salt + 256)
    assert again.drawer == terms.drawer
    assert world.market.view("tradeOf", again.words)[2:] == (0, (0, 0, 0, 0), (0, 0, 0, 0))
    assert not world.is_open(terms)
    with refused("TradeNotOpen", world.id_of(terms)):
        world.close(terms)
    world.report(again, world.reading(again, buyer, HALF, HALF + 1, sequence=1), buyer)
    world.evm.mine(REPORT_BLOCKS)
    assert event(world.close(again), "Closed")["energyUwh"] == 0


def test_the_earlier_of_two_first_reports_counts(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    first = world.evm.block
    world.report(terms, world.delivering(terms, buyer, 1, 1), buyer)
    world.evm.mine(3)
    world.report(terms, world.delivering(terms, seller, 1, 1), seller)
    world.report(terms, world.delivering(terms, buyer, 2, 2), buyer)
    assert world.market.view("tradeOf", terms.words)[2] == first
    assert world.market.view("closableFrom", terms.words) == first + REPORT_BLOCKS
