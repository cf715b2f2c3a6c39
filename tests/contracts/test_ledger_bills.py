"""GridLedger: bills of supply, and filed bills of the market's trades."""

import pytest
from eth_utils.crypto import keccak

from tests.contracts.conftest import RefusedWith
from tests.contracts.ledger_world import (
    CAPACITY,
    CUSTOMER,
    DIGEST,
    GRID,
    OTHER_CUSTOMER,
    OTHER_GRID,
    QUANTITY,
    LedgerWorld,
)
from tests.contracts.world import STRANGER, event

TRADE, CORRECTED = keccak(text="a trade"), keccak(text="a corrected bill")


@pytest.fixture
def ledger() -> LedgerWorld:
    return LedgerWorld()


@pytest.fixture
def supplied(ledger: LedgerWorld) -> LedgerWorld:
    """Everything but the bill."""
    ledger.store()
    ledger.purchase()
    ledger.transfer()
    ledger.acknowledge(5)
    return ledger


def test_a_bill_comes_after_all_else(ledger: LedgerWorld, refused: RefusedWith) -> None:
    steps = (ledger.store, ledger.purchase, ledger.transfer, ledger.acknowledge)
    for step in steps:
        with refused("NotAcknowledged", GRID, CUSTOMER):
            ledger.bill()
        step()
    assert event(ledger.bill(), "Billed") == {
        "grid": GRID, "customer": CUSTOMER, "digest": DIGEST, "acknowledgedUwh": QUANTITY
    }  # fmt: skip
    assert ledger.ledger.view("billOf", CUSTOMER, GRID) == DIGEST
    assert ledger.grid()["billCount"] == 1


def test_the_counts_outlive_more_storage(supplied: LedgerWorld) -> None:
    supplied.bill()
    supplied.store(1, capacity=CAPACITY + 1)
    kept = supplied.grid()
    counts = [kept[f"{what}Count"] for what in ("storage", "purchase", "transfer", "bill")]
    assert (counts, kept["capacityUwh"]) == ([2, 1, 1, 1], CAPACITY + 1)


def test_a_customer_who_acknowledges_nothing_is_billed_nothing(
    supplied: LedgerWorld, refused: RefusedWith
) -> None:
    supplied.purchase(customer=OTHER_CUSTOMER)
    supplied.transfer(customer=OTHER_CUSTOMER)
    with refused("NotAcknowledged", GRID, OTHER_CUSTOMER):
        supplied.bill(customer=OTHER_CUSTOMER)


def test_the_latest_bill_stands_and_shows_what_it_covers(supplied: LedgerWorld) -> None:
    covered = []
    for digest in (DIGEST, CORRECTED, DIGEST):
        covered.append(event(supplied.bill(digest), "Billed")["acknowledgedUwh"])
        assert supplied.ledger.view("billOf", CUSTOMER, GRID) == digest
        if digest == CORRECTED:
            supplied.acknowledge(2)
    assert covered == [5, 5, 7]  # the second corrects the first
    assert supplied.grid()["billCount"] == 3


def test_bills_of_others_stay(supplied: LedgerWorld, refused: RefusedWith) -> None:
    supplied.bill()
    for who in (STRANGER, OTHER_GRID, CUSTOMER):
        with refused("NotAcknowledged", who, CUSTOMER):
            supplied.ledger.call(who, "bill", CUSTOMER, CORRECTED)
    assert supplied.ledger.view("billOf", CUSTOMER, GRID) == DIGEST
    assert supplied.ledger.view("billOf", GRID, CUSTOMER) == bytes(32)


def test_a_bill_without_a_digest_is_refused(supplied: LedgerWorld, refused: RefusedWith) -> None:
    with refused("ZeroDigest"):
        supplied.bill(bytes(32))
    with refused("ZeroDigest"):
        supplied.ledger.call(GRID, "fileBill", CUSTOMER, TRADE, bytes(32))


def test_a_bill_of_a_trade_lies_under_purchaser_issuer_and_trade(ledger: LedgerWorld) -> None:
    done = ledger.ledger.call(GRID, "fileBill", CUSTOMER, TRADE, DIGEST)
    assert event(done, "BillFiled") == {
        "purchaser": CUSTOMER, "issuer": GRID, "trade": TRADE, "digest": DIGEST
    }  # fmt: skip
    assert ledger.ledger.view("filedBill", CUSTOMER, GRID, TRADE) == DIGEST
    for place in ((GRID, CUSTOMER, TRADE), (CUSTOMER, GRID, DIGEST), (CUSTOMER, STRANGER, TRADE)):
        assert ledger.ledger.view("filedBill", *place) == bytes(32)


def test_a_filed_bill_is_never_replaced_and_forged_ones_lie_elsewhere(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    ledger.ledger.call(STRANGER, "fileBill", CUSTOMER, TRADE, CORRECTED)  # before the issuer
    ledger.ledger.call(GRID, "fileBill", CUSTOMER, TRADE, DIGEST)
    for digest in (DIGEST, CORRECTED):
        with refused("BillKnown", CUSTOMER, GRID, TRADE):
            ledger.ledger.call(GRID, "fileBill", CUSTOMER, TRADE, digest)
    assert ledger.ledger.view("filedBill", CUSTOMER, GRID, TRADE) == DIGEST


def test_a_bill_needs_a_purchaser(ledger: LedgerWorld, refused: RefusedWith) -> None:
    with refused("ZeroAddress"):
        ledger.ledger.call(GRID, "fileBill", bytes(20), TRADE, DIGEST)
