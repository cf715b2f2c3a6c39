"""`evlock auction demo` as a stranger runs it: real nodes auction what real meters have counted."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.plant_process import ROOT

NODES = 3
DEMO = (sys.executable, "-m", "normal_world.cli.main", "auction", "demo", "--json")


def demonstrated(*options: str) -> dict[str, Any]:
    """What `auction demo` says of itself."""
    done = subprocess.run(
        [*DEMO, *options], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def street() -> dict[str, Any]:
    return demonstrated("--nodes", str(NODES), "--slots", "1", "--seed", "3")


def test_every_check_of_its_own_holds(street: dict[str, Any]) -> None:
    assert street["good"]
    assert all(found is True for found in street["checks"].values())


def test_buyers_and_the_utility_pay_what_sellers_and_the_utility_get(
    street: dict[str, Any],
) -> None:
    for told in street["slots"]:
        orders = told["orders"]
        bought = sum(o["matched_money"] for o in orders if o["side"] == "buy")
        sold = sum(o["matched_money"] for o in orders if o["side"] == "sell")
        assert bought == sold == sum(trade["payment"] for trade in told["trades"])
        assert (
            sum(o["rest_money"] for o in orders if o["side"] == "buy")
            == (told["cleared"]["income"])
        )
        for order in orders:
            assert order["matched_uwh"] + order["rest_uwh"] == order["energy_uwh"]


def test_a_whole_slot_has_an_order_of_every_household_near_the_plants_truth(
    street: dict[str, Any],
) -> None:
    (whole,) = [told for told in street["slots"] if told["measured"]]
    assert {order["household"] for order in whole["orders"]} == {"h01", "h02", "h03"}
    for order in whole["orders"]:
        assert order["true_uwh"] > 10_000
        assert abs(order["energy_uwh"] - order["true_uwh"]) < 0.15 * order["true_uwh"]


def test_registers_are_what_flowed(street: dict[str, Any]) -> None:
    for home in street["households"]:
        for way in ("imported", "exported"):
            true, measured = home[f"{way}_true_uwh"], home[f"{way}_register_uwh"]
            assert abs(measured - true) <= 0.02 * true + 1_500
    assert any(home["exported_true_uwh"] > 50_000 for home in street["households"])
    assert any(home["imported_true_uwh"] > 50_000 for home in street["households"])


def test_a_relay_brings_the_orders_of_all_nodes_together() -> None:
    found = demonstrated("--nodes", "2", "--slots", "1", "--seed", "3", "--relay")
    assert found["good"]
    (whole,) = [told for told in found["slots"] if told["measured"]]
    together = [place["orders"] for place in found["places"] if place["slot"] == whole["slot"]]
    assert together == [2]
