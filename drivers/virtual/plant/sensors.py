"""The analog ends of the two measuring chains: Hall sensor and divider, with their errors."""

import random
from dataclasses import dataclass, field

from drivers.virtual.plant.parameters import choice, parameter

# Allegro ACS712, "x05B/x20A/x30A Performance Characteristics" (2 kHz, 47 nF)
SENSITIVITY_V_PER_A = {5: 0.185, 20: 0.100, 30: 0.066}
NOISE_PEAK_TO_PEAK_V = {5: 0.021, 20: 0.011, 30: 0.007}
SIGMAS = 6.0  # peak to peak
RATED_SUPPLY_V = 5.0


@dataclass(slots=True, kw_only=True)
class Drift:
    """The zero wanders with temperature: straight pieces of random slope, never far."""

    limit_v: float = parameter(0.0, 0.1)
    slope_v_per_s: float = parameter(0.0, 0.01)
    rng: random.Random = field(repr=False)
    start_s: float = 0.0
    knots: list[float] = field(default_factory=lambda: [0.0])
    piece_s: float = 10.0

    def volts(self, time_s: float) -> float:
        """Deviation at a time; the same at the same time, whoever asks."""
        place = max(time_s - self.start_s, 0.0) / self.piece_s
        index = int(place)
        while len(self.knots) < index + 2:
            self.knots.append(self._next())
        before, after = self.knots[index : index + 2]
        return before + (after - before) * (place - index)

    def _next(self) -> float:
        step = self.slope_v_per_s * self.piece_s
        value = self.knots[-1] + self.rng.uniform(-step, step)
        return min(max(value, -self.limit_v), self.limit_v)


@dataclass(slots=True, kw_only=True)
class HallSensor:
    """ACS712: output = supply/2 + offset + sensitivity x current, ratiometric to its supply."""

    variant_a: int = choice(5, 20, 30)
    supply_v: float = parameter(4.5, 5.5)
    offset_v: float = parameter(-0.5, 0.5)
    sensitivity_error: float = parameter(-1.0, 1.0)
    noise_share: float = parameter(0.0, 100.0)  # 1 is the data sheet's typical noise
    drift: Drift = field(repr=False)
    rng: random.Random = field(repr=False)
    shunt: float = 1.0  # faults: the share of the current that passes the sensor,
    noise_times: float = 1.0
    held_v: float | None = None  # and an output that no longer moves

    def output_v(self, current_a: float, time_s: float) -> float:
        """One noisy output voltage for a true current."""
        if self.held_v is not None:
            return self.held_v
        sigma = self.noise_share * NOISE_PEAK_TO_PEAK_V[self.variant_a] / SIGMAS
        return self.quiet_v(current_a, time_s) + self.rng.gauss(0.0, sigma * self.noise_times)

    def quiet_v(self, current_a: float, time_s: float) -> float:
        """The same without noise."""
        gain = SENSITIVITY_V_PER_A[self.variant_a] * (1.0 + self.sensitivity_error)
        seen_a = current_a * self.shunt
        ideal = (RATED_SUPPLY_V / 2 + gain * seen_a) * self.supply_v / RATED_SUPPLY_V
        return ideal + self.offset_v + self.drift.volts(time_s)


@dataclass(slots=True, kw_only=True)
class OutputDivider:
    """Two resistors between a 5 V sensor and a converter of a lower range."""

    top_ohm: float = parameter(0.0, 1e7)
    bottom_ohm: float = parameter(1.0, 1e7)

    def output_v(self, sensor_v: float) -> float:
        """Pin voltage for the sensor's output."""
        return sensor_v * self.bottom_ohm / (self.top_ohm + self.bottom_ohm)


@dataclass(slots=True, kw_only=True)
class PinDivider:
    """Two real resistors, and what the leads to the converter pick up."""

    top_ohm: float = parameter(0.0, 1e7)
    bottom_ohm: float = parameter(1.0, 1e7)
    noise_v: float = parameter(0.0, 1.0)
    rng: random.Random = field(repr=False)
    scale: float = 1.0  # a fault
    delay_s: float = 0.0

    def output_v(self, voltage_v: float) -> float:
        """One noisy pin voltage for a true terminal voltage."""
        ideal = voltage_v * self.bottom_ohm / (self.top_ohm + self.bottom_ohm)
        return ideal * self.scale + self.rng.gauss(0.0, self.noise_v)


@dataclass(slots=True, kw_only=True)
class Transformer:
    """A voltage transformer's module: a share of the mains around a bias, a little late."""

    ratio: float = parameter(1e-5, 1.0)  # pin volts per mains volt
    ratio_error: float = parameter(-0.1, 0.1)
    bias_v: float = parameter(0.0, 5.0)
    delay_s: float = parameter(0.0, 1e-3)
    noise_v: float = parameter(0.0, 1.0)
    rng: random.Random = field(repr=False)
    scale: float = 1.0  # a fault

    def output_v(self, voltage_v: float) -> float:
        """One noisy pin voltage for the voltage of `delay_s` ago."""
        ideal = voltage_v * self.ratio * (1.0 + self.ratio_error) * self.scale
        return self.bias_v + ideal + self.rng.gauss(0.0, self.noise_v)
