"""The demo's JSON object, computed from recorded observations: shape, money, times, verdict."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.demo.options import Options
from normal_world.demo.record import ChainRecord, Movement, Process, Record, Transaction
from normal_world.demo.result import build
from normal_world.demo.run import exit_code
from normal_world.demo.scene import MeterScene

PRICE = 150_000_000_000_000_000


def meter(energy_uwh: int) -> MeterScene:
    return MeterScene(energy_uwh=energy_uwh, signed=21, exchanged=21, self_check="passed")


def settled() -> Record:
    record = Record(seed=7, amount_uwh=66_000, price=PRICE, started_s=100.0, ended_s=145.5)
    record.movements = [
        Movement(120.25, "seller", True),
        Movement(120.0, "buyer", True),
        Movement(140.0, "seller", False),
        Movement(140.1, "buyer", False),
    ]
    record.heads = [(117.0, 12), (119.9, 14), (120.2, 15)]
    record.sent_true_uwh, record.delivered_true_uwh = 66_400, 65_900
    record.meters = {"seller": meter(66_410), "buyer": meter(65_000)}
    record.chain = ChainRecord(
        transactions=[
            Transaction("offer", 84_000, 10, True, "seller"),
            Transaction("settle", 120_000, 34, True, "seller"),
        ],
        escrow_block=12,
        escrowed=9_900_000_000_000,
        ended_by="settle",
        paid=9_900_000_000_000,
        signed_uwh={"seller": 66_410, "buyer": 66_003},
        paid_uwh=66_000,
        credit={"seller": [10, 11], "buyer": [10, 11]},
        tokens={"seller": (0, 9_900_000_000_000), "buyer": (5, 7)},
    )
    record.register_uwh = {"seller": [100, 66_510], "buyer": [0, 66_003]}
    record.processes = [Process("meterd", "seller", 28.1, 0.21), Process("plant", None, 16.5)]
    return record


def cut() -> Record:
    record = settled()
    record.chain.ended_by, record.chain.paid_uwh = "close", 30_000
    record.chain.paid, record.chain.refunded = 4_500_000_000_000, 5_400_000_000_000
    record.trades = {"buyer": {"reason": "silence"}}
    return record


def options(**changes: Any) -> Options:
    values: dict[str, Any] = {
        "seed": 1, "amount_uwh": 66_000, "price": PRICE, "chain": "embedded", "rpc": None,
        "funding_key": None, "crash": [], "pause_s": 2.0, "silent": None, "home": None,
        "keep": False, "fault": [],
    }  # fmt: skip
    return Options.checked(**(values | changes))


def test_a_settled_trade_tells_everything_under_the_agreed_keys() -> None:
    result = json.loads(json.dumps(build(settled())))
    assert result["state"] == "settled"
    assert result["seed"] == 7
    assert result["energy"]["offered_uwh"] == 66_000
    assert result["energy"]["delivered_true_uwh"] == 65_900
    assert result["energy"]["sent_true_uwh"] == 66_400
    assert result["energy"]["seller_uwh"] == 66_410
    assert result["energy"]["buyer_uwh"] == 66_003  # the chain's reading, newer than the picture's
    assert result["energy"]["seller_register_uwh"] == 66_410
    assert result["energy"]["buyer_error_percent"] == 0.1563
    money = result["money"]
    assert money["paid"] + money["refunded"] == money["escrowed"]
    assert result["credit"] == {"seller": [10, 11], "buyer": [10, 11]}
    assert result["tokens"]["seller"] == {"account": 0, "purse": 9_900_000_000_000}
    assert result["tokens"]["buyer"] == {"account": 5, "purse": 7}
    assert result["self_check"] == {"seller": "passed", "buyer": "passed"}
    assert result["readings"] == {"signed": 42, "exchanged": 42}
    assert result["transactions"][1]["function"] == "settle"
    assert result["transactions"][1]["gas"] == 120_000
    assert result["transactions"][1]["block"] == 34
    assert result["processes"][0] == {
        "program": "meterd", "node": "seller", "rss_mib": 28.1, "first_sample_s": 0.21,
    }  # fmt: skip
    assert result["duration_s"] == 45.5
    assert "reason" not in result
    assert "silent_at_s" not in result


def test_relay_times_count_from_the_first_contact_that_closed() -> None:
    relay = build(settled())["relay"]
    assert (relay["buyer_closed_s"], relay["seller_closed_s"]) == (0.0, 0.25)
    assert (relay["seller_open_s"], relay["buyer_open_s"]) == (20.0, 20.1)
    assert relay["buyer_closed_block"] == 14
    assert relay["seller_closed_block"] == 15


def test_a_relay_that_closed_twice_opened_at_last() -> None:
    record = settled()
    record.movements += [Movement(143.0, "buyer", True), Movement(144.0, "buyer", False)]
    relay = build(record)["relay"]
    assert (relay["buyer_closed_s"], relay["buyer_open_s"]) == (0.0, 24.0)


def test_silence_tells_when_it_began_when_the_relays_opened_and_what_nobody_paid() -> None:
    record = cut()
    record.silent_at_s = 138.0
    result = build(record)
    assert (result["state"], result["reason_code"]) == ("cut", "READINGS-MISSING")
    assert "silence" in result["reason"]
    assert (result["silent_at_s"], result["relay_open_at_s"]) == (18.0, 20.1)
    assert result["unpaid_uwh"] == 35_900


def test_nothing_is_unpaid_when_more_was_paid_than_the_plant_delivered() -> None:
    assert build(settled())["unpaid_uwh"] == 0


def test_a_demo_that_broke_early_still_has_every_key() -> None:
    record = Record(seed=1, amount_uwh=66_000, price=PRICE, started_s=0.0, ended_s=1.0)
    record.meters = {"seller": MeterScene(), "buyer": MeterScene()}
    record.failure = "DEMO-PROGRAM plant: ended with exit code 2"
    result = build(record)
    assert (result["state"], result["reason"]) == ("failed", record.failure)
    assert result.keys() >= build(settled()).keys()
    assert result["relay"]["seller_closed_s"] is None


def test_a_trade_that_never_ended_is_a_failure() -> None:
    record = settled()
    record.chain.ended_by = None
    assert build(record)["state"] == "failed"


@pytest.mark.parametrize(
    ("record", "asked", "code"),
    [
        (settled(), {}, 0),
        (settled(), {"crash": ["meterd@3"]}, 0),
        (cut(), {"silent": "seller@3"}, 0),
        (cut(), {"crash": ["meterd@3"]}, 0),
        (cut(), {}, 1),
    ],
)
def test_the_exit_code_is_good_when_it_ended_as_asked(
    record: Record, asked: dict[str, Any], code: int
) -> None:
    assert exit_code(options(**asked), build(record)) == code


MOVES = st.lists(
    st.builds(
        Movement,
        st.floats(0, 1e6, allow_nan=False),
        st.sampled_from(["seller", "buyer"]),
        st.booleans(),
    )
)


@given(MOVES)
def test_whatever_the_contacts_do_no_closing_comes_before_the_origin(moves: list[Movement]) -> None:
    record = settled()
    record.movements = moves
    relay = build(record)["relay"]
    closed = [relay[f"{node}_closed_s"] for node in ("seller", "buyer")]
    known = [second for second in closed if second is not None]
    assert all(second >= 0 for second in known)
    assert (min(known) == 0) if known else not any(move.closed for move in moves)
