"""Calibration and self-check on alternating current, on samples as converters would give them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.domain.calibration import Calibration
from firmware.domain.selfcheck import (
    AlternatingEvidence,
    AlternatingMeasured,
    judge_alternating,
)
from firmware.domain.statistics import Series
from firmware.domain.waveform import Waveform, analyse
from firmware.errors import CheckFailed
from tests.firmware import waves
from tests.firmware.waves import Chain, Load

LEVEL_V, OHM = 16.0, 115.0


def seen(load: Load, chain: Chain, seconds: float = 1.0, zero_a: float = 0.0) -> Waveform:
    return analyse(list(chain.pairs(load, seconds, 50.0)), 50, LEVEL_V, zero_a)


@settings(max_examples=25, deadline=None)
@given(
    volts=st.floats(180, 260),
    hz=st.floats(49.0, 51.0),
    offset_v=st.floats(-20, 20),
    offset_a=st.floats(-0.4, 0.4),
    delay=st.floats(-0.1, 0.1),
    lost=st.floats(0.0, 0.2),
)
def test_the_waveform_whatever_is_missing(
    volts: float, hz: float, offset_v: float, offset_a: float, delay: float, lost: float
) -> None:
    load = waves.made("late", lambda a: 2.0 * math.sqrt(2) * np.sin(a - delay), hz, volts)
    chain = Chain(0.0, 0.0, offset_v=offset_v, offset_a=offset_a, lost=lost, noise_a=0.0)
    found = seen(load, chain, zero_a=offset_a)
    assert found.frequency_hz == pytest.approx(hz, abs=0.02)
    assert found.voltage_rms_v == pytest.approx(volts, rel=0.002)
    assert found.current_rms_a == pytest.approx(2.0, rel=0.002)
    assert found.voltage_mean_v == pytest.approx(offset_v, abs=0.5)
    assert found.current_mean_a == pytest.approx(offset_a, abs=0.005)
    assert found.phase_s == pytest.approx(delay / (math.tau * hz), abs=4e-6)


def test_no_voltage_is_no_waveform() -> None:
    dead = waves.resistive(0.0, volts=0.001)
    for seconds in (1.0, 0.09, 0.0):
        with pytest.raises(CheckFailed) as refused:
            seen(dead if seconds == 1.0 else waves.resistive(), Chain(), seconds)
        assert refused.value.code == "NO-VOLTAGE"


def calibrated(chain: Chain, load: Load, gains: tuple[float, float] = (1.02, 0.97)) -> Calibration:
    """As the technician does it: relay open, then the reference load beside an instrument."""
    idle = load.scaled(0.0)
    zero = Series()
    for _, _, amps, _ in chain.pairs(idle, 1.0):
        zero.add(amps)
    start = Calibration().with_zero(zero.mean, zero.deviation, seen(idle, chain).voltage_mean_v)
    found = seen(load, chain, 2.0, start.current_offset_a)
    _, volts, amps = load.truth
    return start.with_alternating_load(found, amps * gains[0], volts * gains[1])


def test_calibration_finds_offsets_gains_and_phase() -> None:
    chain = Chain(0.08, -0.06, offset_a=0.3, offset_v=-6.0)
    found = calibrated(chain, waves.resistive(2.0))
    assert found.calibrated
    assert found.current_gain == pytest.approx(1.02, rel=0.001)
    assert found.voltage_gain == pytest.approx(0.97, rel=0.001)
    assert found.current_offset_a == pytest.approx(0.3, abs=0.003)
    assert found.voltage_offset_v == pytest.approx(-6.0, abs=0.1)
    assert found.phase_s == pytest.approx(chain.phase_s, abs=3e-6)
    assert found.voltage_v(-6.0) == pytest.approx(0.0, abs=0.1)
    assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_sensor_turned_round_or_a_load_that_is_no_resistor_is_refused() -> None:
    for load, words in (
        (waves.resistive(2.0).scaled(-1.0), "turned round"),
        (waves.inductive(2.0, 0.8), "resistor"),
    ):
        with pytest.raises(CheckFailed, match=words) as refused:
            calibrated(Chain(), load)
        assert refused.value.code == "CALIBRATION-PHASE"


def test_a_bias_far_from_the_boards_is_refused() -> None:
    with pytest.raises(CheckFailed, match="bias_v"):
        calibrated(Chain(offset_v=60.0), waves.resistive(2.0))


def test_a_calibration_of_the_first_release_is_still_read() -> None:
    old = {
        "current_offset_a": 0.1,
        "current_gain": 1.01,
        "voltage_gain": 0.99,
        "noise_a": 0.017,
        "calibrated": True,
    }
    found = Calibration.from_json(old)
    assert (found.voltage_offset_v, found.phase_s) == (0.0, 0.0)
    assert (found.current_gain, found.calibrated) == (1.01, True)
    for wrong in ({**old, "colour": 1.0}, {"noise_a": 0.1}):
        with pytest.raises(CheckFailed):
            Calibration.from_json(wrong)


GOOD, SAME_CLOCKS = waves.resistive(2.0), Chain(0.0, 0.0)


def judged(
    load: Load, chain: Chain = SAME_CLOCKS, after: Load | None = None
) -> AlternatingEvidence:
    zero, rest = Series(), Series()
    for series, shown in ((zero, load.scaled(0.0)), (rest, after or load.scaled(0.0))):
        for _, _, amps, _ in chain.pairs(shown, 0.4):
            series.add(amps)
    found = seen(load, chain, 0.4)
    return judge_alternating(AlternatingMeasured(zero, found, rest, 600), OHM, 0.02, 230.0, 50.0)


def test_a_sound_meter_passes_and_says_what_it_measured() -> None:
    found = judged(GOOD)
    assert found.verdict == "passed"
    assert found.load_mv == pytest.approx(230_000, rel=0.003)
    assert found.load_ua == pytest.approx(2_000_000, rel=0.005)
    assert found.expected_ua == pytest.approx(2_000_000, rel=0.003)
    assert abs(found.phase_ns) < 20_000
    assert found.frequency_mhz == pytest.approx(50_000, abs=50)
    assert {"zero_ua", "noise_ua", "return_ua", "samples"} < set(found.to_json())
    assert all(type(value) in (int, str) for value in found.to_json().values())


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (GOOD.scaled(0.9), "through the reference load"),
        (GOOD.scaled(0.0), "through the reference load"),
        (waves.inductive(2.0, 0.99), "of a resistor"),
        (waves.resistive(1.45, volts=167.0), "at the terminal"),
        (waves.resistive(2.0, hz=51.3), "Hz"),
    ],
)
def test_what_is_wrong_is_named(load: Load, words: str) -> None:
    assert words in judged(load).verdict


def test_a_load_that_stays_on_is_named() -> None:
    assert "relay stuck" in judged(GOOD, after=GOOD.scaled(0.05)).verdict


def test_current_through_an_open_relay_is_named() -> None:
    noisy = replace(SAME_CLOCKS, noise_a=0.2)
    assert "noise" in judged(GOOD, noisy).verdict
    assert "relay open" in judged(GOOD, replace(SAME_CLOCKS, offset_a=0.1)).verdict
