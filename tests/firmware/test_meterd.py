"""The real meter daemon: plant, converters, relay, secure world and a counterpart around it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.errors import RpcFailed
from secure_world.protocol import SignedReading
from tests.firmware.rig import CHAIN, MARKET, Rig, rig
from tests.plant_process import ROOT, wait_until


@pytest.fixture(scope="module")
def meter() -> Iterator[Rig]:
    """One calibrated meter for the tests that leave it idle."""
    with rig() as made:
        made.calibrate()
        yield made


def refused(meter: Rig, code: str, method: str, **params: object) -> None:
    with pytest.raises(RpcFailed) as caught:
        meter.client.call(method, **params)
    assert caught.value.code == code, caught.value


def test_a_whole_trade(meter: Rig) -> None:
    """Relay open until both Ready and the escrow; FINAL within the amount and 1 % of the truth."""
    terms, before = meter.terms(salt=1), meter.plant.call("state")["delivered_true_uwh"]
    ready = meter.prepare(terms)
    assert ready["self_check"]["verdict"] == "passed"
    assert meter.prepare(terms)["ready"] == ready["ready"]  # asked again: the very same
    trade = meter.trade(terms)
    meter.client.call("trade.start", trade=trade)
    assert not meter.relay_closed()
    meter.seller_relay.close()
    meter.client.call("trade.peer_ready", ready=meter.seller_ready(terms))
    final = meter.feed(terms)
    energy = final["to"] - final["from"]
    delivered = meter.plant.call("state")["delivered_true_uwh"] - before
    assert energy <= terms.amount_uwh
    assert energy == pytest.approx(terms.amount_uwh, rel=0.02)
    assert energy == pytest.approx(delivered, rel=0.01, abs=50)
    SignedReading.from_json(final).verify(CHAIN, MARKET)
    assert not meter.relay_closed()
    state = meter.client.call("trade.state", trade=trade)
    assert (state["phase"], state["reason"]) == ("final", "complete")
    refused(
        meter, "TRADE-ENDED", "trade.prepare",
        terms=terms.to_json(), chain_id=CHAIN, market="0x" + MARKET.hex(),
    )  # fmt: skip
    meter.seller_relay.open()


def test_silence_opens_then_a_reading_resumes_and_its_final_ends(meter: Rig) -> None:
    terms = meter.terms(amount_uwh=500_000, salt=2)
    meter.seller_relay.close()
    meter.begin(terms)
    closed_s = None
    while (state := meter.event("state"))["phase"] != "paused":
        closed_s = state["time_s"]
    assert state["reason"] == "silence"
    wait_until(lambda: not meter.relay_closed(), "the contact opens")
    opened_s, is_closed = meter.movements()[-1]
    assert closed_s is not None and not is_closed
    assert 1.0 < opened_s - closed_s < 2.5  # 1.5 s and the contact's own time
    meter.client.call("trade.peer_reading", reading=meter.seller_reading(terms))
    assert meter.event("state")["phase"] == "delivering"
    wait_until(meter.relay_closed, "the relay closes again")
    meter.client.call("trade.peer_reading", reading=meter.seller_reading(terms, final=True))
    assert meter.event("state")["phase"] == "ended"
    assert meter.feed(terms)["state"] == 1
    meter.seller_relay.open()


def test_forged_and_misplaced_messages_change_nothing(meter: Rig) -> None:
    terms = meter.terms(salt=3)
    meter.prepare(terms)
    ready = meter.seller_ready(terms)
    own = meter.client.call("trade.state", trade=meter.trade(terms))["ready"]
    bent = {**ready, "from": ready["from"] + 1}
    refused(meter, "PEER-SIGNATURE", "trade.peer_ready", ready=bent)
    refused(meter, "PEER-FOREIGN", "trade.peer_ready", ready=own)
    other = {**ready, "trade": "0x" + "11" * 32}
    refused(meter, "TRADE-UNKNOWN", "trade.peer_ready", ready=other)
    meter.client.call("trade.start", trade=meter.trade(terms))
    assert not meter.relay_closed()
    reading = meter.seller_reading(terms)
    refused(meter, "PEER-FROM", "trade.peer_reading", reading=reading)  # before its Ready
    meter.client.call("trade.stop", trade=meter.trade(terms), reason="enough")
    assert meter.feed(terms)["to"] == own["from"]


def test_the_owner_and_the_enrolment_decide(meter: Rig) -> None:
    market = "0x" + MARKET.hex()
    much = meter.terms(amount_uwh=1_000_001, salt=4).to_json()
    refused(meter, "LIMIT-TRADE", "trade.prepare", terms=much, chain_id=CHAIN, market=market)
    stranger = {**meter.terms(salt=5).to_json(), "ref": int("22" * 20, 16) << 64}
    refused(meter, "PEER-UNKNOWN", "trade.prepare", terms=stranger, chain_id=CHAIN, market=market)
    foreign = {**meter.terms(salt=6).to_json(), "buyer_meter": "0x" + "33" * 20}
    refused(meter, "TRADE-FOREIGN", "trade.prepare", terms=foreign, chain_id=CHAIN, market=market)


def test_garbage_on_the_control_socket(meter: Rig) -> None:
    refused(meter, "CONTROL-METHOD", "no.such.method")
    refused(meter, "CONTROL-PARAMS", "trade.start", nonsense=1)
    assert meter.status()["fault"] is None


def test_kill_in_delivery_then_restart() -> None:
    """The line keeps its level; ExecStopPost opens it; the trade goes on; nothing shrinks."""
    with rig(seed=9) as meter:
        meter.calibrate()
        terms = meter.terms(amount_uwh=12_000)
        meter.seller_relay.close()
        meter.begin(terms)
        first = meter.event("reading")["reading"]
        meter.client.call("trade.peer_reading", reading=meter.seller_reading(terms))
        second = meter.event("reading")["reading"]
        wait_until(meter.relay_closed, "the contact closes")
        register = meter.secured.meter.info().import_uwh
        meter.kill()
        assert meter.relay_closed()
        open_relays(meter.home)
        assert not meter.relay_closed()
        meter.start()
        final = meter.feed(terms)
        assert first["sequence"] < second["sequence"] < final["sequence"]
        assert second["to"] <= final["to"] <= first["from"] + terms.amount_uwh
        assert first["from"] == second["from"] == final["from"]
        assert meter.secured.meter.info().import_uwh >= register


def test_over_current_ends_the_trade() -> None:
    with rig(current=0.5) as meter:
        meter.calibrate()
        terms = meter.terms()
        meter.seller_relay.close()
        meter.begin(terms)
        assert meter.feed(terms)["state"] == 1
        state = meter.client.call("trade.state", trade=meter.trade(terms))
        assert state["reason"] == "over-current"
        assert not meter.relay_closed()


def test_a_dead_bus_is_a_fault_and_never_a_value() -> None:
    with rig() as meter:
        wait_until(lambda: meter.status()["voltage_v"], "a first sample")
        meter.plant.kill()
        wait_until(lambda: meter.status()["fault"], "the fault shows")
        status = meter.status()
        assert status["fault"].startswith("BUS-GONE")
        assert (status["voltage_v"], status["current_a"], status["power_w"]) == (None, None, None)


def test_an_uncalibrated_meter_does_not_trade() -> None:
    with rig() as meter:
        wait_until(lambda: meter.status()["voltage_v"], "a first sample")
        terms = meter.terms().to_json()
        market = "0x" + MARKET.hex()
        refused(meter, "UNCALIBRATED", "trade.prepare", terms=terms, chain_id=CHAIN, market=market)


def open_relays(home: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "firmware.main", "--open-relays"],
        cwd=ROOT,
        env={**os.environ, "EVLOCK_HOME": str(home)},
        check=True,
    )
