"""`evlock demo` as a stranger runs it: the real programs, the real JSON object, faults included."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from secure_world.protocol import payment_rounded_down
from tests.plant_process import ROOT

PRICE = 150_000_000_000_000_000
KEYS = frozenset(
    "state seed energy money credit self_check readings transactions relay processes "
    "duration_s".split()
)
DEMO = (sys.executable, "-m", "normal_world.cli.main", "demo", "--json")


def demo(*options: str) -> dict[str, Any]:
    """The last line of a demo that ended well."""
    done = subprocess.run(
        [*DEMO, *options], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def sound(found: dict[str, Any]) -> None:
    """What holds for every end of a trade."""
    money, energy = found["money"], found["energy"]
    assert found.keys() >= KEYS
    assert money["paid"] + money["refunded"] == money["escrowed"]
    assert money["escrowed"] == payment_rounded_down(energy["offered_uwh"], PRICE)
    assert energy["buyer_uwh"] <= energy["offered_uwh"]
    for node in ("seller", "buyer"):
        assert found["relay"][f"{node}_closed_block"] > found["escrow_block"]
        assert found["relay"][f"{node}_open_s"] > found["relay"][f"{node}_closed_s"]
        assert found["self_check"][node] == "passed"
    assert len({p["program"] + str(p["node"]) for p in found["processes"]}) == 8
    assert all(t["gas"] > 20_000 and t["block"] > 0 for t in found["transactions"])


def settled(found: dict[str, Any]) -> None:
    sound(found)
    money, energy = found["money"], found["energy"]
    assert found["state"] == "settled"
    assert money["paid"] == payment_rounded_down(energy["buyer_uwh"], PRICE)
    assert [b - a for a, b in found["credit"].values()] == [1, 1]
    purses = {node: held["purse"] for node, held in found["tokens"].items()}
    assert purses == {"seller": money["paid"], "buyer": money["refunded"]}
    names = [t["function"] for t in found["transactions"]]
    assert names.count("offer") == names.count("buy") == names.count("settle") == 1


def test_two_seeds_settle_within_one_percent_of_the_truth() -> None:
    for seed in (1, 20):
        found = demo("--seed", str(seed), "--amount-uwh", "20000")
        settled(found)
        energy = found["energy"]
        assert energy["buyer_uwh"] == pytest.approx(energy["delivered_true_uwh"], rel=0.01)
        assert energy["seller_uwh"] == pytest.approx(energy["sent_true_uwh"], rel=0.01)
        assert energy["buyer_uwh"] > 0.98 * energy["offered_uwh"]
        assert found["readings"]["signed"] >= found["readings"]["exchanged"] >= 8


@pytest.mark.parametrize("fault", ["secured:seller@1", "meterd:buyer@1.5", "noded:buyer@1"])
def test_a_program_killed_in_the_delivery(fault: str) -> None:
    """It comes back within the pause, and the trade ends as if nothing had been."""
    found = demo("--seed", "3", "--amount-uwh", "15000", "--crash", fault)
    settled(found)
    # What nobody metered while a meter was dead is given away, and is less than the bound.
    energy = found["energy"]
    assert energy["delivered_true_uwh"] - energy["buyer_uwh"] < 2 * 16 / 0.0036


def test_the_chain_killed_in_the_delivery() -> None:
    settled(demo("--seed", "3", "--amount-uwh", "15000", "--crash", "chain@1"))


def test_silence_of_either_side() -> None:
    """Relays open, the trade is closed on chain, both lose credit, the loss stays in its bound."""
    with ThreadPoolExecutor(2) as pool:
        options = [("--seed", "6", "--silent", f"{node}@3") for node in ("seller", "buyer")]
        for found in pool.map(lambda chosen: demo(*chosen), options):
            sound(found)
            assert found["state"] == "cut"
            assert "silence" in found["reason"]
            assert found["relay_open_at_s"] - found["silent_at_s"] < 2.5
            assert [b - a for a, b in found["credit"].values()] == [-3, -3]
            assert 0 <= found["unpaid_uwh"] < 2 * 16 / 0.0036
            assert [t["function"] for t in found["transactions"]][-1] == "close"


def test_bad_arguments_are_one_line_and_start_nothing() -> None:
    for options, said in (
        (["--crash", "kernel@1"], "kernel"),
        (["--crash", "meterd:roof@1"], "roof"),
        (["--amount-uwh", "1"], "amount"),
        (["--silent", "seller"], "seller"),
        (["--rpc", "ftp://x"], "rpc"),
    ):
        done = subprocess.run([*DEMO, *options], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2
        assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1
