"""GridLedger: transfers, their acknowledgement, faults."""

import pytest

from tests.contracts.conftest import RefusedWith
from tests.contracts.ledger_world import (
    CUSTOMER,
    DEVICE,
    END,
    GRID,
    OTHER_CUSTOMER,
    OTHER_GRID,
    QUANTITY,
    START,
    LedgerWorld,
)
from tests.contracts.world import STRANGER, event

MOST, LAST_LABEL = 2**64 - 1, 2**40 - 1


@pytest.fixture
def ledger() -> LedgerWorld:
    """A grid that stored, and a customer who purchased."""
    world = LedgerWorld()
    world.store()
    world.purchase()
    return world


def test_a_transfer_is_recorded_with_device_and_times(ledger: LedgerWorld) -> None:
    assert event(ledger.transfer(QUANTITY - 1), "Transferred") == {
        "grid": GRID, "customer": CUSTOMER, "device": DEVICE, "amountUwh": QUANTITY - 1,
        "startTime": START, "endTime": END,
    }  # fmt: skip
    assert ledger.account() == (QUANTITY, QUANTITY - 1, 0)
    assert ledger.grid()["transferCount"] == 1


def test_no_more_is_transferred_than_was_purchased(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    with refused("NotPurchased", GRID, CUSTOMER, QUANTITY + 1, QUANTITY):
        ledger.transfer(QUANTITY + 1)
    ledger.transfer(QUANTITY - 2)
    with refused("NotPurchased", GRID, CUSTOMER, 3, 2):
        ledger.transfer(3)
    ledger.transfer(2)
    with refused("NotPurchased", GRID, CUSTOMER, 1, 0):
        ledger.transfer(1)
    assert ledger.grid()["transferCount"] == 2


@pytest.mark.parametrize("customer", [OTHER_CUSTOMER, GRID, bytes(20)])
def test_no_transfer_to_one_who_purchased_nothing(
    ledger: LedgerWorld, refused: RefusedWith, customer: bytes
) -> None:
    with refused("NotPurchased", GRID, customer, 1, 0):
        ledger.transfer(1, customer)


def test_another_grid_serves_no_purchase_of_this_one(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    ledger.store(grid=OTHER_GRID)
    with refused("NotPurchased", OTHER_GRID, CUSTOMER, 1, 0):
        ledger.ledger.call(OTHER_GRID, "transfer", CUSTOMER, DEVICE, 1, START, END)


def test_a_transfer_needs_device_amount_and_times(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    with refused("ZeroAddress"):
        ledger.ledger.call(GRID, "transfer", CUSTOMER, bytes(20), 1, START, END)
    with refused("ZeroAmount"):
        ledger.transfer(0)
    for times in ((0, END), (START, START), (END, START), (0, 0)):
        with refused("TimesInvalid", *times):
            ledger.ledger.call(GRID, "transfer", CUSTOMER, DEVICE, 1, *times)
    ledger.ledger.call(GRID, "transfer", CUSTOMER, DEVICE, 1, LAST_LABEL - 1, LAST_LABEL)


def test_the_customer_acknowledges_what_was_transferred(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    with refused("NotTransferred", GRID, CUSTOMER, 1, 0):
        ledger.acknowledge(1)
    ledger.transfer(10)
    with refused("NotTransferred", GRID, CUSTOMER, 11, 10):
        ledger.acknowledge(11)
    said = event(ledger.acknowledge(4), "Acknowledged")
    assert said == {"grid": GRID, "customer": CUSTOMER, "amountUwh": 4}
    with refused("NotTransferred", GRID, CUSTOMER, 7, 6):
        ledger.acknowledge(7)
    ledger.acknowledge(6)
    assert ledger.account() == (QUANTITY, 10, 10)


def test_nobody_acknowledges_for_another_nor_nothing(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    ledger.transfer()
    for who in (OTHER_CUSTOMER, GRID, STRANGER):
        with refused("NotTransferred", GRID, who, 1, 0):
            ledger.acknowledge(1, who)
    with refused("ZeroAmount"):
        ledger.acknowledge(0)
    assert ledger.account() == (QUANTITY, QUANTITY, 0)


def test_the_whole_range_of_energy_goes_through(ledger: LedgerWorld, refused: RefusedWith) -> None:
    world = LedgerWorld()
    world.store(MOST, 1, MOST)
    world.purchase(MOST, 1)
    world.transfer(MOST)
    world.acknowledge(MOST)
    assert world.account() == (MOST, MOST, MOST)
    assert world.grid()["transferCount"] == 1
    for call, error in ((world.transfer, "NotPurchased"), (world.acknowledge, "NotTransferred")):
        with refused(error, GRID, CUSTOMER, MOST, 0):
            call(MOST)


@pytest.mark.parametrize("reporter", [GRID, CUSTOMER])
def test_each_side_of_a_purchase_reports_a_fault(ledger: LedgerWorld, reporter: bytes) -> None:
    said = event(ledger.ledger.call(reporter, "fault", GRID, CUSTOMER, 65535), "Fault")
    assert said == {"grid": GRID, "customer": CUSTOMER, "reporter": reporter, "code": 65535}


def test_nobody_else_cries_wolf(ledger: LedgerWorld, refused: RefusedWith) -> None:
    with refused("NotParty", GRID, CUSTOMER, STRANGER):
        ledger.ledger.call(STRANGER, "fault", GRID, CUSTOMER, 1)
    with refused("NotParty", GRID, STRANGER, STRANGER):
        ledger.ledger.call(STRANGER, "fault", GRID, STRANGER, 1)
    with refused("NotParty", STRANGER, CUSTOMER, STRANGER):
        ledger.ledger.call(STRANGER, "fault", STRANGER, CUSTOMER, 1)
    with refused("ZeroCode"):
        ledger.ledger.call(GRID, "fault", GRID, CUSTOMER, 0)
