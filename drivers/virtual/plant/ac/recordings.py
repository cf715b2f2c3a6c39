"""Recorded appliances as loads: the current as it was, the voltage for its shape and phase.

The record is cut to whole cycles between rising zeros of the voltage's fundamental, its direct
component is taken out, and it is sampled anew so finely that straight lines between the points
keep power and RMS (band-limited interpolation by the discrete Fourier transform).
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

from drivers.errors import LoadError
from drivers.virtual.plant.ac.files import READERS
from drivers.virtual.plant.ac.loads import scaled
from drivers.virtual.plant.ac.waves import POINTS, Waves, numpy

MAINS_HZ = (40.0, 70.0)
CYCLES = range(3, 501)  # of longer records the first 500 cycles are used
RATES_HZ = (700.0, 100_000.0)


class Record(NamedTuple):
    """Samples at a steady rate; volts in any unit, amperes in amperes."""

    volts: Any
    amps: Any
    rate_hz: float


def recorded(path: Path, scale: float | None, nominal_v: float) -> Waves:
    """The waves of a file; raises LoadError: what, where, what was expected."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise LoadError(f"{path}: {' or '.join(READERS)} expected")
    record = Record(*reader(path, scale))
    _check(path, record)
    used = int(record.rate_hz * (CYCLES[-1] + 4) / MAINS_HZ[0])
    record = Record(record.volts[:used], record.amps[:used], record.rate_hz)
    fundamental_hz = _fundamental_hz(path, record)
    zeros = _rising_zeros(record, fundamental_hz)
    cycles = min(len(zeros) - 1, CYCLES[-1])
    if cycles < CYCLES[0]:
        raise LoadError(f"{path}: {max(cycles, 0)} whole cycles, at least {CYCLES[0]} expected")
    return _cut(path, record, zeros[0], zeros[cycles], cycles, nominal_v)


def _check(path: Path, record: Record) -> None:
    np = numpy()
    if record.volts.ndim != 1 or record.volts.shape != record.amps.shape:
        shapes = f"{record.volts.shape} and {record.amps.shape}"
        raise LoadError(f"{path}: voltage and current of shapes {shapes}, two equal rows expected")
    if not (np.isfinite(record.volts).all() and np.isfinite(record.amps).all()):
        raise LoadError(f"{path}: a sample is not finite; numbers expected")
    if len(record.volts) == 0 or not np.ptp(record.volts) or not np.ptp(record.amps):
        raise LoadError(f"{path}: voltage or current stands still; alternating ones expected")
    rate = record.rate_hz
    if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
        allowed = f"{RATES_HZ[0]:g} to {RATES_HZ[1]:g}"
        raise LoadError(f"{path}: {rate:g} samples per second, {allowed} expected")


def _fundamental_hz(path: Path, record: Record) -> float:
    np = numpy()
    spectrum = np.abs(np.fft.rfft(record.volts - record.volts.mean()))
    found = float(np.argmax(spectrum)) * record.rate_hz / len(record.volts)
    if not MAINS_HZ[0] <= found <= MAINS_HZ[1]:
        allowed = f"{MAINS_HZ[0]:g} to {MAINS_HZ[1]:g} Hz"
        raise LoadError(f"{path}: voltage of {found:.1f} Hz, mains of {allowed} expected")
    return found


def _rising_zeros(record: Record, fundamental_hz: float) -> Any:
    """Positions in samples; without the first and the last, near the filter's ends."""
    np = numpy()
    count = len(record.volts)
    spectrum = np.fft.rfft(record.volts - record.volts.mean())
    spectrum[np.fft.rfftfreq(count, 1.0 / record.rate_hz) > 1.5 * fundamental_hz] = 0.0
    smooth = np.fft.irfft(spectrum, count)
    before = np.flatnonzero((smooth[:-1] < 0.0) & (smooth[1:] >= 0.0))
    return (before + smooth[before] / (smooth[before] - smooth[before + 1]))[1:-1]


def _cut(
    path: Path, record: Record, begin: float, end: float, cycles: int, nominal_v: float
) -> Waves:
    """Both waves between two zeros at `POINTS` points a cycle or a whole multiple of the rate."""
    np = numpy()
    finer = max(round(POINTS / ((end - begin) / cycles)), 1)
    count = round((end - begin) * finer)
    places = (begin + np.arange(count) * ((end - begin) / count)) * finer
    waves = []
    for samples in (record.volts, record.amps):
        fine = np.fft.irfft(np.fft.rfft(samples), len(samples) * finer) * finer
        wave = np.interp(places, np.arange(len(fine)), fine)
        waves.append(wave - wave.mean())
    volts, amps = scaled(waves[0], nominal_v), waves[1]
    name = path.stem[:80]
    made = Waves(name, volts, amps, cycles)
    if math.isclose(made.amps_rms, 0.0, abs_tol=1e-6):
        raise LoadError(f"{path}: no current; an appliance that is on expected")
    # A clamp put on the other way round: a load takes energy.
    return made if made.power_w > 0.0 else Waves(name, volts, -amps, cycles)
