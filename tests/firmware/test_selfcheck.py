"""The self-check's verdict on sensors that are sound, dead, shunted or loose."""

import math
import random

from firmware.domain.selfcheck import Measured, judge
from firmware.domain.statistics import Series


def series(mean: float, noise: float = 0.017, count: int = 344) -> Series:
    source, found = random.Random(7), Series()
    for _ in range(count):
        found.add(mean + source.gauss(0.0, noise) if noise else mean)
    return found


def verdict(zero: Series, load: Series, after: Series, volts: float = 12.5) -> str:
    measured = Measured(zero, load, series(volts, 0.002), after)
    return judge(measured, load_ohm=10.0, tolerance=0.02).verdict


def test_a_sound_meter_passes() -> None:
    assert verdict(series(0.0), series(1.25), series(0.0)) == "passed"
    assert verdict(series(0.0), series(1.25 * 1.03), series(0.0)) == "passed"


def test_each_fault_is_named_in_plain_words() -> None:
    sound = series(0.0)
    assert "reference load" in verdict(sound, series(1.25 * 0.8), sound)  # sensor shunted
    assert "reference load" in verdict(sound, series(0.0), sound)  # removed
    assert "frozen" in verdict(series(0.0, noise=0.0), series(1.25), sound)
    assert "relay open" in verdict(series(0.2), series(1.25), sound)  # offset
    assert "noise" in verdict(series(0.0, noise=0.5), series(1.25), sound)  # floating
    assert "relay stuck" in verdict(sound, series(1.25), series(1.25))
    assert "samples" in verdict(series(0.0, count=3), series(1.25), sound)


def test_evidence_is_whole_numbers_because_its_hash_is_signed() -> None:
    measured = Measured(series(0.0), series(1.25), series(12.5, 0.002), series(0.0))
    evidence = judge(measured, 10.0, 0.02).to_json()
    assert evidence["expected_ua"] == round(measured.load_v.mean / 10.0 * 1e6)
    assert all(isinstance(v, int) for k, v in evidence.items() if k != "verdict")


def test_a_board_without_a_reference_load_checks_zero_and_noise_only() -> None:
    measured = Measured(series(0.0), Series(), Series(), series(0.0))
    evidence = judge(measured, None, 0.02)
    assert (evidence.verdict, evidence.expected_ua) == ("passed", 0)
    assert not math.isnan(evidence.load_ua)
