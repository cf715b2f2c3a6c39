"""Pairs of known moments through the real library, at register level, in the bus's own time."""

import math
from typing import Any

import pytest

import drivers.ads1115
import drivers.ads1115_single
import firmware.converters
from drivers.ads1115_single import SingleShotADS1115
from drivers.errors import AdcConfigChanged, AdcNack, AdcNotConfigured
from drivers.transformer import Transformer
from firmware.converters import PAIRS, Overlapped, paced
from firmware.domain.alternating import AlternatingMeter
from firmware.domain.harmonics import droop
from tests.firmware import waves
from tests.firmware.pins import BIAS_V, CURRENT, VOLTAGE, Bus, bus_of
from tests.firmware.waves import AMPS_A_PIN, RATE, VOLTS_A_PIN, Load

GAIN = 1.0 / droop(50.0, 1.0 / RATE)


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes (bus, converters) of a load."""

    def make(load: Load, one_chip: bool = False, **clocks: float) -> tuple[Bus, Overlapped]:
        bus = bus_of(load, one_chip=one_chip, **clocks)
        for module in (drivers.ads1115, drivers.ads1115_single, firmware.converters):
            monkeypatch.setattr(module, "time", bus.clock)
        voltage = SingleShotADS1115(bus, CURRENT if one_chip else VOLTAGE, channel=int(one_chip))
        return bus, Overlapped(voltage, SingleShotADS1115(bus, CURRENT), in_turn=one_chip)

    return make


def energy_error(bus: Bus, converters: Overlapped, load: Load, phase_s: float) -> float:
    """Of the export of five seconds; the phase is what a calibration would have found."""
    meter = AlternatingMeter(noise_floor_a=0.01, averaged_s=converters.averaged_s)
    converters.configure()
    next_s, begun_s = bus.clock.now_s, 0.0
    for number in range(int(6.0 / converters.period_s)):
        pins = converters.read()
        if pins is not None:
            volts = GAIN * (pins.voltage_v - BIAS_V) * VOLTS_A_PIN
            amps = GAIN * (pins.current_v - BIAS_V) * AMPS_A_PIN
            meter.add(pins.time_s, volts, amps, pins.lag_s - phase_s)
        if number == int(1.0 / converters.period_s):
            meter.count(True)
            begun_s = meter._trace.now.time_s
        next_s += converters.period_s
        bus.clock.sleep(max(0.0, next_s - bus.clock.now_s))
    meter.count(False)
    span_s = meter._trace.now.time_s - begun_s
    return meter.exported_uwh * 0.0036 / (load.truth[0] * span_s) - 1.0


@pytest.mark.parametrize("one_chip", [False, True])
@pytest.mark.parametrize("clocks", [(0.0, 0.0), (0.1, -0.1), (-0.1, 0.1)])
@pytest.mark.parametrize("make", [waves.inductive, waves.rectifier])
def test_real_energy_through_the_chips(
    pair: Any, make: waves.Maker, clocks: tuple[float, float], one_chip: bool
) -> None:
    load = make(2.0)
    voltage, current = (clocks[1] if one_chip else clocks[0]), clocks[1]
    bus, converters = pair(load, one_chip, voltage_clock=voltage, current_clock=current)
    phase_s = 0.5 / RATE * (1 / (1 + voltage) - 1 / (1 + current))
    assert abs(energy_error(bus, converters, load, phase_s)) < 0.008


def test_conversions_overlap_and_each_has_its_moment(pair: Any) -> None:
    load = waves.resistive(2.0)
    bus, converters = pair(load, voltage_clock=0.0, current_clock=0.0)
    converters.configure()
    before_s = bus.clock.now_s
    pins = converters.read()
    assert pins is not None
    assert bus.clock.now_s - before_s < 0.0022, "one after the other takes 2.6 ms"
    for time_s, volts, wave, scale in (
        (pins.time_s, pins.current_v, load.current, AMPS_A_PIN),
        (pins.time_s - pins.lag_s, pins.voltage_v, load.voltage, VOLTS_A_PIN),
    ):
        truth = BIAS_V + wave.mean(time_s - 0.5 / RATE, time_s + 0.5 / RATE) / scale
        assert volts == pytest.approx(truth, abs=0.02)
    assert 5e-5 < abs(pins.lag_s) < 3e-4
    other = converters.read()
    assert other is not None
    assert pins.lag_s * other.lag_s < 0.0, "each comes first in turn"


def test_a_pair_that_was_held_up_is_no_pair(pair: Any) -> None:
    bus, converters = pair(waves.resistive())
    converters.configure()
    assert converters.read() is not None
    bus.held_s = 6e-4
    assert converters.read() is None
    assert converters.read() is not None


@pytest.mark.parametrize(("transfer_s", "at_most"), [(1e-4, 109), (4e-4, 71), (2e-2, 23)])
def test_the_pace_is_one_that_this_bus_can_keep(pair: Any, transfer_s: float, at_most: int) -> None:
    bus, converters = pair(waves.resistive())
    bus.transfer_s = transfer_s
    converters.configure()
    count = round(0.2 / converters.period_s)
    assert count in PAIRS
    assert count <= at_most
    assert math.gcd(count, 10) == math.gcd(count, 12) == 1
    assert paced(converters.period_s) == converters.period_s


def test_a_reset_between_two_conversions_heals_and_in_one_shows(pair: Any) -> None:
    bus, converters = pair(waves.resistive())
    converters.configure()
    before = converters.read()
    bus.chips[CURRENT].reset()
    after = converters.read()
    assert before is not None
    assert after is not None
    assert 0.5 < after.current_v < 4.5
    converters.check()
    bus.chips[VOLTAGE].reset()
    with pytest.raises(AdcConfigChanged, match="0x8583"):
        converters.check()


def test_a_slow_chip_that_has_not_ended_shows(pair: Any) -> None:
    bus, converters = pair(waves.resistive())
    converters.configure()
    bus.chips[CURRENT].errors.clock_error = -0.9
    converters.read()
    with pytest.raises(AdcConfigChanged):
        converters.check()


def test_a_chip_that_is_gone_raises_and_stays_unconfigured(pair: Any) -> None:
    bus, converters = pair(waves.resistive())
    converters.configure()
    bus.chips[CURRENT].deaf = 1.0
    with pytest.raises(AdcNack, match="0x48"):
        converters.read()
    with pytest.raises(AdcNotConfigured):
        converters.read()


def test_transformer_and_its_rails() -> None:
    module = Transformer(0.005, 2.5)
    assert module.voltage_v(2.5 + 1.15) == pytest.approx(230.0)
    assert module.voltage_v(2.5 - 1.15) == pytest.approx(-230.0)
    assert not module.is_saturated(2.5 + 0.005 * 400)
    assert module.is_saturated(0.01)
    assert module.is_saturated(4.99)
