"""`evlock demo --fault NAME`: every fault is refused or cut, with its reason, and costs little."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from normal_world.demo.mischief import KINDS
from secure_world.protocol import payment_rounded_down
from tests.e2e.test_demo import PRICE, demo

# What each must come to: the state, and one of the codes that say why.
EXPECTED = {
    "sensor-scaled": ("refused", "SELF-CHECK"),
    "voltage-scaled": ("refused", "SELF-CHECK"),
    "sensor-noisy": ("refused", "SELF-CHECK"),
    "reference-open": ("refused", "SELF-CHECK"),
    "secure-world-locked": ("refused", "LOCKED"),
    "sensor-stuck": ("cut", "SENSOR-FROZEN"),
    "sensor-removed": ("cut", "OVER-CURRENT SENSOR-SATURATED"),
    "sensor-saturated": ("cut", "OVER-CURRENT SENSOR-SATURATED"),
    "relay-welded": ("cut", "RELAY-WELDED"),
    "relay-stuck-open": ("cut", "NO-FLOW"),
    "bus-nack": ("cut", "BUS-GONE"),
    "adc-reset": ("cut", "ADC-CONFIG SENSOR-FROZEN OVER-CURRENT SENSOR-SATURATED"),
    "adc-asleep": ("cut", "ADC-CONFIG SENSOR-FROZEN"),
    "case-opened": ("cut", "TAMPERED"),
    "counterpart-inflates": ("cut", "METERS-APART"),
    "counterpart-deflates": ("cut", "METERS-APART"),
}
AT_ONCE = 3
BOUND_UWH = round(3 * 16 / 0.0036)  # three seconds of the strongest plant: two intervals and 5 %


def amount(fault: str) -> str:
    """Energy of the trade, µWh: two meters that grow apart need time until they are too far so."""
    return "80000" if fault.startswith("counterpart") else "35000"


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """One demo a fault, three at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {
            kind.name: pool.submit(
                demo, "--seed", str(number), "--amount-uwh", amount(kind.name), "--fault", kind.name
            )
            for number, kind in enumerate(KINDS, 40)
        }
        return {name: job.result() for name, job in jobs.items()}


def test_every_fault_is_expected_here() -> None:
    assert EXPECTED.keys() == {kind.name for kind in KINDS}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_is_refused_or_cut_and_costs_little(
    found: dict[str, dict[str, Any]], name: str
) -> None:
    told, (state, codes) = found[name], EXPECTED[name]
    money, energy = told["money"], told["energy"]
    assert told["state"] == state, told["reason"]
    assert told["reason_code"] in codes.split(), told["reason"]
    assert told["relay_open_at_s"] >= told["fault_at_s"]
    assert 0 <= told["unpaid_uwh"] <= BOUND_UWH
    assert money["paid"] + money["refunded"] == money["escrowed"]
    assert money["paid"] == payment_rounded_down(energy["paid_uwh"], PRICE)
    if state == "refused":
        assert energy["delivered_true_uwh"] == energy["sent_true_uwh"] == money["escrowed"] == 0
        assert [after - before for before, after in told["credit"].values()] == [0, 0]
    else:
        assert energy["paid_uwh"] <= energy["delivered_true_uwh"] * 1.01 + BOUND_UWH // 10
