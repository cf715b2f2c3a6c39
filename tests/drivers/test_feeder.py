"""The plant of a feeder: any number of households on one busbar, and a grid that takes the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import WiringError
from drivers.virtual.machine import Machine
from drivers.virtual.plant.feeder import Feeder
from drivers.virtual.wiring import DEFAULT, Wiring

NAMES = [f"h{number:02d}" for number in range(1, 11)]


def street(seed: int, count: int = 10) -> tuple[Machine, Feeder]:
    machine = Machine(seed, 0.0, households=dict.fromkeys(NAMES[:count], DEFAULT))
    assert isinstance(machine.world, Feeder)
    return machine, machine.world


def closed(seed: int, count: int = 10, until_s: float = 30.0) -> tuple[Machine, Feeder]:
    machine, world = street(seed, count)
    for site in world.sites.values():
        world.command(site.main, True, 0.0)
    world.flush(until_s)
    return machine, world


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 10))
def test_households_give_and_take_in_turn_and_nothing_is_lost_on_the_way(
    seed: int, count: int
) -> None:
    _, world = closed(seed, count)
    for number, site in enumerate(world.sites.values()):
        assert 0.3 < abs(site.line_a) < 4.0
        assert (site.line_a > 0.0) == (number % 2 == 0)
    into_feeder_a = (world.grid.emf_v - world.busbar_v) / world.grid.ohm
    assert into_feeder_a == pytest.approx(-sum(s.line_a for s in world.sites.values()), abs=1e-6)
    assert world.line_loss_j > 0.0


def test_an_open_relay_lets_nothing_through() -> None:
    _, world = street(1)
    world.flush(10.0)
    assert all(site.energy.out_j == site.energy.in_j == 0.0 for site in world.sites.values())
    assert world.busbar_v == world.grid.emf_v


def test_energy_is_voltage_times_current_times_time_at_every_meter() -> None:
    machine, world = closed(2, until_s=10.0)
    before = {name: site.energy.out_j - site.energy.in_j for name, site in world.sites.items()}
    world.flush(10.001)  # so short that nothing else changes
    for name, site in world.sites.items():
        grown_j = site.energy.out_j - site.energy.in_j - before[name]
        assert grown_j == pytest.approx(site.voltage_v * site.line_a * 0.001, rel=1e-3)
    boards = machine.state(10.001)["boards"]
    assert list(boards) == NAMES
    assert boards["h01"]["energy_out_uwh"] > 0 == boards["h01"]["energy_in_uwh"]


def test_the_weather_of_one_household_can_change() -> None:
    machine, world = closed(1)
    assert world.sites["h02"].line_a < 0.0
    machine.change({"h02.battery.soc": 1.0, "h01.solar.peak_w": 0.0}, 30.0)
    assert world.sites["h02"].line_a > 0.3


def test_households_on_other_mains_are_refused() -> None:
    other = Wiring(nominal_v=24.0)
    with pytest.raises(WiringError, match="12 V expected"):
        Machine(1, 0.0, households={"h01": DEFAULT, "h02": other})
