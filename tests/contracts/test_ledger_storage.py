"""GridLedger: storage that is added, and purchases from it."""

import pytest

from tests.contracts.abi import Contract
from tests.contracts.conftest import RefusedWith
from tests.contracts.ledger_world import (
    ADDED,
    CAPACITY,
    CUSTOMER,
    GRID,
    LATITUDE,
    LONGITUDE,
    MONEY,
    OTHER_CUSTOMER,
    OTHER_GRID,
    QUANTITY,
    RATE,
    LedgerWorld,
)
from tests.contracts.world import event

MOST, DEAREST = 2**64 - 1, 2**96 - 1


@pytest.fixture
def ledger() -> LedgerWorld:
    return LedgerWorld()


def test_no_ledger_without_money(ledger: LedgerWorld, refused: RefusedWith) -> None:
    with refused("ZeroAddress"):
        Contract(ledger.evm, "GridLedger", bytes(20))
    assert ledger.ledger.view("token") == ledger.token.address


def test_storage_says_everything_of_the_seeds_table(ledger: LedgerWorld) -> None:
    ledger.store()
    words = (CAPACITY + 1, 7, LATITUDE, LONGITUDE, RATE + 1)
    said = event(ledger.ledger.call(GRID, "addStorage", *words), "StorageAdded")
    assert said == {
        "grid": GRID, "capacityUwh": CAPACITY + 1, "addedUwh": 7, "availableUwh": ADDED + 7,
        "latitudeE6": LATITUDE, "longitudeE6": LONGITUDE, "rate": RATE + 1,
    }  # fmt: skip
    assert ledger.grid() == {
        "availableUwh": ADDED + 7, "rate": RATE + 1, "storageCount": 2, "purchaseCount": 0,
        "capacityUwh": CAPACITY + 1, "transferCount": 0, "billCount": 0,
    }  # fmt: skip
    assert set(ledger.grid(OTHER_GRID).values()) == {0}


def test_storage_fills_up_to_its_capacity_and_no_more(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    ledger.store(CAPACITY - 1)
    with refused("CapacityExceeded", CAPACITY, CAPACITY + 1):
        ledger.store(2)
    ledger.store(1)
    with refused("CapacityExceeded", CAPACITY, CAPACITY + 1):
        ledger.store(1)
    with refused("CapacityExceeded", 0, CAPACITY + 1):
        ledger.store(1, capacity=0)


def test_extremes_neither_wrap_nor_spill(ledger: LedgerWorld, refused: RefusedWith) -> None:
    ledger.store(MOST, DEAREST, MOST)
    with refused("CapacityExceeded", MOST, MOST + 1):
        ledger.store(1, DEAREST, MOST)
    with refused("CapacityExceeded", MOST, 2 * MOST):
        ledger.store(MOST, DEAREST, MOST)
    kept = ledger.grid()
    assert (kept["availableUwh"], kept["rate"], kept["capacityUwh"]) == (MOST, DEAREST, MOST)
    cost = MOST * DEAREST // 10**9
    with refused("ERC20InsufficientBalance", CUSTOMER, MONEY, cost):
        ledger.purchase(MOST, DEAREST)
    assert ledger.grid() == kept


def test_storage_of_nothing_and_for_nothing_is_refused(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    with refused("ZeroAmount"):
        ledger.store(0)
    with refused("ZeroRate"):
        ledger.store(rate=0)


@pytest.mark.parametrize("latitude", [-90_000_000, 0, 90_000_000])
@pytest.mark.parametrize("longitude", [-180_000_000, 0, 180_000_000])
def test_the_whole_earth_is_allowed(ledger: LedgerWorld, latitude: int, longitude: int) -> None:
    words = (CAPACITY, 1, latitude, longitude, RATE)
    said = event(ledger.ledger.call(GRID, "addStorage", *words), "StorageAdded")
    assert (said["latitudeE6"], said["longitudeE6"]) == (latitude, longitude)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(90_000_001, 0), (-90_000_001, 0), (0, 180_000_001), (0, -180_000_001), (-(2**31), 2**31 - 1)],
)
def test_nowhere_is_refused(
    ledger: LedgerWorld, refused: RefusedWith, latitude: int, longitude: int
) -> None:
    with refused("LocationInvalid", latitude, longitude):
        ledger.ledger.call(GRID, "addStorage", CAPACITY, 1, latitude, longitude, RATE)


def test_a_purchase_is_paid_to_the_grid_at_once(ledger: LedgerWorld) -> None:
    ledger.store()
    done = ledger.purchase()
    cost = QUANTITY * RATE // 10**9
    assert int.from_bytes(done.output, "big") == cost
    assert event(done, "Purchased") == {
        "grid": GRID, "customer": CUSTOMER, "quantityUwh": QUANTITY,
        "availableUwh": ADDED - QUANTITY, "cost": cost,
    }  # fmt: skip
    assert (ledger.tokens(GRID), ledger.tokens(CUSTOMER)) == (cost, MONEY - cost)
    assert ledger.tokens(ledger.ledger.address) == 0
    assert ledger.grid()["availableUwh"] == ADDED - QUANTITY
    assert ledger.grid()["purchaseCount"] == 1
    assert ledger.account() == (QUANTITY, 0, 0)


@pytest.mark.parametrize(("quantity", "rate"), [(1, 1), (10**9 - 1, 1), (10**9, 1), (7, 10**9 - 1)])
def test_the_cost_is_rounded_down(ledger: LedgerWorld, quantity: int, rate: int) -> None:
    ledger.store(rate=rate)
    ledger.purchase(quantity, rate)
    assert ledger.tokens(GRID) == quantity * rate // 10**9


def test_all_that_is_stored_can_be_purchased_and_no_more(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    ledger.store(QUANTITY)
    with refused("StorageShort", GRID, QUANTITY + 1, QUANTITY):
        ledger.purchase(QUANTITY + 1)
    ledger.purchase(QUANTITY - 1)
    with refused("StorageShort", GRID, 2, 1):
        ledger.purchase(2, customer=OTHER_CUSTOMER)
    ledger.purchase(1, customer=OTHER_CUSTOMER)
    with refused("StorageShort", GRID, 1, 0):
        ledger.purchase(1)
    assert ledger.grid()["purchaseCount"] == 2


def test_no_purchase_before_a_storage(ledger: LedgerWorld, refused: RefusedWith) -> None:
    ledger.store(grid=OTHER_GRID)
    with refused("GridUnknown", GRID):
        ledger.purchase()


def test_a_purchase_of_nothing_or_from_oneself_is_refused(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    ledger.store()
    with refused("ZeroAmount"):
        ledger.purchase(0)
    with refused("OwnStorage", GRID):
        ledger.ledger.call(GRID, "purchase", GRID, 1, RATE)


def test_without_money_or_leave_to_take_it_nothing_is_purchased(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    ledger.store()
    before = ledger.grid()
    cost = QUANTITY * RATE // 10**9
    ledger.token.call(CUSTOMER, "approve", ledger.ledger.address, cost - 1)
    with refused("ERC20InsufficientAllowance", ledger.ledger.address, cost - 1, cost):
        ledger.purchase()
    ledger.token.call(CUSTOMER, "approve", ledger.ledger.address, cost)
    ledger.token.call(CUSTOMER, "transfer", GRID, MONEY - cost + 1)
    with refused("ERC20InsufficientBalance", CUSTOMER, cost - 1, cost):
        ledger.purchase()
    assert (ledger.grid(), ledger.account()) == (before, (0, 0, 0))


def test_an_account_never_wraps(ledger: LedgerWorld, refused: RefusedWith) -> None:
    ledger.store(MOST, 1, MOST)
    ledger.purchase(MOST, 1)
    ledger.store(1, 1, MOST)
    with refused("AccountFull", GRID, CUSTOMER):
        ledger.purchase(1, 1)
    ledger.purchase(1, 1, OTHER_CUSTOMER)
    assert ledger.account() == (MOST, 0, 0)
    assert ledger.grid()["storageCount"] == 2
    assert ledger.grid()["purchaseCount"] == 2
