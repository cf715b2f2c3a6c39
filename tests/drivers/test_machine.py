"""Seeds, parameters, instrument, and the control language."""

import json
import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.errors import ParameterError, RequestError
from drivers.relay import Relay
from drivers.virtual import board as wiring
from drivers.virtual import wire
from drivers.virtual.control import Control
from drivers.virtual.machine import Machine
from drivers.virtual.plant.feeder import Feeder
from tests.drivers.conftest import Bench

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner),
    max_leaves=5,
)
bytes_up = st.integers(0, 255)
gpio_frames = st.tuples(
    st.just(wire.GPIO), st.integers(0, 4), st.integers(0, 1), bytes_up, bytes_up
).map(bytes)
transfers = st.tuples(st.just(wire.TRANSFER), st.sampled_from([0, 0x48, 0x49]), bytes_up).map(bytes)
METHODS = ["state", "events", "parameters", "set", "instrument", "reset_energy"]


def test_same_seed_same_machine_other_seed_other_machine() -> None:
    first, second = Machine(7, 0.0).parameters(), Machine(7, 500.0).parameters()
    assert first == second
    other = Machine(8, 0.0).parameters()["parameters"]
    same = {path for path, value in first["parameters"].items() if other[path] == value}
    fixed = ("supply_v", "noise_share", "variant_a", "drift.limit_v", "drift.slope_v_per_s")
    assert all(path.endswith(fixed) for path in same)


def test_every_parameter_can_be_set_to_what_it_is(bench: Bench) -> None:
    values = bench.machine.parameters()["parameters"]
    assert bench.machine.change(values, bench.clock.now_s) == values
    assert len(values) > 50


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("seller.batery.soc", 0.5, "nearest: seller.battery.soc"),
        ("seller", 0.5, "no such parameter"),
        ("seller.battery.soc", 1.5, "0 to 1 expected"),
        ("seller.battery.soc", "full", "a number expected"),
        ("seller.battery.soc", True, "a number expected"),
        ("seller.battery.soc", math.nan, "0 to 1 expected"),
        ("line.ohm", 10**400, "expected"),
        ("seller.acs712.sensor.variant_a", 10, "one of"),
    ],
)
def test_what_cannot_be_set_says_why(bench: Bench, path: str, value: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        bench.machine.change({path: value}, bench.clock.now_s)


def test_one_wrong_value_changes_none(bench: Bench) -> None:
    before = bench.machine.parameters()
    with pytest.raises(ParameterError):
        bench.machine.change({"line.ohm": 5.0, "seller.battery.soc": 2.0}, bench.clock.now_s)
    assert bench.machine.parameters() == before


def test_a_change_counts_from_its_moment_on(bench: Bench) -> None:
    for board in ("seller", "buyer"):
        Relay(bench.gpio(board), 17).close()
    bench.clock.sleep(10.0)
    before = bench.state()
    bench.set(line__ohm=1000.0)
    assert bench.state()["energy_out_uwh"] == before["energy_out_uwh"]
    assert bench.state()["current_a"] < 0.01 < before["current_a"]


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(seed=st.integers(0, 10**6), seconds=st.floats(0.01, 60.0))
def test_instrument_is_right_to_a_twentieth_of_a_percent(
    bench: Bench, seed: int, seconds: float
) -> None:
    bench.machine.__init__(seed, bench.clock.now_s)  # type: ignore[misc]
    Relay(bench.gpio(), 27).close()
    bench.clock.sleep(0.02)
    bench.state()
    bench.machine.world.reset_energy(bench.clock.now_s)
    bench.clock.sleep(seconds)
    shown = bench.machine.measure("seller", seconds, bench.clock.now_s)
    bench.state()
    world = bench.machine.world
    assert not isinstance(world, Feeder)
    joules = world.seller.energy.reference_j
    assert shown["voltage_v"] * shown["current_a"] == pytest.approx(joules / seconds, rel=0.0011)
    site = world.seller
    true_v = site.volts.mean(bench.clock.now_s - seconds, bench.clock.now_s)
    true_a = site.amps.mean(bench.clock.now_s - seconds, bench.clock.now_s)
    assert shown["voltage_v"] == pytest.approx(true_v, rel=0.0005)
    assert shown["current_a"] == pytest.approx(true_a, rel=0.0005)


@pytest.mark.parametrize(("board", "seconds"), [("nobody", 1.0), ("seller", 0.0), ("seller", 99.0)])
def test_instrument_refuses_what_it_cannot_know(bench: Bench, board: str, seconds: float) -> None:
    with pytest.raises(RequestError):
        bench.machine.measure(board, seconds, bench.clock.now_s)


def test_state_tells_sent_and_delivered(bench: Bench) -> None:
    for board in ("seller", "buyer"):
        Relay(bench.gpio(board), 17).close()
    bench.clock.sleep(20.0)
    state = bench.machine.state(bench.clock.now_s)
    assert 40_000 < state["delivered_true_uwh"] < state["sent_true_uwh"] < 140_000
    assert state["sent_true_uwh"] == state["boards"]["seller"]["energy_out_uwh"]
    assert state["delivered_true_uwh"] == state["boards"]["buyer"]["energy_in_uwh"]
    assert state["boards"]["buyer"]["current_a"] < 0 < state["boards"]["seller"]["current_a"]
    bench.machine.world.reset_energy(bench.clock.now_s)
    assert bench.machine.state(bench.clock.now_s)["sent_true_uwh"] == 0


def control(bench: Bench) -> Control:
    return Control(bench.machine, bench.clock.monotonic)


@pytest.mark.parametrize("method", ["state", "events", "parameters", "reset_energy"])
def test_methods_without_parameters(bench: Bench, method: str) -> None:
    reply = json.loads(
        control(bench).answer(b'{"jsonrpc":"2.0","id":3,"method":"%s"}' % method.encode())
    )
    assert reply["id"] == 3
    assert isinstance(reply["result"], dict)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (b"", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 60_000, -32700),
        (b"[]", -32600),
        (b'{"id": 1}', -32600),
        (b'{"id": 1, "method": "fly"}', -32601),
        (b'{"id": 1, "method": "state", "params": [1]}', -32602),
        (b'{"id": 1, "method": "state", "params": {"x": 1}}', -32602),
        (b'{"id": 1, "method": "instrument", "params": {"board": 5, "seconds": 1}}', -32602),
        (b'{"id": 1, "method": "set", "params": {"self": 1}}', -32602),
    ],
)
def test_garbage_gets_an_error(bench: Bench, line: bytes, number: int) -> None:
    assert json.loads(control(bench).answer(line))["error"]["code"] == number


def test_a_notification_is_carried_out_in_silence(bench: Bench) -> None:
    line = b'{"jsonrpc": "2.0", "method": "set", "params": {"line.ohm": 5}}'
    assert control(bench).answer(line) == b""
    world = bench.machine.world
    assert not isinstance(world, Feeder)
    assert world.line.ohm == 5.0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(METHODS) | st.text(max_size=9), json_values, json_values)
def test_any_request_gets_one_line(
    bench: Bench, method: str, params: object, identity: object
) -> None:
    line = json.dumps({"method": method, "params": params, "id": identity}).encode()
    answer = control(bench).answer(line)
    assert answer.count(b"\n") == 1
    assert ("result" in json.loads(answer)) != ("error" in json.loads(answer))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_get_at_most_one_line(bench: Bench, line: bytes) -> None:
    assert control(bench).answer(line.replace(b"\n", b"")).count(b"\n") <= 1


def test_board_file_fits_the_plant() -> None:
    """Addresses, lines and resistors of board_configs/virtual.toml are those of the machine."""
    path = Path(__file__).resolve().parents[2] / "board_configs" / "virtual.toml"
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    assert facts["adc"]["current"]["address"] == wiring.CURRENT_ADC
    assert facts["adc"]["voltage"]["address"] == wiring.VOLTAGE_ADC
    assert facts["relay"]["line"] == wiring.MAIN_LINE
    assert facts["reference_load"]["line"] == wiring.REFERENCE_LINE
    parameters = Machine(1, 0.0).parameters()["parameters"]
    assert parameters["seller.divider.top_ohm"] == pytest.approx(
        facts["sensor"]["voltage"]["top_ohm"], rel=0.01
    )
    assert parameters["seller.divider.bottom_ohm"] == pytest.approx(
        facts["sensor"]["voltage"]["bottom_ohm"], rel=0.01
    )
    assert parameters["seller.acs712.sensor.variant_a"] == facts["sensor"]["current"]["variant_a"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=12) | gpio_frames | transfers, max_size=20))
def test_any_frames_get_a_reply_each(bench: Bench, frames: list[bytes]) -> None:
    client = bench.client()
    for frame in [bytes((wire.HELLO,)) + b"seller", *frames]:
        reply = client.answer(frame, bench.clock.now_s)
        assert reply[0] in (wire.OK, wire.NACK, wire.REFUSED, wire.FAILED)
        assert len(reply) <= wire.MAX_FRAME
        bench.clock.sleep(0.001)
    assert bench.state()["voltage_v"] > 11.0
