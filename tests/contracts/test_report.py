"""Reporting: the highest signed reading of each meter is kept, and claimed at once."""

import itertools

import pytest

from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    AMOUNT,
    CREDIT,
    EXPORT,
    FINAL,
    IMPORT,
    Household,
    Terms,
    World,
    event,
)

HALF, SOME = AMOUNT // 2, AMOUNT // 4


def test_a_report_is_kept_claimed_and_announced(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    block = world.evm.block
    done = world.report(terms, world.delivering(terms, seller, HALF, 9), seller)
    announced = {"trade": world.id_of(terms), "meter": seller.meter, "sequence": 9}
    assert event(done, "Reported") == {**announced, "energyUwh": HALF}
    world.report(terms, world.delivering(terms, buyer, SOME, 0), buyer)
    _, _, first, sent, received = world.market.view("tradeOf", terms.words)
    assert (first, sent, received) == (block, (0, HALF, 9, 1), (0, SOME, 0, 1))
    assert (world.claimed(seller, EXPORT), world.claimed(buyer, IMPORT)) == (HALF, SOME)


def test_only_higher_readings_count(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    world.report(terms, world.delivering(terms, buyer, HALF, 5), buyer)
    for sequence in (4, 5):
        with refused("ReadingOutranked", buyer.meter, sequence, 1, 5):
            world.report(terms, world.delivering(terms, buyer, AMOUNT, sequence), buyer)
    world.report(terms, world.delivering(terms, buyer, HALF, 6), buyer)


def test_final_outranks_every_sequence(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    world.report(terms, world.delivering(terms, buyer, SOME, 900), buyer)
    final = world.reading(terms, buyer, 0, HALF, sequence=3, state=FINAL)
    world.report(terms, final, buyer)
    with refused("ReadingOutranked", buyer.meter, 901, 2, 3):
        world.report(terms, world.delivering(terms, buyer, AMOUNT, 901), buyer)


@pytest.mark.parametrize(("from_", "to"), [(1, HALF + 1), (0, HALF - 1)])
def test_a_register_neither_moves_its_start_nor_goes_back(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith, from_: int, to: int
) -> None:
    world.report(terms, world.delivering(terms, buyer, HALF, 1), buyer)
    with refused("ReadingContradicts", buyer.meter, 0, HALF):
        world.report(terms, world.reading(terms, buyer, from_, to, sequence=2), buyer)


def test_readings_of_strangers_are_refused(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith
) -> None:
    stranger = world.household("stranger")
    with refused("ReadingOfOtherMeter", stranger.meter):
        world.report(terms, world.delivering(terms, stranger, 1), stranger)
    with refused("SignatureInvalid", buyer.meter, stranger.meter):
        world.report(terms, world.delivering(terms, buyer, 1), stranger)


@pytest.mark.parametrize(("changes", "error"), [
    ({"state": 2}, "ReadingStateUnknown"),
    ({"to": 1}, "ReadingBackwards"),
    ({"trade": b"\x01" * 32}, "SignatureInvalid"),
])  # fmt: skip
def test_a_reading_that_does_not_fit(
    world: World, terms: Terms, buyer: Household, refused: RefusedWith,
    changes: dict[str, int], error: str,
) -> None:  # fmt: skip
    reading = world.reading(terms, buyer, 2, HALF).but(**changes)
    with refused(error):
        world.report(terms, reading, buyer)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_settle_works_after_reports_in_any_order(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith,
    order: tuple[int, ...],
) -> None:  # fmt: skip
    """Whatever was reported before, both FINAL readings settle; each µWh is claimed once."""
    homes = (seller, buyer)
    early = [(world.delivering(terms, home, SOME, 9), home) for home in homes]
    final = [(world.reading(terms, home, 0, HALF, sequence=8), home) for home in homes]
    for place, index in enumerate(order):
        if index + 2 in order[:place]:
            with refused("ReadingOutranked"):
                world.report(terms, *early[index])
        else:
            world.report(terms, *(early + final)[index])
    done = event(world.settle(terms, final[0], final[1]), "Settled")
    assert done["energyUwh"] == HALF
    assert not world.is_open(terms)
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
