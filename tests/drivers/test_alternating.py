"""Alternating current: exact means and powers, energy, sensors, what tools are told."""

import math
import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import LoadError, WiringError
from drivers.virtual.machine import Machine
from drivers.virtual.plant.ac.loads import LOADS, built_in
from drivers.virtual.plant.ac.waves import Waves
from drivers.virtual.plant.ac.world import AcWorld
from drivers.virtual.wiring import Pin, Wiring, read_wiring
from tests.drivers.board_files import AC_BOARD, BOARD, written

WIRING = Wiring(
    mains="ac", nominal_v=230.0, frequency_hz=50.0, transformer=(0.005, 2.5), reference_ohm=230.0
)
SPECS = ["resistive:1000", "rectifier:300", "dimmer:500", "motor:500"]
LSB_V = 6.144 / 0x8000


def machine(load: str = "rectifier:300", seed: int = 1) -> Machine:
    return Machine(seed, 0.0, {"seller": WIRING, "buyer": WIRING}, load)


def closed(made: Machine, at_s: float = 0.0) -> AcWorld:
    """Both main relays commanded closed."""
    assert isinstance(made.world, AcWorld)
    for site in made.world.sites.values():
        made.world.command(site.main, True, at_s)
    return made.world


def ideal(made: Machine) -> Machine:
    """No errors in the sensors and converters of either board."""
    values: dict[str, float] = {}
    for board in ("seller", "buyer"):
        for path in ("acs712.sensor.offset_v", "acs712.sensor.sensitivity_error"):
            values[f"{board}.{path}"] = 0.0
        values |= {f"{board}.acs712.sensor.noise_share": 0.0, f"{board}.acs712.drift.limit_v": 0.0}
        values |= {f"{board}.transformer.{x}": 0.0 for x in ("ratio_error", "delay_s", "noise_v")}
        values[f"{board}.transformer.bias_v"] = 2.5
        for chip in ("current", "voltage"):
            values |= {f"{board}.adc.{chip}.{x}": 0.0 for x in ("gain_error", "offset_lsb")}
    made.change(values, 0.0)
    return made


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(-5.0, 5.0), st.floats(1e-3, 7.0))
def test_tables_agree_with_fine_sums(seed: int, begin: float, length: float) -> None:
    rng = random.Random(seed)
    u, i = ([rng.uniform(-2.0, 2.0) for _ in range(7)] for _ in range(2))
    waves, end = Waves("w", u, i, 1), begin + length
    fine = np.linspace(begin, end, 20_001)
    middle = (fine[:-1] + fine[1:]) / 2.0
    a, b = (np.interp(middle, np.arange(8), [*w, w[0]], period=7) for w in (u, i))
    step = length / 20_000
    assert waves.total(waves.u, waves.sum_u, begin, end) == pytest.approx(a.sum() * step, abs=1e-5)
    assert waves.total(waves.i, waves.sum_i, begin, end) == pytest.approx(b.sum() * step, abs=1e-5)
    for found, wanted in zip(waves.totals(begin, end), (a * a, a * b, b * b), strict=True):
        assert found == pytest.approx(wanted.sum() * step, abs=1e-5)


@pytest.mark.parametrize("spec", SPECS)
def test_built_in_loads_take_the_power_that_they_are_named_for(spec: str) -> None:
    waves = built_in(spec, 230.0, random.Random(1))
    watts = float(spec.partition(":")[2])
    assert waves.power_w == pytest.approx(watts)
    assert built_in(spec.partition(":")[0], 230.0, random.Random(1)).power_w == pytest.approx(
        LOADS[spec.partition(":")[0]][1]
    )
    factor = watts / (230.0 * waves.amps_rms)
    expected = {"resistive": 1.0, "rectifier": 0.69, "dimmer": 0.71, "motor": 0.7}
    assert factor == pytest.approx(expected[waves.name.partition(":")[0]], abs=0.03)


@pytest.mark.parametrize(
    "load", ["kettle", "", "rectifier:", "motor:x", "dimmer:-5", "dimmer:nan", "dimmer:99999"]
)
def test_no_such_load(load: str) -> None:
    with pytest.raises(LoadError, match="expected"):
        built_in(load, 230.0, random.Random(1))


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("seed", range(3))
def test_energy_is_power_times_time_and_conserved(spec: str, seed: int) -> None:
    made = machine(spec, seed)
    world = closed(made)
    world.flush(3.0)
    world.reset_energy(3.0)
    seconds = 500 / world.mains.frequency_hz
    state = made.state(3.0 + seconds)
    watts = world.waves.power_w
    sent_j, got_j = world.seller.energy.out_j, world.buyer.energy.in_j
    assert sent_j == pytest.approx(watts * seconds, rel=1e-6)
    path_ohm = world.line.ohm + world.seller.main.ohm + world.buyer.main.ohm
    assert sent_j - got_j == pytest.approx(path_ohm * world.waves.amps_rms**2 * seconds, rel=1e-6)
    assert world.line_loss_j == pytest.approx(sent_j - got_j, rel=1e-9)
    assert state["sent_true_uwh"] == math.floor(sent_j / 0.0036)
    assert state["delivered_true_uwh"] == math.floor(got_j / 0.0036)
    assert world.seller.energy.in_j == world.buyer.energy.out_j == 0.0


def test_who_asks_and_how_often_does_not_change_the_truth() -> None:
    asked, alone = machine("motor:500"), machine("motor:500")
    worlds = closed(asked), closed(alone)
    rng, now_s = random.Random(1), 0.0
    while now_s < 3.0:
        now_s += rng.uniform(0.0, 0.05)
        asked.state(now_s)
    alone.state(now_s)
    assert worlds[0].buyer.energy.in_j == pytest.approx(worlds[1].buyer.energy.in_j, rel=1e-9)
    assert len(worlds[0].seller.trace._pieces) == len(worlds[1].seller.trace._pieces)


def test_energy_counts_only_while_both_relays_are_closed() -> None:
    made = machine("resistive:1000")
    world = closed(made)
    world.command(world.buyer.main, False, 2.0)
    world.flush(10.0)
    seconds = world.movements[2].time_s - world.movements[1].time_s
    assert world.seller.energy.out_j == pytest.approx(1000.0 * seconds, rel=2e-3)
    state = made.state(11.0)["boards"]["buyer"]
    assert state["current_a"] == state["power_w"] == state["power_factor"] == 0.0
    assert state["voltage_v"] == pytest.approx(230.0, rel=1e-3)


def test_a_motor_starts_with_many_times_its_current() -> None:
    made = machine("motor:500")
    world = closed(made)
    world.flush(0.011)
    start = made.world.sites["seller"].means(0.04, 0.02)["current_a"]
    world.flush(5.0)
    later = made.world.sites["seller"].means(5.0, 0.2)["current_a"]
    assert later == pytest.approx(world.waves.amps_rms, rel=1e-6)
    assert start > 2.5 * later


def test_state_and_signs() -> None:
    made = machine("motor:500")
    world = closed(made)
    state = made.state(20.0)
    seller, buyer = state["boards"]["seller"], state["boards"]["buyer"]
    assert (state["mains"], state["load"]) == ("ac", "motor:500")
    assert 49.95 <= state["frequency_hz"] <= 50.05
    assert seller["power_w"] == pytest.approx(500.0, rel=1e-3)
    assert buyer["power_w"] == pytest.approx(-500.0, rel=0.01)
    assert seller["voltage_v"] == pytest.approx(230.0, rel=1e-3)
    assert buyer["voltage_v"] < seller["voltage_v"]
    assert seller["apparent_va"] == pytest.approx(seller["voltage_v"] * seller["current_a"])
    assert seller["power_factor"] == pytest.approx(0.70, abs=0.01)
    assert state["line"]["current_a"] == pytest.approx(world.waves.amps_rms)


def test_the_reference_load_draws_by_ohms_law() -> None:
    made = machine()
    site = made.world.sites["buyer"]
    made.world.command(site.reference, True, 0.0)
    state = made.state(5.0)["boards"]["buyer"]
    assert state["current_a"] == pytest.approx(1.0, rel=0.02)
    assert state["power_w"] == pytest.approx(state["voltage_v"] * state["current_a"], rel=1e-6)
    assert state["power_w"] > 0.0  # as on direct current: out of the terminal, into the load
    assert state["energy_in_uwh"] == state["energy_out_uwh"] == 0
    assert state["reference_uwh"] * 0.0036 == pytest.approx(state["power_w"] * 5.0, rel=0.01)
    made.cause("buyer", "reference-open", None, 5.0)
    assert made.state(6.0)["boards"]["buyer"]["current_a"] == 0.0


@pytest.mark.parametrize("spec", SPECS)
def test_samples_of_a_meter_give_the_true_power(spec: str) -> None:
    """Overlapping single shots on both chips, as a meter takes them; ten cycles, ideal parts."""
    made = ideal(machine(spec))
    world = closed(made)
    made.change({"mains.frequency_hz": 50.0}, 0.0)
    world.flush(3.0)
    board, start_s, count = made.boards["seller"], 4.0, 2999
    shot, powers = bytes((1, 0xC1, 0xE3)), []
    for n in range(count):
        now_s = start_s + n * 0.2 * 27 / count  # 27 windows of ten cycles, never the same phase
        for address in (0x48, 0x49):
            assert board.i2c.transfer(address, shot, 0, now_s) == b"\0"
        codes = [board.i2c.transfer(a, b"\0", 2, now_s + 0.0017)[1:] for a in (0x48, 0x49)]
        amps, volts = (int.from_bytes(code, "big", signed=True) * LSB_V - 2.5 for code in codes)
        powers.append(amps / 0.1 * volts / 0.005)
    # Means over a conversion of 1.2 ms weaken the harmonics, most of all the dimmer's and
    # the rectifier's (the fundamental's power by 1.1 %); both chips' clocks differ.
    tolerance = {"resistive": 0.02, "motor": 0.05, "rectifier": 0.05, "dimmer": 0.05}
    true_w = world.waves.power_w
    assert np.mean(powers) == pytest.approx(true_w, rel=tolerance[spec.partition(":")[0]])


def test_a_conversion_is_the_mean_of_the_sensors_output() -> None:
    made = ideal(machine("resistive:2000"))
    closed(made)
    made.change({"seller.adc.current.clock_error": 0.0, "mains.frequency_hz": 50.0}, 1.0)
    board, period_s = made.boards["seller"], 1 / 860
    for now_s, later_s in pairwise([2.0 + 0.00371 * n for n in range(50)]):
        board.i2c.transfer(0x48, bytes((1, 0xC1, 0xE3)), 0, now_s)
        code = board.i2c.transfer(0x48, b"\0", 2, later_s)[1:]
        begin_s = now_s + 25e-6
        true_a = board.site.amps.mean(begin_s, begin_s + period_s)
        seen_a = (int.from_bytes(code, "big", signed=True) * LSB_V - 2.5) / 0.1
        assert seen_a == pytest.approx(true_a, abs=LSB_V / 0.1)


def test_the_transformer_is_late_and_shares_the_voltage() -> None:
    made = ideal(machine())
    made.change({"seller.transformer.delay_s": 100e-6}, 0.0)
    board = made.boards["seller"]
    now_s = 1.0
    pin_v = board.voltage_sensor.output_v(230.0)
    assert pin_v == pytest.approx(2.5 + 230.0 * 0.005)
    seen = board._voltage_pin(now_s, now_s + 1e-3)
    true = board.site.volts.mean(now_s - 100e-6, now_s + 1e-3 - 100e-6)
    assert seen == pytest.approx(2.5 + true * 0.005)


@pytest.mark.parametrize("seed", range(20))
def test_seeds_stay_within_what_is_promised(seed: int) -> None:
    made = machine(seed=seed)
    values = made.parameters()["parameters"]
    assert 0.05 <= values["line.ohm"] <= 0.3
    assert abs(values["mains.frequency_hz"] - 50.0) <= 0.05
    for board in ("seller", "buyer"):
        assert 0.0 <= values[f"{board}.transformer.delay_s"] <= 150e-6
        assert abs(values[f"{board}.transformer.ratio_error"]) <= 0.005
    assert made.change(values, 1.0) == values
    shown = made.measure("seller", 1.0, 2.0)
    true = made.world.sites["seller"].means(2.0, 1.0)
    assert shown["voltage_v"] == pytest.approx(true["voltage_v"], rel=5e-4)
    assert shown["power_w"] == pytest.approx(true["power_w"], rel=5e-4)


def test_a_change_of_frequency_keeps_the_phase() -> None:
    made = machine()
    site = made.world.sites["seller"]
    before = [site.volts.mean(t, t + 1e-6) for t in (0.9999, 1.0 - 2e-6)]
    made.change({"mains.frequency_hz": 51.0}, 1.0)
    after = site.volts.mean(1.0, 1.0 + 1e-6)
    assert after == pytest.approx(before[1], abs=0.5)
    made.state(3.0)
    assert site.means(3.0, 1.0)["voltage_v"] == pytest.approx(230.0, rel=1e-3)


def test_another_load_while_it_runs() -> None:
    made = machine("resistive:1000")
    closed(made)
    assert made.play("dimmer:200", 5.0)["power_w"] == pytest.approx(200.0)
    state = made.state(10.0)
    assert state["load"] == "dimmer:200"
    assert state["boards"]["seller"]["power_w"] == pytest.approx(200.0, rel=1e-3)
    assert state["sent_true_uwh"] * 0.0036 == pytest.approx(1000.0 * 5 + 200.0 * 5, rel=2e-3)
    with pytest.raises(LoadError):
        made.play("toaster", 11.0)
    assert made.state(11.0)["load"] == "dimmer:200"


def test_faults_work_on_alternating_current_too() -> None:
    made = ideal(machine("resistive:1000"))
    closed(made)
    made.state(2.0)
    board = made.boards["seller"]
    made.cause("seller", "sensor-scaled", 0.5, 2.0)
    begin_s, end_s = 2.002, 2.003
    half = (board._current_pin(begin_s, end_s) - 2.5) / 0.1
    assert half == pytest.approx(0.5 * board.site.amps.mean(begin_s, end_s), rel=1e-6)
    made.cause("seller", "sensor-stuck", None, 2.1)
    assert board._current_pin(2.2, 2.3) == board._current_pin(2.3, 2.31)
    made.clear("seller", 2.4)
    made.cause("seller", "relay-stuck-open", None, 2.4)
    assert made.state(3.0)["boards"]["seller"]["current_a"] == 0.0


def test_a_file_of_a_board_on_alternating_current(tmp_path: Path) -> None:
    wiring = read_wiring(written(tmp_path, AC_BOARD))
    assert wiring == replace(WIRING, case=Pin(24, active_low=False))
    with pytest.raises(WiringError, match="seller ac 230 V 50 Hz, buyer dc 12 V"):
        Machine(1, 0.0, {"seller": wiring})
    with pytest.raises(LoadError, match="alternating current expected"):
        Machine(1, 0.0, {"seller": read_wiring(written(tmp_path, BOARD))}, "dimmer")
