"""What a stretch of samples says of an alternating voltage and its current, for checks.

The sinusoids are fitted as by IEEE Std 1057, "three-parameter (known frequency) sine fit": least
squares of a constant, a cosine and a sine, whatever the samples' times.
"""

import cmath
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.domain.sinusoid import Crossings, Point
from firmware.errors import CheckFailed

CYCLES_MIN = 5
Sample = tuple[float, float, float, float]  # current's time, volts, amperes, lag of the voltage


@dataclass(frozen=True)
class Waveform:
    """Means are of whole cycles; RMS values are about a zero: the voltage's mean, a given one."""

    frequency_hz: float
    voltage_mean_v: float
    voltage_rms_v: float
    current_mean_a: float
    current_rms_a: float
    phase_s: float  # delay of the current's fundamental after the voltage's


def analyse(
    samples: Sequence[Sample], nominal_hz: int, level_v: float, zero_a: float = 0.0
) -> Waveform:
    """The waveform of at least five cycles; raises CheckFailed NO-VOLTAGE without them.

    `level_v`: what does not swing as far is no voltage. `zero_a` is what stands for no current.
    """
    begin_s = samples[0][0] if samples else 0.0
    volts = [(time_s - lag_s - begin_s, voltage) for time_s, voltage, _, lag_s in samples]
    amps = [(time_s - begin_s, current) for time_s, _, current, _ in samples]
    mean_v = sum(value for _, value in volts) / len(volts) if volts else 0.0
    crossings = _crossings(volts, mean_v, nominal_hz, level_v)
    # Where samples are missing a crossing is too: of a longer pause the nominal frequency counts.
    cycles = sum(round((b - a) * nominal_hz) for a, b in itertools.pairwise(crossings))
    if cycles < CYCLES_MIN:
        raise CheckFailed(
            f"no voltage: {max(cycles, 0)} cycles seen, at least {CYCLES_MIN} expected",
            "NO-VOLTAGE",
        )
    first_s, last_s = crossings[0], crossings[-1]
    hz = cycles / (last_s - first_s)
    volts = [at for at in volts if first_s <= at[0] < last_s]
    amps = [at for at in amps if first_s <= at[0] < last_s]
    mean_v, voltage = sine_fit(volts, hz)
    mean_a, current = sine_fit(amps, hz)
    phase_s = cmath.phase(voltage * current.conjugate()) / (math.tau * hz)
    volts_rms = math.sqrt(_square(volts, hz, mean_v, voltage))
    amps_rms = math.sqrt(_square(amps, hz, mean_a, current) + (mean_a - zero_a) ** 2)
    return Waveform(hz, mean_v, volts_rms, mean_a, amps_rms, phase_s)


def sine_fit(points: Sequence[tuple[float, float]], hz: float) -> tuple[float, complex]:
    """(mean, phasor) of value = mean + Re(phasor · e^jωt), by least squares."""
    omega, sums = math.tau * hz, [[0.0] * 4 for _ in range(3)]
    for time_s, value in points:
        row = (1.0, math.cos(omega * time_s), math.sin(omega * time_s), value)
        for line, factor in zip(sums, row[:3], strict=True):
            for column, other in enumerate(row):
                line[column] += factor * other
    mean, cosine, sine = _solved(sums)
    return mean, complex(cosine, -sine)


def _solved(lines: list[list[float]]) -> list[float]:
    """Gauss and Jordan; the matrix of a fit over whole cycles is far from singular."""
    for pivot, line in enumerate(lines):
        line[:] = [value / line[pivot] for value in line]
        for other in lines:
            if other is not line:
                factor = other[pivot]
                other[:] = [a - factor * b for a, b in zip(other, line, strict=True)]
    return [line[3] for line in lines]


def _crossings(
    volts: Sequence[tuple[float, float]], mean_v: float, hz: float, level_v: float
) -> list[float]:
    points = [Point(time_s, value - mean_v, 0.0) for time_s, value in volts]
    crossings = Crossings(level_v)
    found = []
    for then, now in itertools.pairwise(points):
        if now.time_s - then.time_s > 0.25 / hz:
            crossings.forget()
        elif (time_s := crossings.add(then, now, hz)) is not None:
            found.append(time_s)
    return found


def _square(points: Sequence[tuple[float, float]], hz: float, mean: float, sine: complex) -> float:
    """Mean square about the mean: the sinusoid's, and that of what is left beside it.

    Not the samples' own: where some are missing, it would depend on which.
    """
    omega = math.tau * hz
    left = (
        value - mean - (sine * cmath.rect(1.0, omega * time_s)).real for time_s, value in points
    )
    return 0.5 * abs(sine) ** 2 + sum(value * value for value in left) / len(points)
