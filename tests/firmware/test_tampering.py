"""Findings that may be somebody's hand: told to the secure world, and what they cost."""

from typing import Any

import pytest

from firmware.errors import RpcError
from secure_world.protocol import Finding, Terms
from tests.firmware.rig import Rig, rig
from tests.plant_process import wait_until

CASE = 1 << Finding.CASE_OPENED


def tampered(meter: Rig) -> int:
    return meter.secured.meter.info().tampered


def broken(meter: Rig, fault: str) -> None:
    meter.plant.call("fault", {"board": "buyer", "name": fault})


def repaired(meter: Rig) -> None:
    meter.plant.call("fault.clear", {"board": "buyer"})


def found(meter: Rig, code: str) -> dict[str, Any]:
    """The next finding of a code."""
    while (event := meter.event("finding"))["code"] != code:
        pass
    return event


def state(meter: Rig, terms: Terms) -> dict[str, Any]:
    return dict(meter.client.call("trade.state", trade=meter.trade(terms)))


def noted(meter: Rig, code: str) -> bool:
    """Whether meterd's event log has it."""
    return bool(meter.admin.call("events", code=code)["events"])


def test_an_opened_case_is_told_to_everybody_and_costs_nothing_unmarked() -> None:
    with rig() as meter:
        wait_until(lambda: meter.status()["case_opened"] is False, "the switch was read")
        broken(meter, "case-opened")
        found(meter, "CASE-OPENED")
        wait_until(lambda: tampered(meter) == CASE, "the secure world was told")
        assert meter.status()["case_opened"] is True
        assert meter.admin.call("diagnose")["case_opened"] is True
        repaired(meter)
        found(meter, "CASE-CLOSED")
        assert meter.status()["case_opened"] is False
        wait_until(lambda: noted(meter, "CASE-OPENED") and noted(meter, "CASE-CLOSED"), "the log")
        assert meter.secured.meter.info().provisioned
        meter.calibrate()
        meter.begin(meter.terms(amount_uwh=2_000))  # it still trades
        wait_until(meter.relay_closed, "the contact closes")


def test_a_marked_one_in_a_delivery_costs_the_keys_and_opens_the_relay() -> None:
    with rig(marks=CASE) as meter:
        meter.calibrate()
        terms = meter.terms(amount_uwh=500_000)
        meter.seller_relay.close()
        meter.begin(terms)
        wait_until(meter.relay_closed, "the contact closes")
        broken(meter, "case-opened")
        found(meter, "TAMPERED")
        wait_until(lambda: not meter.relay_closed(), "the contact parts")
        assert not meter.secured.meter.info().provisioned
        wait_until(lambda: state(meter, terms)["phase"] == "final", "the trade is put away")
        assert state(meter, terms)["reason"] == "tampered: CASE_OPENED, the keys are destroyed"
        assert meter.status()["state"] == "idle"
        with pytest.raises(RpcError) as caught:
            meter.client.call("trade.precheck")
        assert caught.value.code == "TAMPERED"


def test_a_case_that_was_opened_while_nobody_looked() -> None:
    with rig() as meter:
        meter.kill()
        meter.secured.kill()
        broken(meter, "case-opened")
        meter.start()
        wait_until(lambda: meter.status()["case_opened"], "the switch was read")
        meter.secured.start()  # which did not answer when it was to be told
        wait_until(lambda: tampered(meter) == CASE, "the secure world was told")


def test_keys_that_went_while_the_meter_was_down_end_its_trade() -> None:
    with rig(marks=CASE) as meter:
        meter.calibrate()
        terms = meter.terms(amount_uwh=500_000)
        meter.seller_relay.close()
        meter.begin(terms)
        wait_until(meter.relay_closed, "the contact closes")
        meter.kill()
        assert meter.secured.meter.tamper(Finding.CASE_OPENED)
        meter.start()
        assert not meter.relay_closed()
        wait_until(lambda: state(meter, terms)["phase"] == "final", "the trade is put away")
        assert state(meter, terms)["reason"] == "lost: TAMPERED"


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("adc-reset", Finding.CONVERTER_CHANGED),
        ("sensor-scaled", Finding.SENSOR_CHANGED),
    ],
)
def test_what_the_meter_finds_in_its_parts_is_told_too(fault: str, finding: Finding) -> None:
    with rig() as meter:
        meter.calibrate()
        broken(meter, fault)
        if finding is Finding.SENSOR_CHANGED:
            with pytest.raises(RpcError):
                meter.client.call("trade.precheck")
        wait_until(lambda: tampered(meter) == 1 << finding, "the secure world was told")
        assert meter.secured.meter.info().provisioned
