"""What transactions cost is known: the committed snapshot is what the measurement gives today."""

import json

import pytest

from benchmarks import gas

SNAPSHOT: gas.Snapshot = json.loads(gas.SNAPSHOT.read_text(encoding="utf-8"))
SEED_004_PUSH, TRADE = 54_246, 125_000


@pytest.fixture(scope="module")
def measured() -> gas.Snapshot:
    return gas.measure_all()


def test_the_snapshot_is_what_is_measured(measured: gas.Snapshot) -> None:
    """If this fails and the change is meant: python -m benchmarks.gas --write."""
    assert measured == SNAPSHOT


def test_a_trade_stays_below_its_goal(measured: gas.Snapshot) -> None:
    """Buy and settle: membership, both signatures, both claims, both credits, money moved."""
    assert gas.trade(measured) <= TRADE


def test_figures_stand_beside_what_others_published() -> None:
    shown = gas.show(SNAPSHOT)
    assert f"{gas.trade(SNAPSHOT):,}" in shown
    assert f"{SEED_004_PUSH:,}" in shown


def test_a_first_time_costs_no_less_than_a_later_one() -> None:
    for transactions in SNAPSHOT.values():
        for label, figures in transactions.items():
            assert figures.get("steady", 0) <= figures["first"] + 100, label  # zero bytes vary
