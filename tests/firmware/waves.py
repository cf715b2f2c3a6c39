"""Alternating voltage and current as two ADS1115 would see them; no chip, no process, no clock.

A conversion is the mean of the wave over the conversion's own time, taken from the wave's integral.
"""

import math
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RATE = 860.0
STEP_V = 6.144 / 0x8000
VOLTS_A_PIN, AMPS_A_PIN = 1 / 0.005, 1 / 0.100  # transformer module; ACS712, 20 A
NOISE_A = 0.011 / 6.0 * AMPS_A_PIN  # 11 mV peak to peak (Allegro ACS712, "x20A")
SETTLE_S = 25e-6  # SBAS444, "Single-Shot Mode": waking takes about 25 µs


@dataclass(frozen=True)
class Wave:
    """One span of samples, repeated for ever, straight between samples; spans whole cycles."""

    values: Floats
    span_s: float

    @cached_property
    def _integral(self) -> Floats:
        steps = 0.5 * (self.values + np.roll(self.values, -1)) * self._step_s
        return np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def _step_s(self) -> float:
        return self.span_s / len(self.values)

    def integral(self, time_s: float) -> float:
        """From 0 to a time."""
        spans, rest_s = divmod(time_s, self.span_s)
        place = rest_s / self._step_s
        index = min(int(place), len(self.values) - 1)
        first, second = self.values[index], self.values[(index + 1) % len(self.values)]
        part = place - index
        inside = (first + 0.5 * part * (second - first)) * part * self._step_s
        return float(spans * self._integral[-1] + self._integral[index] + inside)

    def mean(self, begin_s: float, end_s: float) -> float:
        return (self.integral(end_s) - self.integral(begin_s)) / (end_s - begin_s)


@dataclass(frozen=True)
class Load:
    """Voltage and current of one appliance, and the truth about them."""

    name: str
    voltage: Wave
    current: Wave
    hz: float

    @cached_property
    def truth(self) -> tuple[float, float, float]:
        """Real power, RMS voltage, RMS current of the straight-line waves, exactly."""
        u, i = self.voltage.values, self.current.values
        return _product(u, i), math.sqrt(_product(u, u)), math.sqrt(_product(i, i))

    @property
    def power_factor(self) -> float:
        power, volts, amps = self.truth
        return abs(power) / volts / amps

    def scaled(self, current: float) -> "Load":
        """With another current, negative for the other direction."""
        return replace(self, current=Wave(self.current.values * current, self.current.span_s))


def _product(u: Floats, i: Floats) -> float:
    """Mean of u·i where both are straight between samples."""
    v, j = np.roll(u, -1), np.roll(i, -1)
    return float(np.mean((2 * u * i + u * j + v * i + 2 * v * j) / 6))


def made(
    name: str,
    current: Callable[[Floats], Floats],
    hz: float = 50.0,
    volts: float = 230.0,
    distortion: float = 0.0,
) -> Load:
    """A load from its current over the angle of the voltage; `distortion` is a flat top's."""
    angle = np.arange(2000) * math.tau / 2000
    voltage = np.sin(angle) + distortion * np.sin(3 * angle) - 0.5 * distortion * np.sin(5 * angle)
    voltage *= volts / math.sqrt(float(np.mean(voltage**2)))
    return Load(name, Wave(voltage, 1 / hz), Wave(current(angle), 1 / hz), hz)


def resistive(amps: float = 2.0, **more: float) -> Load:
    return made("resistive", lambda a: amps * math.sqrt(2) * np.sin(a), **more)


def inductive(amps: float = 2.0, factor: float = 0.4, **more: float) -> Load:
    lag = math.acos(factor)
    return made("inductive", lambda a: amps * math.sqrt(2) * np.sin(a - lag), **more)


def rectifier(amps: float = 2.0, **more: float) -> Load:
    """Rectifier and capacitor: a pulse before each peak."""

    def pulse(angle: Floats) -> Floats:
        inside = np.abs((angle % math.pi) - 1.35) < 0.42
        shape = np.where(inside, np.cos(((angle % math.pi) - 1.35) / 0.42 * math.pi / 2), 0.0)
        wave: Floats = np.sign(np.sin(angle)) * shape
        return wave * amps / math.sqrt(float(np.mean(wave**2)))

    return made("rectifier", pulse, **more)


def dimmer(amps: float = 2.0, **more: float) -> Load:
    """A phase cut at 90 degrees."""

    def cut(angle: Floats) -> Floats:
        wave: Floats = np.where(angle % math.pi < math.pi / 2, 0.0, np.sin(angle))
        return wave * amps / math.sqrt(float(np.mean(wave**2)))

    return made("dimmer", cut, **more)


def half_wave(amps: float = 2.0, **more: float) -> Load:
    """A diode: a current with a direct part."""

    def half(angle: Floats) -> Floats:
        wave: Floats = np.maximum(np.sin(angle), 0.0)
        return wave * amps / math.sqrt(float(np.mean(wave**2)))

    return made("half wave", half, **more)


Maker = Callable[..., Load]
BUILT_IN: tuple[Maker, ...] = (resistive, inductive, rectifier, dimmer, half_wave)


def recordings() -> list[Path]:
    """The folder of EVLOCK_RECORDINGS: appliances at 50 Hz, NumPy archives of counts."""
    folder = os.environ.get("EVLOCK_RECORDINGS")
    return sorted(Path(folder).glob("*.npz")) if folder else []


def recorded(path: Path, volts: float = 230.0) -> Load:
    """One recording, cut to whole cycles; its voltage is of known shape only, and scaled."""
    with np.load(path) as data:
        rate = float(data["sample_rate_hz"])
        voltage = data["voltage_counts"].astype(float)
        current = data["current_counts"] / float(data["current_counts_per_a"])
    rising = np.flatnonzero((voltage[:-1] < 0) & (voltage[1:] >= 0))
    rising = rising[np.diff(rising, prepend=-rate) > rate / 100]
    cut = slice(rising[0] + 1, rising[-1] + 1)
    voltage, current = voltage[cut] - np.mean(voltage[cut]), current[cut]
    voltage *= volts / math.sqrt(float(np.mean(voltage**2)))
    span_s = len(voltage) / rate
    hz = (len(rising) - 1) / span_s
    return Load(path.stem, Wave(voltage, span_s), Wave(current, span_s), hz)


@dataclass(frozen=True)
class Chain:
    """Two converters, one bus and one busy machine; the stamps assume nominal clocks."""

    voltage_clock: float = 0.07
    current_clock: float = -0.05
    lag_s: float = 3e-4  # between the two beginnings
    jitter_s: float = 6e-5
    lost: float = 0.0  # share of pairs that are thrown away
    noise_a: float = NOISE_A
    noise_v: float = 0.2
    offset_a: float = 0.0
    offset_v: float = 0.0
    period_s: float = 0.2 / 109
    quantised: bool = True
    nominal_hz: float = 50.0
    seed: int = 1

    @property
    def phase_s(self) -> float:
        """What calibration finds: how much later than stamped the current is, beside the voltage.

        The current that is stamped t is that of t − phase, when the clock makes it shorter.
        """
        return 0.5 / RATE * (1 / (1 + self.voltage_clock) - 1 / (1 + self.current_clock))

    def pairs(
        self, load: Load, seconds: float, start_s: float = 0.0
    ) -> Iterator[tuple[float, float, float, float]]:
        """(time, volts, amperes, lag), corrected for the conversion's own averaging."""
        rng, droop = random.Random(self.seed), float(np.sinc(self.nominal_hz / RATE))
        volt_s, amp_s = (1 / (RATE * (1 + c)) for c in (self.voltage_clock, self.current_clock))
        for n in range(int(seconds / self.period_s)):
            begin_s = start_s + n * self.period_s + abs(rng.gauss(0.0, self.jitter_s))
            lag_s = self.lag_s + abs(rng.gauss(0.0, 0.5 * self.jitter_s))
            woken_s = begin_s + SETTLE_S
            volts = load.voltage.mean(woken_s, woken_s + volt_s) + self.offset_v
            amps = load.current.mean(woken_s + lag_s, woken_s + lag_s + amp_s) + self.offset_a
            if rng.random() < self.lost:
                continue
            volts = self._read(volts + rng.gauss(0.0, self.noise_v), VOLTS_A_PIN)
            amps = self._read(amps + rng.gauss(0.0, self.noise_a), AMPS_A_PIN)
            yield woken_s + lag_s + 0.5 / RATE, volts / droop, amps / droop, lag_s

    def _read(self, value: float, scale: float) -> float:
        return round(value / scale / STEP_V) * STEP_V * scale if self.quantised else value
