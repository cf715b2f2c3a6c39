"""Loads that need no recording: resistive, rectifier, dimmer, motor; `name:watts`."""

import math
import random
from collections.abc import Callable
from typing import Any

from drivers.errors import LoadError
from drivers.virtual.plant.ac.waves import POINTS, Waves, numpy

MAX_W = 20_000.0
MOTOR_LAG_RAD, MOTOR_THIRD, MOTOR_SURGE = math.acos(0.7), 0.04, 2.5
RECTIFIER_OMEGA_RC, RECTIFIER_SOURCE_SHARE = 30.0, 0.04  # 1 µF a watt at 230 V; 2 % of the load
SETTLING_CYCLES, SUBSTEPS = 8, 8
# Harmonics of a decent feeder, far below the limits of EN 50160.
HARMONICS = {3: (0.008, 0.015), 5: (0.01, 0.025), 7: (0.005, 0.01)}


def built_in(load: str, nominal_v: float, rng: random.Random) -> Waves:
    """The waves of `name` or `name:watts`; raises LoadError: no such load, not such a power."""
    name, separator, text = load.partition(":")
    if name not in LOADS:
        known = ", ".join(LOADS)
        raise LoadError(f"load {load[:80]!r}: a file, or one of {known} expected")
    make, default_w, surge = LOADS[name]
    watts = _watts(load, text) if separator else default_w
    volts = mains(nominal_v, rng)
    amps = make(volts, nominal_v)
    amps *= watts / float((volts * amps).mean())
    waves = Waves(f"{name}:{watts:g}", volts, amps, 1, surge)
    return Waves(waves.name, volts, amps * (watts / waves.power_w), 1, surge)


def mains(nominal_v: float, rng: random.Random) -> Any:
    """One cycle of the mains with mild harmonics."""
    np = numpy()
    angle = np.arange(POINTS) * (2.0 * math.pi / POINTS)
    wave = np.sin(angle)
    for order, share in HARMONICS.items():
        wave += rng.uniform(*share) * np.sin(order * (angle + rng.uniform(0.0, 2.0 * math.pi)))
    return scaled(np.roll(wave, -_rising_zero(wave)), nominal_v)


def scaled(wave: Any, rms: float) -> Any:
    """The wave, of which straight lines between its points have that RMS."""
    np = numpy()
    after = np.roll(wave, -1)
    mean = float((wave * wave + wave * after + after * after).mean()) / 3.0
    return wave * (rms / math.sqrt(mean))


def _watts(load: str, text: str) -> float:
    try:
        watts = float(text)
    except ValueError:
        watts = math.nan
    if not 0.0 < watts <= MAX_W:
        raise LoadError(f"load {load[:80]!r}: watts above 0, up to {MAX_W:g} expected")
    return watts


def _rising_zero(wave: Any) -> int:
    np = numpy()
    return int(np.argmax((wave >= 0.0) & (np.roll(wave, 1) < 0.0)))


def _resistive(volts: Any, _nominal_v: float) -> Any:
    return volts.copy()


def _rectifier(volts: Any, nominal_v: float) -> Any:
    """A bridge, a capacitor, and behind it a converter of constant power (1 W: scaled later)."""
    np = numpy()
    ohm = 2.0 * nominal_v**2  # of the load at the peak voltage
    source_ohm, step = RECTIFIER_SOURCE_SHARE * ohm / 2.0, 2.0 * math.pi / (POINTS * SUBSTEPS)
    tank_v, amps = math.sqrt(2.0) * nominal_v * 0.97, np.zeros(POINTS)
    inputs = [abs(float(volt)) for volt in volts]
    for index in range(POINTS * SETTLING_CYCLES):
        at = index % POINTS
        flow_a = 0.0
        for _ in range(SUBSTEPS):
            flow_a = max(inputs[at] - tank_v, 0.0) / source_ohm
            tank_v += step * ohm / RECTIFIER_OMEGA_RC * (flow_a - 1.0 / tank_v)
        amps[at] = flow_a
    return amps * np.sign(volts)


def _dimmer(volts: Any, _nominal_v: float) -> Any:
    """A lamp behind a triac that fires in the middle of each half wave."""
    np = numpy()
    fired = np.arange(POINTS) % (POINTS // 2) >= POINTS // 4
    return volts * fired


def _motor(volts: Any, _nominal_v: float) -> Any:
    np = numpy()
    angle = np.arange(len(volts)) * (2.0 * math.pi / len(volts)) - MOTOR_LAG_RAD
    return np.sin(angle) + MOTOR_THIRD * np.sin(3.0 * angle)


Maker = Callable[[Any, float], Any]
LOADS: dict[str, tuple[Maker, float, float]] = {  # current's shape, default watts, surge
    "resistive": (_resistive, 1000.0, 0.0),
    "rectifier": (_rectifier, 300.0, 0.0),
    "dimmer": (_dimmer, 500.0, 0.0),
    "motor": (_motor, 500.0, MOTOR_SURGE),
}
