"""Self-check before a trade (seed 001: sell certain amps to yourself first).

Relay open: the sensor must read zero, with the noise of a living sensor. Reference load on: the
current must be the measured voltage over the load's resistance. Load off: zero again, or the
relay of the load is stuck. With alternating current these are RMS values, the load's current must
be in phase with the voltage, and voltage and frequency must be about the board's nominal ones.
"""

import math
from dataclasses import asdict, dataclass

from firmware.domain.statistics import Series
from firmware.domain.waveform import Waveform

ZERO_LIMIT_A = 0.05
ZERO_RETURN_LIMIT_A = 0.03
NOISE_LIMIT_A = 0.15
FROZEN_SHARE = 0.5  # of neighbouring samples that may be equal in a living series
LOAD_MARGIN = 0.02  # for the meter itself, beside the load's own tolerance
PHASE_LIMIT_S = 150e-6  # 2.7 degrees at 50 Hz; a busy machine alone makes 100 µs
FREQUENCY_LIMIT_HZ = 1.0
VOLTAGE_LIMIT = 0.25  # of the nominal voltage


@dataclass(frozen=True)
class Evidence:
    """What the check measured: integers, because their hash is signed in Ready."""

    zero_ua: int
    noise_ua: int
    load_ua: int
    expected_ua: int
    load_mv: int
    return_ua: int
    samples: int
    verdict: str

    def to_json(self) -> dict[str, int | str]:
        return asdict(self)


@dataclass(frozen=True)
class AlternatingEvidence(Evidence):
    """Amperes and volts are RMS, but `zero_ua`, a mean."""

    phase_ns: int
    frequency_mhz: int  # thousandths of a hertz


@dataclass(frozen=True)
class Measured:
    """Three stretches of calibrated samples: before, with, and after the reference load."""

    zero_a: Series
    load_a: Series
    load_v: Series
    after_a: Series


def judge(measured: Measured, load_ohm: float | None, tolerance: float) -> Evidence:
    """The evidence with its verdict: `passed`, or the first reason why not."""
    expected_a = measured.load_v.mean / load_ohm if load_ohm else 0.0
    reasons = [*_zero_reasons(measured.zero_a)]
    if load_ohm:
        reasons += _load_reasons(measured, expected_a, tolerance)
    return Evidence(
        zero_ua=round(measured.zero_a.mean * 1e6),
        noise_ua=round(measured.zero_a.deviation * 1e6),
        load_ua=round(measured.load_a.mean * 1e6),
        expected_ua=round(expected_a * 1e6),
        load_mv=round(measured.load_v.mean * 1e3),
        return_ua=round(measured.after_a.mean * 1e6),
        samples=measured.zero_a.count + measured.load_a.count + measured.after_a.count,
        verdict=reasons[0] if reasons else "passed",
    )


@dataclass(frozen=True)
class AlternatingMeasured:
    """Calibrated: before, with (its phase the calibration's), and after the reference load."""

    zero_a: Series
    load: Waveform
    after_a: Series
    samples: int


def judge_alternating(
    measured: AlternatingMeasured,
    load_ohm: float,
    tolerance: float,
    nominal_v: float,
    nominal_hz: float,
) -> AlternatingEvidence:
    """The evidence with its verdict: `passed`, or the first reason why not."""
    zero, load = measured.zero_a, measured.load
    noise_a, expected_a = zero.deviation, load.voltage_rms_v / load_ohm
    found_a = _beside(load.current_rms_a, noise_a)
    after_a = _beside(measured.after_a.deviation, noise_a)
    reasons = [
        *_mains_reasons(load, nominal_v, nominal_hz),
        *_zero_reasons(zero),
        *_current_reasons(found_a, expected_a, tolerance + LOAD_MARGIN, after_a),
    ]
    if abs(load.phase_s) > PHASE_LIMIT_S:
        reasons.append(
            f"current {load.phase_s * 1e6:+.0f} µs after the voltage, at most "
            f"±{PHASE_LIMIT_S * 1e6:.0f} µs expected of a resistor: calibrate again"
        )
    return AlternatingEvidence(
        zero_ua=round(zero.mean * 1e6),
        noise_ua=round(noise_a * 1e6),
        load_ua=round(found_a * 1e6),
        expected_ua=round(expected_a * 1e6),
        load_mv=round(load.voltage_rms_v * 1e3),
        return_ua=round(after_a * 1e6),
        samples=measured.samples,
        verdict=reasons[0] if reasons else "passed",
        phase_ns=round(load.phase_s * 1e9),
        frequency_mhz=round(load.frequency_hz * 1e3),
    )


def _beside(rms: float, noise: float) -> float:
    """RMS of what is not noise."""
    return math.sqrt(max(0.0, rms**2 - noise**2))


def _mains_reasons(load: Waveform, nominal_v: float, nominal_hz: float) -> list[str]:
    reasons = []
    if abs(load.voltage_rms_v - nominal_v) > VOLTAGE_LIMIT * nominal_v:
        expected = f"{nominal_v:g} V ± {VOLTAGE_LIMIT:.0%} expected"
        reasons.append(f"{load.voltage_rms_v:.1f} V at the terminal, {expected}")
    if abs(load.frequency_hz - nominal_hz) > FREQUENCY_LIMIT_HZ:
        expected = f"{nominal_hz:g} Hz ± {FREQUENCY_LIMIT_HZ:g} Hz expected"
        reasons.append(f"{load.frequency_hz:.2f} Hz, {expected}")
    return reasons


def _zero_reasons(zero: Series) -> list[str]:
    reasons = []
    if zero.count < 16:
        reasons.append(f"only {zero.count} samples with the relay open")
    if zero.count and zero.repeats > FROZEN_SHARE * zero.count:
        reasons.append("samples are frozen: the sensor or its converter does not measure")
    if zero.deviation > NOISE_LIMIT_A:
        reasons.append(f"noise {zero.deviation:.3f} A, at most {NOISE_LIMIT_A} A expected")
    if abs(zero.mean) > ZERO_LIMIT_A:
        reasons.append(f"{zero.mean:+.3f} A with the relay open, 0 A expected")
    return reasons


def _load_reasons(measured: Measured, expected_a: float, tolerance: float) -> list[str]:
    after_a = measured.after_a.mean - measured.zero_a.mean
    return _current_reasons(measured.load_a.mean, expected_a, tolerance + LOAD_MARGIN, after_a)


def _current_reasons(
    found_a: float, expected_a: float, allowed: float, after_a: float
) -> list[str]:
    reasons = []
    if abs(found_a - expected_a) > allowed * expected_a:
        reasons.append(
            f"{found_a:.3f} A through the reference load, {expected_a:.3f} A ± "
            f"{allowed * 100:.0f} % expected"
        )
    if abs(after_a) > ZERO_RETURN_LIMIT_A:
        reasons.append(f"{after_a:+.3f} A after the reference load, zero expected: relay stuck?")
    return reasons
