"""What a record of the grid ledger costs, whole transactions with the real token, events on."""

import pytest

from benchmarks import gas

SEED_004_PUSH = 54_246
GOALS = {
    "storage": 35_000,
    "purchase, paid": SEED_004_PUSH,
    "transfer": 36_000,
    "acknowledge": 36_000,
    "bill": 38_000,
    "fault": 36_000,
    "file a trade's bill": SEED_004_PUSH,
}


@pytest.fixture(scope="module")
def figures() -> dict[str, gas.Figures]:
    return gas.measure("benchmarks.gas_ledger")["GridLedger"]


@pytest.mark.parametrize("label", GOALS)
def test_a_record_stays_below_its_goal(figures: dict[str, gas.Figures], label: str) -> None:
    assert figures[label]["steady"] <= GOALS[label]


def test_a_new_capacity_costs_less_than_the_seeds_push(figures: dict[str, gas.Figures]) -> None:
    assert figures["storage, other capacity"]["first"] < SEED_004_PUSH
