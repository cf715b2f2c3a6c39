"""Energy from samples: against arithmetic, and against the plant's truth through the chips."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.acs712 import ACS712
from drivers.divider import Divider
from drivers.virtual.board import MAIN_LINE, REFERENCE_LINE
from drivers.virtual.machine import Machine
from firmware.domain.calibration import Calibration
from firmware.domain.energy import J_PER_UWH, EnergyMeter
from firmware.domain.statistics import Series
from firmware.errors import MeteringGap
from tests.firmware.bench import Bench

STEP = 1 / 860


def counting(noise_floor_a: float = 0.0) -> EnergyMeter:
    meter = EnergyMeter(noise_floor_a=noise_floor_a)
    meter.count(True)
    return meter


@given(
    volts=st.floats(1, 60),
    amps=st.floats(-20, 20).filter(lambda a: abs(a) > 0.05),
    steps=st.lists(st.floats(1e-4, 0.1), min_size=2, max_size=300),
)
def test_constant_power_gives_power_times_time(
    volts: float, amps: float, steps: list[float]
) -> None:
    meter, now = counting(noise_floor_a=0.01), 100.0
    for step in [0.0, *steps]:
        now += step
        meter.add(now, volts, amps)
    meter.flush()
    expected = abs(volts * amps) * sum(steps) / J_PER_UWH
    got, other = meter.exported_uwh, meter.imported_uwh
    if amps < 0:
        got, other = other, got
    assert other == 0
    assert expected - 1.01 <= got <= expected + 0.01 + 1e-9 * expected


def test_noise_around_zero_is_no_energy() -> None:
    meter = counting(noise_floor_a=0.01)
    for n in range(86_000):
        meter.add(n * STEP, 12.0, 0.05 * math.sin(n * 2.399963))  # zero mean, never periodic
    assert (meter.imported_uwh, meter.exported_uwh) == (0, 0)


def test_nothing_counts_while_counting_is_off() -> None:
    meter = EnergyMeter()
    for n in range(1000):
        meter.add(n * STEP, 12.0, 1.0)
    meter.flush()
    assert meter.exported_uwh == 0


@given(gap=st.floats(0.5001, 1e4))
def test_a_gap_is_an_error_and_gives_no_energy(gap: float) -> None:
    meter = counting()
    meter.add(0.0, 12.0, 1.0)
    with pytest.raises(MeteringGap):
        meter.add(gap, 12.0, 1.0)
    meter.interrupt()
    meter.add(gap + 1, 12.0, 1.0)
    assert meter.exported_uwh == 0


def test_time_that_stands_still_or_goes_back_is_an_error() -> None:
    for later in (5.0, 4.0, math.nan):
        meter = counting()
        meter.add(5.0, 12.0, 1.0)
        with pytest.raises(MeteringGap):
            meter.add(later, 12.0, 1.0)


@given(parts=st.lists(st.integers(1, 200), min_size=1, max_size=20))
def test_totals_only_grow_and_do_not_depend_on_when_they_are_read(parts: list[int]) -> None:
    often, once, now = counting(), counting(), 0
    seen = 0
    for part in parts:
        for _ in range(part):
            now += 1
            for meter in (often, once):
                meter.add(now * STEP, 12.0, 1.0)
        often.flush()
        assert often.exported_uwh >= seen
        seen = often.exported_uwh
    once.flush()
    assert abs(often.exported_uwh - once.exported_uwh) <= 1


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_against_the_plants_truth(seed: int) -> None:
    """Calibrated with the multimeter, then five seconds of delivery: both ends within 1 %."""
    machine = Machine(seed, 0.0)
    benches = {name: Bench(machine, name) for name in ("seller", "buyer")}
    for bench in benches.values():
        bench.calibrate()
    meters = {name: counting(noise_floor_a=0.01) for name in benches}
    start = max(bench.now_s for bench in benches.values())
    for bench in benches.values():
        bench.line(MAIN_LINE, closed=True, at_s=start)
    for n in range(1, 5 * 860):
        if n == 5 * 860 - 100:
            benches["buyer"].line(MAIN_LINE, closed=False, at_s=start + n * STEP)
        for name, bench in benches.items():
            meters[name].add(*bench.sample(start + n * STEP))
    truth = machine.state(start + 5.0)
    for meter in meters.values():
        meter.flush()
    assert meters["buyer"].imported_uwh == pytest.approx(truth["delivered_true_uwh"], rel=0.01)
    assert meters["seller"].exported_uwh == pytest.approx(truth["sent_true_uwh"], rel=0.01)


def test_calibration_removes_offset_and_gain() -> None:
    raw = Calibration().with_zero(0.31, 0.017)
    found = raw.with_load(raw_a=0.31 + 1.2 * 0.985, raw_v=12.4, reference_a=1.2, reference_v=12.5)
    assert found.current_a(0.31) == pytest.approx(0.0)
    assert found.current_a(0.31 - 2.0 * 0.985) == pytest.approx(-2.0)
    assert found.voltage_v(12.4) == pytest.approx(12.5)
    assert Calibration.from_json(found.to_json()) == found


@given(values=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=50))
def test_series_is_the_textbooks_mean_and_deviation(values: list[float]) -> None:
    series = Series()
    for value in values:
        series.add(value)
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    assert series.mean == pytest.approx(mean, abs=1e-6)
    assert series.deviation == pytest.approx(math.sqrt(variance), abs=1e-6)


def test_bench_speaks_to_the_same_chips_as_the_drivers() -> None:
    bench = Bench(Machine(1, 0.0), "seller")
    bench.line(REFERENCE_LINE, closed=True, at_s=1.0)
    _, volts, amps = bench.sample(1.5)
    assert 11 < volts < 15
    assert amps == pytest.approx(volts / 10, abs=0.6)  # uncalibrated: offset up to 0.4 A
    assert (ACS712(20).full_scale_a, Divider(30e3, 7.5e3).voltage_v(1.0)) == (20.0, 5.0)
