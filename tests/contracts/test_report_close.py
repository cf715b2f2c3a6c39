"""When a counterpart is gone: readings are reported, and after the window the trade is closed."""

import itertools

import pytest

from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    BLOCK_UWH,
    CREDIT,
    DELIVERING,
    EXPORT,
    FINAL,
    IMPORT,
    MONEY,
    OPERATOR,
    PRICE,
    REPORT_BLOCKS,
    TRADE_BLOCKS,
    Household,
    Reading,
    Terms,
    World,
    event,
)

AMOUNT = 20 * BLOCK_UWH
HALF, SOME = AMOUNT // 2, AMOUNT // 4
CLOSED = 3


@pytest.fixture
def terms(world: World, seller: Household, buyer: Household) -> Terms:
    opened = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    return opened


def delivering(
    world: World, terms: Terms, home: Household, energy_uwh: int, sequence: int = 1
) -> Reading:
    return world.reading(terms, home, 0, energy_uwh, sequence=sequence, state=DELIVERING)


def close_after_window(world: World, terms: Terms) -> dict[str, object]:
    world.evm.mine(REPORT_BLOCKS)
    return event(world.close(terms), "Closed")


def test_a_report_is_kept_claimed_and_announced(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    block = world.evm.block
    done = world.report(terms, delivering(world, terms, seller, HALF, 9), seller)
    announced = {"trade": world.id_of(terms), "meter": seller.meter, "sequence": 9}
    assert event(done, "Reported") == {**announced, "energyUwh": HALF}
    world.report(terms, delivering(world, terms, buyer, SOME, 0), buyer)
    _, _, first, sent, received = world.market.view("tradeOf", world.id_of(terms))
    assert (first, sent, received) == (block, (0, HALF, 9, 1), (0, SOME, 0, 1))
    assert (world.claimed(seller, EXPORT), world.claimed(buyer, IMPORT)) == (HALF, SOME)


def test_only_higher_readings_count(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    world.report(terms, delivering(world, terms, buyer, HALF, 5), buyer)
    for sequence in (4, 5):
        with refused("ReadingOutranked", buyer.meter, sequence, 1, 5):
            world.report(terms, delivering(world, terms, buyer, AMOUNT, sequence), buyer)
    world.report(terms, delivering(world, terms, buyer, HALF, 6), buyer)


def test_final_outranks_every_sequence(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    world.report(terms, delivering(world, terms, buyer, SOME, 900), buyer)
    final = world.reading(terms, buyer, 0, HALF, sequence=3, state=FINAL)
    world.report(terms, final, buyer)
    with refused("ReadingOutranked", buyer.meter, 901, 2, 3):
        world.report(terms, delivering(world, terms, buyer, AMOUNT, 901), buyer)


@pytest.mark.parametrize(("from_", "to"), [(1, HALF + 1), (0, HALF - 1)])
def test_a_register_neither_moves_its_start_nor_goes_back(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith, from_: int, to: int
) -> None:
    world.report(terms, delivering(world, terms, buyer, HALF, 1), buyer)
    with refused("ReadingContradicts", buyer.meter, 0, HALF):
        world.report(terms, world.reading(terms, buyer, from_, to, sequence=2), buyer)


def test_readings_of_strangers_are_refused(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    stranger = world.household("stranger")
    with refused("ReadingOfOtherMeter", buyer.meter, stranger.meter):
        world.report(terms, delivering(world, terms, stranger, 1), stranger)
    with refused("SignatureInvalid", buyer.meter, stranger.meter):
        world.report(terms, delivering(world, terms, buyer, 1), stranger)


def test_close_pays_what_the_buyers_meter_signed(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.report(terms, delivering(world, terms, seller, HALF), seller)
    world.report(terms, delivering(world, terms, buyer, SOME), buyer)
    paid = SOME * PRICE // 10**9
    refunded = terms.escrow - paid
    done = close_after_window(world, terms)
    assert (done["energyUwh"], done["paid"], done["refunded"]) == (SOME, paid, refunded)
    assert world.tokens(seller.account) == MONEY + paid
    assert world.tokens(buyer.account) == MONEY - paid
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT - 3, CREDIT - 3)
    assert world.market.view("tradeOf", world.id_of(terms))[0] == CLOSED


def test_close_never_pays_more_than_the_amount(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    for home in (seller, buyer):
        world.report(terms, delivering(world, terms, home, 3 * AMOUNT), home)
    assert close_after_window(world, terms)["paid"] == terms.escrow
    assert world.claimed(seller, EXPORT) == AMOUNT


def test_a_seller_is_paid_no_more_than_it_lets_be_claimed(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    """Else it could show an early reading here and sell the same energy again."""
    world.report(terms, delivering(world, terms, buyer, HALF), buyer)
    world.report(terms, delivering(world, terms, seller, SOME), seller)
    assert close_after_window(world, terms)["energyUwh"] == SOME


def test_a_seller_that_shows_nothing_is_paid_nothing(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.report(terms, delivering(world, terms, buyer, HALF), buyer)
    assert close_after_window(world, terms)["refunded"] == terms.escrow
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT - 3, CREDIT - 3)


def test_a_sellers_final_is_paid_by_the_buyers_meter(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.report(terms, delivering(world, terms, buyer, HALF), buyer)
    world.report(terms, world.reading(terms, seller, 0, HALF - 9), seller)
    assert close_after_window(world, terms)["energyUwh"] == HALF


def test_without_energy_all_is_refunded_and_credit_stays(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    world.evm.mine(TRADE_BLOCKS)
    assert close_after_window(world, terms)["refunded"] == terms.escrow
    assert world.tokens(buyer.account) == MONEY
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT, CREDIT)


def test_credit_never_falls_below_zero(world: World) -> None:
    seller, buyer = world.household("new", credit=1), world.household("newer", credit=3)
    terms = world.trade(seller, buyer, AMOUNT)
    world.report(terms, delivering(world, terms, buyer, 1), buyer)
    close_after_window(world, terms)
    assert (world.credit(seller), world.credit(buyer)) == (0, 0)


def test_close_waits_for_the_deadline_and_the_window(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    terms = world.trade(seller, buyer, AMOUNT)
    closable = world.evm.block + TRADE_BLOCKS + REPORT_BLOCKS
    assert world.market.view("closableFrom", world.id_of(terms)) == closable
    world.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS - 1)
    with refused("TooEarlyToClose", world.id_of(terms), closable):
        world.close(terms)
    world.report(terms, delivering(world, terms, buyer, 1), buyer)  # late: no longer window
    world.evm.mine(1)
    world.close(terms)


def test_the_first_report_opens_the_window(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    closable = world.evm.block + REPORT_BLOCKS
    world.report(terms, delivering(world, terms, buyer, 1, 1), buyer)
    world.evm.mine(REPORT_BLOCKS - 1)
    world.report(terms, delivering(world, terms, buyer, 2, 2), buyer)
    with refused("TooEarlyToClose", world.id_of(terms), closable):
        world.close(terms)
    world.evm.mine(1)
    world.close(terms)


def test_time_stamps_do_not_matter(world: World, terms: Terms, refused: RefusedWith) -> None:
    for skew in (-900, 900, 10**9):
        world.evm.timestamp += skew
        with refused("TooEarlyToClose"):
            world.close(terms)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_settle_works_after_reports_in_any_order(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith,
    order: tuple[int, ...],
) -> None:  # fmt: skip
    """Whatever was reported before, both FINAL readings settle; each µWh is claimed once."""
    homes = (seller, buyer)
    early = [(delivering(world, terms, home, SOME, 9), home) for home in homes]
    final = [(world.reading(terms, home, 0, HALF, sequence=8), home) for home in homes]
    for place, index in enumerate(order):
        if index + 2 in order[:place]:
            with refused("ReadingOutranked"):
                world.report(terms, *early[index])
        else:
            world.report(terms, *(early + final)[index])
    done = event(world.settle(terms, final[0], final[1]), "Settled")
    assert done["energyUwh"] == HALF
    assert (world.claimed(seller, EXPORT), world.claimed(buyer, IMPORT)) == (HALF, HALF)
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT + 1, CREDIT + 1)


def test_settle_cannot_go_behind_a_reported_final(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    world.report(terms, world.reading(terms, buyer, 0, HALF, sequence=8), buyer)
    sent = (world.reading(terms, seller, 0, HALF), seller)
    with refused("ReadingOutranked", buyer.meter, 7, 2, 8):
        world.settle(terms, sent, (world.reading(terms, buyer, 0, HALF, sequence=7), buyer))
    with refused("ReadingContradicts", buyer.meter, 0, HALF):
        world.settle(terms, sent, (world.reading(terms, buyer, 0, SOME, sequence=9), buyer))


def test_a_claim_that_is_impossible_never_locks_the_escrow(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    """A seller that lets a later trade claim first gets nothing; the buyer gets its money back."""
    other = world.household("other buyer")
    later = world.trade(seller, other, 10)
    sent = (world.reading(later, seller, HALF, HALF + 10), seller)
    world.settle(later, sent, (world.reading(later, other, 0, 10), other))
    with refused("IntervalClaimed", seller.meter, EXPORT, 0, HALF + 10):
        world.report(terms, delivering(world, terms, seller, HALF), seller)
    world.report(terms, delivering(world, terms, buyer, HALF), buyer)
    assert close_after_window(world, terms)["refunded"] == terms.escrow


def test_a_retired_meter_still_settles_and_closes(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    for home in (seller, buyer):
        world.registry.call(OPERATOR, "retire", home.meter)
        world.report(terms, delivering(world, terms, home, HALF), home)
    assert close_after_window(world, terms)["energyUwh"] == HALF
