"""The measuring chains: ideal formulas in the drivers, data-sheet errors in the plant."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.acs712 import ACS712
from drivers.ads1115 import ADS1115
from drivers.divider import Divider
from drivers.errors import SettingError
from drivers.relay import Relay
from drivers.virtual.plant.draw import draw_hall_sensor
from tests.drivers.conftest import Bench


@pytest.mark.parametrize(("variant_a", "volts"), [(5, 2.685), (20, 2.6), (30, 2.566)])
def test_one_ampere_of_each_variant(variant_a: int, volts: float) -> None:
    assert ACS712(variant_a).current_a(volts) == pytest.approx(1.0)
    assert ACS712(variant_a).full_scale_a == variant_a


@settings(deadline=None)
@given(st.sampled_from([5, 20, 30]), st.floats(4.5, 5.5), st.floats(-5, 5))
def test_supply_scales_zero_and_sensitivity(variant_a: int, supply_v: float, amps: float) -> None:
    sensor = ACS712(variant_a, supply_v)
    volts = supply_v / 2 + amps * sensor.sensitivity_v_per_a
    assert sensor.current_a(volts) == pytest.approx(amps, abs=1e-9)
    assert sensor.sensitivity_v_per_a / supply_v == pytest.approx(
        ACS712(variant_a).sensitivity_v_per_a / 5.0
    )


def test_divider() -> None:
    assert Divider(30_000.0, 7_500.0).voltage_v(2.5) == pytest.approx(12.5)


def test_impossible_parts_are_refused() -> None:
    for build in (lambda: ACS712(10), lambda: ACS712(20, 12.0), lambda: Divider(1.0, 0.0)):
        with pytest.raises(SettingError):
            build()


@pytest.mark.parametrize("seed", range(20))
def test_zero_drifts_slowly_and_never_far(seed: int) -> None:
    drift = draw_hall_sensor(seed, "seller", 0.0).drift
    volts = [drift.volts(float(second)) for second in range(6000)]
    assert max(map(abs, volts)) <= 0.002
    minute = [abs(later - now) for now, later in zip(volts, volts[60:], strict=False)]
    assert 0.0 < max(minute) <= 0.0002


def test_noise_is_that_of_the_data_sheet(bench: Bench) -> None:
    sensor = bench.machine.boards["seller"].hall
    volts = [sensor.output_v(0.0, 0.0) for _ in range(4000)]
    assert statistics.stdev(volts) == pytest.approx(0.011 / 6, rel=0.1)


@pytest.mark.parametrize("board", ["seller", "buyer"])
@pytest.mark.parametrize("seed", range(5))
def test_uncalibrated_readings_are_wrong_but_within_bounds(
    bench: Bench, seed: int, board: str
) -> None:
    """Through relay, plant, chip, library and drivers: amps within ±0.45 A, volts within ±2 %."""
    bench.machine.__init__(seed, bench.clock.now_s)  # type: ignore[misc]
    Relay(bench.gpio(board), 27).close()
    bench.clock.sleep(0.1)
    current, voltage = (ADS1115(bench.bus(board), address) for address in (0x48, 0x49))
    current.configure()
    voltage.configure()
    true = bench.state(board)
    amps = ACS712(20).current_a(current.read_v())
    volts = Divider(30_000.0, 7_500.0).voltage_v(voltage.read_v())
    assert amps == pytest.approx(true["current_a"], abs=0.55)
    assert volts == pytest.approx(true["voltage_v"], rel=0.02)
    assert amps != pytest.approx(true["current_a"], abs=1e-4)


def test_ideal_parts_read_the_truth(quiet: Bench) -> None:
    Relay(quiet.gpio(), 27).close()
    quiet.clock.sleep(0.1)
    adc = ADS1115(quiet.bus(), 0x48)
    adc.configure()
    step_a = 187.5e-6 / 0.1
    assert ACS712(20).current_a(adc.read_v()) == pytest.approx(
        quiet.state()["current_a"], abs=step_a
    )
