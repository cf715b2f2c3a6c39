"""The meter for alternating current, on samples as two real converters would give them.

Properties: real energy is within 1 % from 1 A on, whatever the waveform and the clocks; energy is
additive and does not depend on when totals are read; a window is of whole cycles; what was not
measured is not counted; totals never fall.
"""

import itertools
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.domain.alternating import AlternatingMeter
from firmware.domain.energy import J_PER_UWH, Window
from firmware.errors import MeteringGap
from tests.firmware import waves
from tests.firmware.waves import RATE, Chain, Load

EXACT = Chain(noise_a=0.0, noise_v=0.0, quantised=False)
SETTLED_S = 1.0  # until the voltage's harmonics are known


def meter_for(chain: Chain) -> AlternatingMeter:
    return AlternatingMeter(
        noise_floor_a=0.01,
        noise_a=chain.noise_a,
        nominal_hz=round(chain.nominal_hz),
        averaged_s=(1 / RATE, 1 / RATE),
    )


def measure(
    load: Load, seconds: float = 5.0, chain: Chain = EXACT
) -> tuple[AlternatingMeter, float, list[Window]]:
    """The meter after counting, for how long it counted, and the windows of that time."""
    meter, begin_s = meter_for(chain), math.inf
    windows: list[Window] = []
    for time_s, volts, amps, lag_s in chain.pairs(load, SETTLED_S + seconds):
        if begin_s == math.inf and time_s >= SETTLED_S:
            meter.count(True)
            begin_s = meter._trace.now.time_s
        window = meter.add(time_s, volts, amps, lag_s - chain.phase_s)
        if window is not None and window.start_s >= begin_s:
            windows.append(window)
    meter.count(False)
    return meter, meter._trace.now.time_s - begin_s, windows


def error(load: Load, chain: Chain, seconds: float = 5.0) -> float:
    """Relative error of the exported energy; the windows' noise may cost a microwatt-hour."""
    meter, span_s, _ = measure(load, seconds, chain)
    assert meter.imported_uwh == 0
    return meter.exported_uwh * J_PER_UWH / (load.truth[0] * span_s) - 1.0


@pytest.mark.parametrize("make", waves.BUILT_IN)
@pytest.mark.parametrize("distortion", [0.0, 0.03, -0.03])
def test_real_energy_of_any_waveform(make: waves.Maker, distortion: float) -> None:
    """Also on a flat or pointed voltage, far worse than a decent feeder's."""
    assert abs(error(make(2.0, distortion=distortion), Chain())) < 0.003


@pytest.mark.parametrize("hz", [49.0, 49.545, 50.05, 50.5, 51.0, 59.5, 60.0, 60.4])
@pytest.mark.parametrize("make", [waves.inductive, waves.rectifier])
def test_real_energy_at_any_frequency(make: waves.Maker, hz: float) -> None:
    chain = replace(EXACT, nominal_hz=60.0 if hz > 55 else 50.0)
    assert abs(error(make(2.0, hz=hz), chain)) < 0.005


@settings(max_examples=25, deadline=None)
@given(
    voltage_clock=st.floats(-0.1, 0.1),
    current_clock=st.floats(-0.1, 0.1),
    lag_s=st.floats(2e-5, 1.5e-3),
    jitter_s=st.floats(0.0, 1e-4),
    offset_a=st.floats(-0.1, 0.1),
    factor=st.floats(0.39, 1.0),
)
def test_clocks_lags_and_zero_points_do_not_matter(
    voltage_clock: float,
    current_clock: float,
    lag_s: float,
    jitter_s: float,
    offset_a: float,
    factor: float,
) -> None:
    chain = Chain(voltage_clock, current_clock, lag_s, jitter_s, offset_a=offset_a)
    assert abs(error(waves.inductive(2.0, factor), chain, 3.0)) < 0.01


@pytest.mark.skipif(not waves.recordings(), reason="EVLOCK_RECORDINGS names no recordings")
@pytest.mark.parametrize("path", waves.recordings(), ids=lambda path: path.stem)
def test_recorded_appliances(path: Path) -> None:
    """EVLOCK_RECORDINGS names their folder; below 1 A (5 % of the range) 2 % will do."""
    load = waves.recorded(path)
    assert abs(error(load, Chain(), 10.0)) < (0.005 if load.truth[2] >= 1.0 else 0.02)


def test_a_window_is_of_whole_cycles_and_tells_what_it_saw() -> None:
    load = waves.inductive(2.0, 0.5, hz=49.9)
    _, _, windows = measure(load)
    for before, after in itertools.pairwise(windows):
        assert after.start_s == before.end_s
    for window in windows:
        assert (window.end_s - window.start_s) * 49.9 == pytest.approx(10.0, abs=0.01)
        assert window.frequency_hz == pytest.approx(49.9, abs=0.03)
        assert window.voltage_v == pytest.approx(230.0, rel=0.003)
        assert window.current_a == pytest.approx(2.0, rel=0.005)
        assert window.power_w == pytest.approx(230.0, rel=0.01)
        assert window.apparent_va == pytest.approx(460.0, rel=0.006)
        assert window.power_factor == pytest.approx(0.5, abs=0.006)


@pytest.mark.parametrize(
    ("make", "low"), [(waves.rectifier, 0.015), (waves.dimmer, 0.025), (waves.half_wave, 0.003)]
)
def test_rms_of_distorted_currents_is_a_little_low(make: waves.Maker, low: float) -> None:
    """docs/metering.md tells how much; averaging alone would cost a rectifier's 6 %."""
    load = make(2.0)
    _, _, windows = measure(load, 5.0, Chain())
    amps = [window.current_a for window in windows[-15:]]
    factors = [window.power_factor for window in windows[-15:]]
    assert -low < sum(amps) / 15 / 2.0 - 1.0 < 0.003
    assert sum(factors) / 15 == pytest.approx(load.power_factor, rel=low + 0.003)


def test_twelve_cycles_at_sixty_hertz() -> None:
    _, _, windows = measure(waves.resistive(2.0, hz=60.0))
    assert windows[0].end_s - windows[0].start_s == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize("make", waves.BUILT_IN)
def test_the_other_direction_is_import(make: waves.Maker) -> None:
    forth, _, _ = measure(make(2.0))
    back, _, _ = measure(make(2.0).scaled(-1.0))
    assert (forth.imported_uwh, back.exported_uwh) == (0, 0)
    assert back.imported_uwh == pytest.approx(forth.exported_uwh, abs=2)


@settings(max_examples=10, deadline=None)
@given(every=st.integers(1, 300), count=st.integers(0, 400))
def test_totals_only_grow_wherever_they_are_read(every: int, count: int) -> None:
    """Reading the totals cuts no cycle, and loses none."""
    pairs = list(EXACT.pairs(waves.inductive(2.0), 2.0))
    often, once, seen = meter_for(EXACT), meter_for(EXACT), 0
    for number, (time_s, volts, amps, lag_s) in enumerate(pairs):
        for meter in (often, once):
            if number == count:
                meter.count(True)
            meter.add(time_s, volts, amps, lag_s)
        if number % every == 0:
            assert often.flush() is None
            assert seen <= often.exported_uwh <= often.running_uwh(1) + 1
            seen = often.exported_uwh
    often.count(False)
    once.count(False)
    assert (often.exported_uwh, often.imported_uwh) == (once.exported_uwh, once.imported_uwh)


def test_energy_is_the_windows_and_the_ends() -> None:
    """Counting that begins and ends between crossings counts from and to there."""
    load = waves.resistive(2.0)
    meter, span_s, windows = measure(load, 2.03)
    whole_j = sum(window.power_w * (window.end_s - window.start_s) for window in windows)
    rest_s = span_s - (windows[-1].end_s - windows[0].start_s)
    assert 0.0 < rest_s < 0.25
    booked_j = meter.exported_uwh * J_PER_UWH
    assert booked_j - whole_j == pytest.approx(460.0 * rest_s, abs=460.0 * 0.01)


def test_noise_is_no_energy() -> None:
    load = waves.resistive(2.0).scaled(0.0)
    meter, _, windows = measure(load, 20.0, Chain(offset_a=0.04))
    assert (meter.imported_uwh, meter.exported_uwh) == (0, 0)
    assert max(abs(window.power_w) for window in windows) < 230.0 * 0.01
    assert max(window.current_a for window in windows) < 0.05


def test_nothing_counts_while_counting_is_off() -> None:
    meter, load = meter_for(EXACT), waves.resistive()
    for time_s, volts, amps, lag_s in EXACT.pairs(load, 1.0):
        meter.add(time_s, volts, amps, lag_s)
    assert (meter.exported_uwh, meter.running_uwh(1)) == (0, 0.0)


def test_missing_samples_are_bridged_as_the_cycles_before() -> None:
    """A twentieth of them gone, and a fifth of a second at once."""
    load, chain = waves.inductive(2.0, 0.6), replace(EXACT, lost=0.05, seed=4)
    meter = meter_for(chain)
    meter.count(True)
    for time_s, volts, amps, lag_s in chain.pairs(load, 6.0):
        if not 2.0 < time_s < 2.2:
            meter.add(time_s, volts, amps, lag_s - chain.phase_s)
    meter.count(False)
    assert meter.bridged > 50
    span_s = meter._trace.now.time_s
    assert meter.exported_uwh * J_PER_UWH == pytest.approx(load.truth[0] * span_s, rel=0.01)


@pytest.mark.parametrize("pause_s", [0.004, 0.008, 0.015])
@pytest.mark.parametrize("after_s", [0.01, 0.02, 0.05])
def test_a_pause_right_after_closing_does_not_repeat_the_open_relay(
    pause_s: float, after_s: float
) -> None:
    load, meter, closed_s = waves.resistive(2.0), meter_for(EXACT), 1.003
    for time_s, volts, amps, lag_s in EXACT.pairs(load, 1.5):
        if not meter._settlement.counting and time_s > closed_s - 0.006:
            meter.count(True)
            meter.switched()
        if not 0.0 < time_s - closed_s - after_s < pause_s:
            meter.add(time_s, volts, amps * (time_s > closed_s), lag_s - EXACT.phase_s)
    meter.count(False)
    lost_j = 460.0 * (1.5 - closed_s) - meter.exported_uwh * J_PER_UWH
    assert abs(lost_j) < 460.0 * (pause_s + 0.004)
    assert meter.exported_uwh > 0.97 * 460.0 * (1.5 - closed_s) / J_PER_UWH


@settings(max_examples=20, deadline=None)
@given(pause_s=st.floats(0.501, 1e4), at=st.floats(0.3, 0.6))
def test_a_gap_is_an_error_and_gives_no_energy(pause_s: float, at: float) -> None:
    load, meter, late_s = waves.resistive(2.0), AlternatingMeter(), 0.0
    meter.count(True)
    gone, before = 0, 0
    for time_s, volts, amps, lag_s in EXACT.pairs(load, 1.2):
        if late_s == 0.0 and time_s > at:
            late_s = pause_s
            with pytest.raises(MeteringGap):
                meter.add(time_s + late_s, volts, amps, lag_s)
            before = meter.exported_uwh
            meter.interrupt()
            gone = meter.exported_uwh
            continue
        meter.add(time_s + late_s, volts, amps, lag_s)
    meter.count(False)
    swing_uwh = 300  # u·i swings about its mean within a cycle: 460 W / 2ω
    assert before == gone <= 464.0 * at / J_PER_UWH + swing_uwh  # 1 %: it has just begun
    assert meter.exported_uwh <= 464.0 * 1.2 / J_PER_UWH + 2 * swing_uwh


def test_time_that_stands_still_or_goes_back_is_an_error() -> None:
    for later in (5.0, 4.0, math.nan):
        meter = AlternatingMeter()
        meter.add(5.0, 10.0, 1.0)
        with pytest.raises(MeteringGap):
            meter.add(later, 10.0, 1.0)


def test_a_lost_voltage_is_seen_within_three_cycles_and_gives_no_energy() -> None:
    load, meter = waves.resistive(2.0), AlternatingMeter(noise_floor_a=0.01)
    meter.count(True)
    lost_s, back_s, at_loss, windows = math.inf, math.inf, 0, []
    for time_s, volts, amps, lag_s in Chain().pairs(load, 4.0):
        gone = 1.0 < time_s < 2.5
        window = meter.add(time_s, volts * (not gone), amps * (not gone), lag_s)
        windows += [window] if window else []
        if meter.voltage_lost and time_s < 2.5:
            lost_s, at_loss = min(lost_s, time_s), at_loss or meter.exported_uwh
        elif not meter.voltage_lost and time_s > 2.5:
            back_s = min(back_s, time_s)
        if lost_s + 0.25 < time_s < 2.5:
            assert meter.exported_uwh <= at_loss + 230 * 2 * 0.25 / J_PER_UWH
    assert 1.0 < lost_s < 1.065
    assert 2.5 < back_s < 2.54
    blind = [window for window in windows if window.start_s > 1.3 and window.end_s < 2.5]
    assert len(blind) >= 4
    for window in blind:
        assert window.frequency_hz == 0.0
        assert window.voltage_v == pytest.approx(0.0, abs=1.0)
    assert windows[-1].power_w == pytest.approx(460.0, rel=0.02)
    meter.count(False)
    assert meter.exported_uwh == pytest.approx(460.0 * 2.5 / J_PER_UWH, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(at_s=st.floats(1.0, 1.04), amps=st.floats(3.0, 10.0))
def test_over_current_shows_after_a_cycle(at_s: float, amps: float) -> None:
    load, meter = waves.resistive(1.0), AlternatingMeter()
    for time_s, volts, current_a, lag_s in EXACT.pairs(load, 2.0):
        meter.add(time_s, volts, current_a * (amps if time_s > at_s else 1.0), lag_s)
        if meter.present_a > 0.99 * amps:
            assert 0.0 < time_s - at_s <= 0.026  # a cycle, and the pairs under way
            return
    pytest.fail("never")


def test_what_a_coil_gives_back_is_not_the_other_direction() -> None:
    """The contact opens while a motor's current lags: the rest is owed, not exported."""
    load = waves.inductive(2.0, 0.2).scaled(-1.0)
    for end_s in (1.501, 1.503, 1.505, 1.507, 1.509, 1.511, 1.515):
        meter = meter_for(EXACT)
        meter.count(True)
        for time_s, volts, amps, lag_s in EXACT.pairs(load, end_s):
            meter.add(time_s, volts, amps, lag_s - EXACT.phase_s)
        meter.count(False)
        assert meter.exported_uwh == 0
