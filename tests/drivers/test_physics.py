"""Invariants of the plant: Kirchhoff, conservation, contacts, and every seed able to trade."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.virtual.plant.circuit import Source, solve
from drivers.virtual.plant.draw import draw_world
from drivers.virtual.plant.energy import uwh_rounded_down
from drivers.virtual.plant.trace import Trace
from drivers.virtual.plant.world import World

ohms = st.floats(0.01, 100.0)
volts = st.floats(5.0, 30.0)
loads = st.one_of(ohms, st.just(math.inf))
sources = st.builds(Source, emf_v=volts, ohm=ohms, injected_a=st.floats(0.0, 5.0), load_ohm=loads)
# (seconds, which contact, close it?)
actions = st.lists(
    st.tuples(st.floats(0.0, 0.5), st.integers(0, 3), st.booleans()), min_size=1, max_size=30
)


def trading(seed: int, step_s: float = 0.01) -> World:
    """A world whose main relays have just closed."""
    world = draw_world(seed, 0.0)
    world.step_s = step_s
    for site in world.sites.values():
        world.command(site.main, True, 0.0)
    world.flush(0.011)
    return world


@settings(deadline=None)
@given(sources, sources, st.one_of(ohms, st.just(math.inf)))
def test_currents_into_each_terminal_sum_to_zero(a: Source, b: Source, line_ohm: float) -> None:
    flow = solve(a, b, line_ohm)
    for source, terminal_v, out_a in (
        (a, flow.seller_v, flow.line_a),
        (b, flow.buyer_v, -flow.line_a),
    ):
        battery_a = (source.emf_v - terminal_v) / source.ohm
        total = battery_a + source.injected_a - terminal_v / source.load_ohm - out_a
        assert total == pytest.approx(0.0, abs=1e-6 * (1.0 + abs(battery_a)))
    if math.isfinite(line_ohm):
        drop_v = flow.line_a * line_ohm
        assert drop_v == pytest.approx(flow.seller_v - flow.buyer_v, abs=1e-6)
    else:
        assert flow.line_a == 0.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), actions)
def test_energy_and_charge_are_conserved(seed: int, script: list[tuple[float, int, bool]]) -> None:
    world = draw_world(seed, 0.0)
    sites = [world.seller, world.buyer]
    contacts = [contact for site in sites for contact in (site.main, site.reference)]
    before = [site.battery.soc * site.battery.capacity_ah for site in sites]
    charge, now_s = [0.0, 0.0], 0.0
    for seconds, which, close in script:
        world.command(contacts[which], close, now_s)
        end_s = now_s + seconds
        while world.time_s < end_s:
            drawn = [site.sensor_a - site.solar_a for site in sites]
            begin_s = world.time_s
            world.flush(min(world.horizon_s, end_s))
            charge = [c + a * (world.time_s - begin_s) for c, a in zip(charge, drawn, strict=True)]
            if not (world.seller.main.closed and world.buyer.main.closed):
                assert world.seller.line_a == 0.0
        now_s = end_s
    sent_j = world.seller.energy.out_j + world.buyer.energy.out_j
    received_j = world.seller.energy.in_j + world.buyer.energy.in_j
    assert sent_j >= received_j >= 0.0
    assert sent_j - received_j == pytest.approx(world.line_loss_j, abs=1e-9)
    for site, start, taken in zip(sites, before, charge, strict=True):
        left = site.battery.soc * site.battery.capacity_ah
        assert start - left == pytest.approx(taken / 3600.0, abs=1e-9)
        battery_v = site.battery.emf_v - (site.sensor_a - site.solar_a) * site.battery.ohm
        assert site.voltage_v == pytest.approx(battery_v)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(0.0, 0.3), min_size=1, max_size=20))
def test_who_asks_and_how_often_does_not_change_the_truth(seed: int, waits: list[float]) -> None:
    asked, left_alone = trading(seed), trading(seed)
    now_s = 0.011
    for seconds in waits:
        now_s += seconds
        asked.flush(now_s)
    left_alone.flush(now_s)
    truth_j = left_alone.buyer.energy.in_j
    assert asked.buyer.energy.in_j == pytest.approx(truth_j, rel=1e-5, abs=1e-9)


def test_energy_is_exact_to_better_than_a_ten_thousandth() -> None:
    """Against steps a hundred times finer, with relays moving in between."""
    worlds = trading(5), trading(5, step_s=0.0001)
    for world in worlds:
        world.command(world.buyer.main, False, 1.2345)
        world.command(world.buyer.main, True, 1.5678)
        world.flush(3.0)
    coarse, fine = (world.buyer.energy.in_j for world in worlds)
    assert coarse == pytest.approx(fine, rel=1e-4)


@pytest.mark.parametrize("block", range(10))
def test_every_seed_can_trade_for_two_minutes(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        world = trading(seed, step_s=0.25)
        assert 0.60 <= world.seller.battery.soc <= 0.95
        assert 0.05 <= world.buyer.battery.soc <= 0.20
        assert 5.0 <= world.seller.solar.peak_w <= 40.0
        for quarter in range(1, 4 * 130):
            world.flush(quarter / 4)
            assert 0.8 <= -world.buyer.line_a <= 1.6, seed
            assert 11.0 <= world.buyer.voltage_v <= 14.0, seed
            assert 11.0 <= world.seller.voltage_v <= 14.0, seed
        loss = 1.0 - world.buyer.energy.in_j / world.seller.energy.out_j
        assert 0.0 < loss < 0.025, seed


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_reference_load_takes_its_current_on_every_board(seed: int) -> None:
    world = draw_world(seed, 0.0)
    for site in world.sites.values():
        world.command(site.reference, True, 0.0)
        world.flush(world.time_s + 0.02)
        assert 1.0 <= site.reference_a <= 1.4
        assert site.voltage_v / site.reference_a == pytest.approx(10.0, rel=0.02)
        assert site.energy.out_j == 0.0
        assert site.energy.reference_j > 0.0


def test_contacts_move_exactly_after_their_delays() -> None:
    world = draw_world(3, 100.0)
    main = world.seller.main
    world.command(main, True, 100.5)
    world.flush(101.0)
    world.command(main, False, 101.5)
    world.flush(102.0)
    close, part = world.movements
    assert close.time_s == pytest.approx(100.5 + main.operate_s, abs=1e-9)
    assert part.time_s == pytest.approx(101.5 + main.release_s, abs=1e-9)
    assert (close.closed, part.closed) == (True, False)


def test_a_coil_that_changes_its_mind_moves_nothing() -> None:
    world = draw_world(3, 0.0)
    world.command(world.seller.main, True, 1.0)
    world.command(world.seller.main, False, 1.001)
    world.flush(2.0)
    assert not world.movements


def test_a_full_battery_sends_its_panel_away() -> None:
    world = draw_world(1, 0.0)
    assert world.seller.solar.current_a(0.0, 12.5) > 0.0
    assert world.seller.solar.current_a(0.0, 14.4) == 0.0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.001, 1.0), st.floats(-10.0, 10.0)), min_size=1, max_size=40),
    st.floats(0.0, 1.0),
    st.floats(0.01, 1.0),
)
def test_trace_means_agree_with_a_plain_sum(
    pieces: list[tuple[float, float]], begin: float, length: float
) -> None:
    trace, now_s, edges = Trace(0.0, 0.0), 0.0, [(0.0, 0.0)]
    for seconds, value in pieces:
        now_s += seconds
        trace.set(now_s, value)
        edges.append((now_s, value))
    begin_s = begin * now_s
    end_s = begin_s + length
    ends = [time_s for time_s, _ in edges[1:]] + [math.inf]
    total = sum(
        value * max(0.0, min(stop, end_s) - max(start, begin_s))
        for (start, value), stop in zip(edges, ends, strict=True)
    )
    assert trace.mean(begin_s, end_s) == pytest.approx(total / length, abs=1e-9)


def test_trace_forgets_the_distant_past_only() -> None:
    trace = Trace(0.0, 0.0)
    for step in range(1, 50_001):
        trace.set(step * 0.01, float(step))
    assert len(trace._starts) <= 20_000
    assert trace.mean(440.0, 440.01) == pytest.approx(44_000.0)


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_microwatt_hours_are_rounded_down(uwh: int) -> None:
    assert uwh_rounded_down((uwh + 0.5) * 0.0036) == uwh
