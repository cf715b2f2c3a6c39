"""The command itself: a short trade of two real nodes, judged by the object that it prints."""

import json
import subprocess
import sys
from typing import Any

import pytest

AMOUNT_UWH = 8_000
PRICE = 150_000_000_000_000_000
PROGRAMS = ("secured", "meterd", "noded")


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    command = [sys.executable, "-m", "normal_world.cli.main", "demo", "--json", "--seed", "11"]
    command += ["--amount-uwh", str(AMOUNT_UWH), "--price", str(PRICE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return last


def test_the_buyer_pays_for_what_the_plant_says_it_received(told: dict[str, Any]) -> None:
    energy, money = told["energy"], told["money"]
    assert told["state"] == "settled"
    assert energy["delivered_true_uwh"] > AMOUNT_UWH * 0.9
    assert abs(energy["buyer_uwh"] - energy["delivered_true_uwh"]) <= (
        0.01 * energy["delivered_true_uwh"]
    )
    assert energy["sent_true_uwh"] > energy["delivered_true_uwh"]  # the line keeps its share
    assert money["escrowed"] == AMOUNT_UWH * PRICE // 10**9
    assert money["paid"] == energy["buyer_uwh"] * PRICE // 10**9
    assert money["paid"] + money["refunded"] == money["escrowed"]


def test_the_relays_close_only_after_the_escrow_and_open_again(told: dict[str, Any]) -> None:
    relay = told["relay"]
    for node in ("seller", "buyer"):
        assert relay[f"{node}_closed_block"] >= told["escrow_block"] + 1
        assert 0 <= relay[f"{node}_closed_s"] < relay[f"{node}_open_s"]


def test_every_step_is_on_the_chain_in_its_order(told: dict[str, Any]) -> None:
    names = [item["function"] for item in told["transactions"]]
    assert names == ["offer", "buyTokens", "approve", "buy", "settle"]
    assert all(item["succeeded"] and item["gas"] > 21_000 for item in told["transactions"])
    blocks = [item["block"] for item in told["transactions"]]
    assert blocks == sorted(blocks)
    assert told["credit"] == {"seller": [10, 11], "buyer": [10, 11]}


def test_both_meters_checked_themselves_and_exchanged_what_they_signed(
    told: dict[str, Any],
) -> None:
    assert told["self_check"] == {"seller": "passed", "buyer": "passed"}
    assert told["readings"]["signed"] >= 4  # a first one and FINAL, on both sides
    assert 0 < told["readings"]["exchanged"] <= told["readings"]["signed"]


def test_each_node_ran_its_three_programs_as_processes_of_their_own(told: dict[str, Any]) -> None:
    ran = {(process["program"], process["node"]) for process in told["processes"]}
    assert ran == {("plant", None), ("chain", None)} | {
        (program, node) for program in PROGRAMS for node in ("seller", "buyer")
    }
    assert all(process["rss_mib"] > 5 for process in told["processes"])
    meters = [process for process in told["processes"] if process["program"] == "meterd"]
    assert all(0 < process["first_sample_s"] < 30 for process in meters)
