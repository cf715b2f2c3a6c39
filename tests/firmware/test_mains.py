"""A real meterd on the plant's alternating current, through the chips, beside the plant's truth.

How exactly real energy is measured is held by test_alternating.py and test_converters.py, in their
own time; here the machine may be busy, and the bounds are wider for it.
"""

from collections.abc import Iterator

import pytest

import board_configs
from tests.firmware.mains import Mains, mains
from tests.plant_process import wait_until

ONE_CHIP = """[adc.voltage]
chip = "ads1115"
address = 0x48
channel = 1
gain = 0.6666666666666666
data_rate = 860

"""


@pytest.fixture(scope="module")
def meter() -> Iterator[Mains]:
    with mains("resistive:460") as made:
        assert made.calibrate()["calibrated"]
        yield made


def test_the_self_check_passes_and_tells_phase_and_frequency(meter: Mains) -> None:
    found = meter.admin.call("self_check")
    assert found["verdict"] == "passed"
    assert found["load_mv"] == pytest.approx(230_000, rel=0.01)
    assert found["load_ua"] == pytest.approx(found["expected_ua"], rel=0.04)
    assert found["frequency_mhz"] == pytest.approx(50_000, abs=200)
    assert abs(found["phase_ns"]) < 80_000


@pytest.mark.parametrize("load", ["resistive:460", "motor:500", "rectifier:400", "dimmer:400"])
def test_energy_beside_the_plants(meter: Mains, load: str) -> None:
    meter.plant.call("load", {"load": load})
    found = meter.delivery(3.0)
    assert found.error == pytest.approx(0.0, abs=0.03)
    status = found.status
    assert (status["mains"], status["exported_uwh"]) == ("ac", 0)
    assert status["power_w"] < -200.0
    assert status["apparent_va"] >= -status["power_w"]
    assert status["power_factor"] == pytest.approx(-status["power_w"] / status["apparent_va"], 0.01)
    assert status["frequency_hz"] == pytest.approx(50.0, abs=0.2)
    assert status["voltage_v"] == pytest.approx(230.0, rel=0.05)


def test_a_lost_voltage_opens_the_relay_and_is_named(meter: Mains) -> None:
    meter.plant.call("load", {"load": "resistive:460"})
    meter.seller.close()
    try:
        meter.admin.call("relay", action="close", seconds=30.0)
        meter.plant.call("set", {"mains.voltage_v": 1.0})
        wait_until(lambda: not meter.status()["relay_closed"], "the relay opens")
        assert any("no voltage" in text for text in meter.status()["findings"])
    finally:
        meter.plant.call("set", {"mains.voltage_v": 230.0})
        meter.admin.call("relay", action="open")
        meter.seller.open()
    wait_until(lambda: meter.status()["voltage_v"] > 200.0, "the voltage is back")


def test_a_saturated_sensor_opens_the_relay_and_is_named(meter: Mains) -> None:
    meter.admin.call("relay", action="close", seconds=30.0)
    meter.plant.call("fault", {"board": "buyer", "name": "sensor-saturated"})
    try:
        wait_until(lambda: not meter.status()["relay_closed"], "the relay opens")
        assert any("saturated" in text for text in meter.status()["findings"])
    finally:
        meter.plant.call("fault.clear", {"board": "buyer"})
        meter.admin.call("relay", action="open")


def test_one_chip_with_two_channels() -> None:
    """Conversions one after the other: fewer pairs, the same energy."""
    text = board_configs.text("virtual-ac")
    begin, end = text.index("[adc.voltage]"), text.index("[sensor.current]")
    with mains("motor:500", text=text[:begin] + ONE_CHIP + text[end:]) as meter:
        meter.calibrate()
        assert meter.delivery(3.0).error == pytest.approx(0.0, abs=0.03)
