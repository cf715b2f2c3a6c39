"""Self-check before a trade (seed 001: sell certain amps to yourself first).

Relay open: the sensor must read zero, with the noise of a living sensor. Reference load on: the
current must be the measured voltage over the load's resistance. Load off: zero again, or the
relay of the load is stuck.
"""

from dataclasses import asdict, dataclass

from firmware.domain.statistics import Series

ZERO_LIMIT_A = 0.05
ZERO_RETURN_LIMIT_A = 0.03
NOISE_LIMIT_A = 0.15
FROZEN_SHARE = 0.5  # of neighbouring samples that may be equal in a living series
LOAD_MARGIN = 0.02  # for the meter itself, beside the load's own tolerance


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
    reasons = []
    allowed = tolerance + LOAD_MARGIN
    found = measured.load_a.mean
    if abs(found - expected_a) > allowed * expected_a:
        reasons.append(
            f"{found:.3f} A through the reference load, {expected_a:.3f} A ± "
            f"{allowed * 100:.0f} % expected"
        )
    if abs(measured.after_a.mean - measured.zero_a.mean) > ZERO_RETURN_LIMIT_A:
        reasons.append(
            f"{measured.after_a.mean:+.3f} A after the reference load, zero expected: relay stuck?"
        )
    return reasons
