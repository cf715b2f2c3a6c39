"""Every fault's effect, seen where a meter sees it: registers, bus, lines, the line's current."""

import json
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.ads1115 import ADS1115
from drivers.errors import AdcConfigChanged, AdcNack, FaultError, RequestError
from drivers.relay import Relay
from drivers.switch import Switch
from drivers.virtual.chips.ads1115 import RESET, Ads1115
from drivers.virtual.control import Control
from drivers.virtual.faults import FAULTS
from drivers.virtual.machine import Machine
from drivers.virtual.wire import NACK, OK
from drivers.virtual.wiring import CASE_LINE, DEFAULT, Pin, Wiring, read_wiring
from tests.drivers.board_files import IIO_BOARD, written
from tests.drivers.conftest import Bench

ZERO_V, VOLTS_PER_A = 2.5, 0.1
AC_WIRING = Wiring(
    mains="ac",
    nominal_v=230.0,
    frequency_hz=50.0,
    transformer=(0.005, 2.5),
    case=Pin(CASE_LINE, active_low=True),
)


def configured(bench: Bench, address: int = 0x48) -> ADS1115:
    adc = ADS1115(bench.bus(), address)
    adc.configure()
    return adc


def mean_v(bench: Bench, adc: ADS1115, count: int = 200) -> float:
    return statistics.fmean(series(bench, adc, count))


def series(bench: Bench, adc: ADS1115, count: int = 200) -> list[float]:
    values = []
    for _ in range(count):
        bench.clock.sleep(0.002)
        values.append(adc.read_v())
    return values


def broken(bench: Bench, name: str, strength: float | None = None) -> None:
    bench.machine.cause("seller", name, strength, bench.clock.now_s)


def loaded(bench: Bench) -> float:
    """The reference load switched on; its true current."""
    Relay(bench.gpio(), 27).close()
    bench.clock.sleep(0.02)
    return float(bench.state()["current_a"])


def test_a_shunted_conductor_shows_part_of_the_current(quiet: Bench) -> None:
    true_a, adc = loaded(quiet), configured(quiet)
    broken(quiet, "sensor-scaled")
    assert mean_v(quiet, adc) == pytest.approx(ZERO_V + 0.8 * true_a * VOLTS_PER_A, abs=3e-4)
    assert quiet.state()["current_a"] == pytest.approx(true_a, rel=1e-3)  # the truth goes on
    broken(quiet, "sensor-scaled", 0.5)
    assert mean_v(quiet, adc) == pytest.approx(ZERO_V + 0.5 * true_a * VOLTS_PER_A, abs=3e-4)


def test_a_scaled_voltage(quiet: Bench) -> None:
    adc = configured(quiet, 0x49)
    broken(quiet, "voltage-scaled")
    assert mean_v(quiet, adc) * 5.0 == pytest.approx(0.9 * quiet.state()["voltage_v"], abs=2e-3)


def test_a_stuck_output_is_the_same_code_for_ever(bench: Bench) -> None:
    true_a, adc = loaded(bench), configured(bench)
    broken(bench, "sensor-stuck")
    held = series(bench, adc)
    assert len(set(held[1:])) == 1
    Relay(bench.gpio(), 27)  # the current ends, the output does not
    bench.clock.sleep(0.1)
    assert adc.read_v() == held[-1]
    assert held[-1] == pytest.approx(ZERO_V + true_a * VOLTS_PER_A, abs=0.06)


def test_an_open_pin_floats_near_ground_with_hum(bench: Bench) -> None:
    adc = configured(bench)
    broken(bench, "sensor-removed")
    values = series(bench, adc)[1:]
    assert statistics.fmean(values) == pytest.approx(0.02, abs=0.02)
    assert 0.003 < statistics.stdev(values) < 0.03


@pytest.mark.parametrize(("strength", "volts"), [(None, 5.0), (0.0, 0.0)])
def test_an_output_at_a_rail(quiet: Bench, strength: float | None, volts: float) -> None:
    adc = configured(quiet)
    broken(quiet, "sensor-saturated", strength)
    assert mean_v(quiet, adc) == pytest.approx(volts, abs=0.02)


def test_a_noisy_sensor(bench: Bench) -> None:
    adc = configured(bench)
    before = statistics.stdev(series(bench, adc))
    broken(bench, "sensor-noisy")
    assert statistics.stdev(series(bench, adc)) == pytest.approx(20.0 * before, rel=0.4)


def test_a_welded_contact_ignores_its_coil_until_it_is_replaced(bench: Bench) -> None:
    relay = Relay(bench.gpio(), 17)
    relay.close()
    bench.clock.sleep(0.02)
    broken(bench, "relay-welded")
    relay.open()
    bench.clock.sleep(1.0)
    assert bench.state()["relay_closed"]
    assert not relay.is_closed  # the line follows: only the contact does not
    bench.machine.clear("seller", bench.clock.now_s)
    bench.clock.sleep(0.02)
    assert not bench.state()["relay_closed"]


def test_a_contact_that_welds_while_open_closes(bench: Bench) -> None:
    Relay(bench.gpio("buyer"), 17).close()
    bench.clock.sleep(0.02)
    broken(bench, "relay-welded")
    assert bench.state()["relay_closed"]
    assert bench.state()["current_a"] > 0.8
    assert bench.machine.world.movements[-1].board == "seller"


def test_a_contact_stuck_open_never_delivers(bench: Bench) -> None:
    broken(bench, "relay-stuck-open")
    for board in ("seller", "buyer"):
        Relay(bench.gpio(board), 17).close()
    bench.clock.sleep(0.1)
    assert not bench.state()["relay_closed"]
    assert bench.state()["current_a"] == 0.0
    broken(bench, "relay-welded")  # one contact can be only one of both
    assert bench.state()["faults"] == {"relay-welded": 1.0}
    assert bench.state()["current_a"] > 0.8


def test_a_chip_that_does_not_acknowledge(quiet: Bench) -> None:
    adc, other = configured(quiet), configured(quiet, 0x49)
    broken(quiet, "bus-nack")
    with pytest.raises(AdcNack):
        adc.read_v()
    assert quiet.bus().scan() == [0x49]
    assert other.read_v() > 2.0
    quiet.machine.clear("seller", quiet.clock.now_s)
    adc.configure()
    assert adc.read_v() == pytest.approx(ZERO_V, abs=1e-3)


def test_a_loose_contact_on_the_bus_fails_now_and_then(quiet: Bench) -> None:
    bus, missed = quiet.bus(), 0
    broken(quiet, "bus-nack", 0.2)
    for _ in range(500):
        missed += 0x48 not in bus.scan() if _ < 5 else 0
        try:
            bus.writeto(0x48, b"")
        except OSError:
            missed += 1
    assert 50 < missed < 160


def test_a_glitch_sets_the_registers_back_once(quiet: Bench) -> None:
    adc = configured(quiet)
    broken(quiet, "adc-reset")
    for chip in (
        quiet.machine.boards["seller"].current_adc,
        quiet.machine.boards["seller"].voltage_adc,
    ):
        assert isinstance(chip, Ads1115)
        assert chip._registers == RESET
    with pytest.raises(AdcConfigChanged):
        adc.check_config()
    assert quiet.state()["faults"] == {}
    adc.configure()
    adc.check_config()


def test_a_chip_asleep_repeats_its_last_conversion(bench: Bench) -> None:
    adc = configured(bench)
    broken(bench, "adc-asleep")
    values = series(bench, adc)
    assert len(set(values[2:])) == 1
    with pytest.raises(AdcConfigChanged, match="0xc1e3"):
        adc.check_config()
    assert bench.state()["faults"] == {}


def test_a_burnt_reference_load_takes_nothing(bench: Bench) -> None:
    assert loaded(bench) > 1.0
    broken(bench, "reference-open")
    assert bench.state()["current_a"] == 0.0
    assert bench.state()["reference_closed"]
    bench.machine.clear("seller", bench.clock.now_s)
    assert bench.state()["current_a"] > 1.0


def test_the_other_board_stays_whole(bench: Bench) -> None:
    for name in FAULTS:
        broken(bench, name)
    assert bench.state("buyer")["faults"] == {}
    adc = ADS1115(bench.bus("buyer"), 0x48)
    adc.configure()
    assert adc.read_v() == pytest.approx(ZERO_V, abs=0.06)


def test_what_was_repaired_is_as_before(quiet: Bench) -> None:
    adc = configured(quiet)
    for name in FAULTS:
        broken(quiet, name)
    quiet.machine.clear("seller", quiet.clock.now_s)
    adc.configure()
    assert mean_v(quiet, adc) == pytest.approx(ZERO_V, abs=1e-3)
    assert quiet.state()["faults"] == {}
    assert not quiet.state()["relay_closed"]


@pytest.mark.parametrize(
    ("name", "strength", "said"),
    [
        ("sensor-scald", None, "nearest: sensor-scaled"),
        ("weld", None, "nearest: relay-welded"),
        ("", None, "nearest"),
        ("sensor-scaled", 3.0, "0 to 2 expected"),
        ("sensor-noisy", float("nan"), "1 to 1000 expected"),
        ("sensor-noisy", 10**400, "1 to 1000 expected"),
        ("relay-welded", 1.0, "it has none"),
    ],
)
def test_what_is_no_fault_says_why(
    bench: Bench, name: str, strength: float | None, said: str
) -> None:
    with pytest.raises(FaultError, match=said):
        broken(bench, name, strength)
    assert bench.state()["faults"] == {}
    with pytest.raises(RequestError, match="one of"):
        bench.machine.cause("nobody", "bus-nack", None, bench.clock.now_s)


def test_a_board_without_registers_has_none_to_lose(tmp_path: Path) -> None:
    machine = Machine(1, 0.0, {"seller": read_wiring(written(tmp_path, IIO_BOARD))})
    for name in ("adc-reset", "adc-asleep"):
        with pytest.raises(FaultError, match="no ADS1115"):
            machine.cause("seller", name, None, 1.0)
    machine.cause("seller", "bus-nack", None, 1.0)
    board = machine.boards["seller"]
    with pytest.raises(OSError, match="does not answer"):
        board.sysfs.read("/sys/bus/iio/devices/iio:device0/in_voltage0_raw", 1.0)


def test_over_the_control_socket(bench: Bench) -> None:
    control = Control(bench.machine, bench.clock.monotonic)

    def ask(method: str, **params: object) -> dict[str, object]:
        line = json.dumps({"id": 1, "method": method, "params": params}).encode()
        answer: dict[str, object] = json.loads(control.answer(line))
        return answer

    known = ask("faults")["result"]
    assert isinstance(known, dict)
    assert {fault["name"] for fault in known["faults"]} == set(FAULTS)
    assert all(fault["text"].endswith(".") for fault in known["faults"])
    assert ask("fault", board="buyer", name="sensor-noisy")["result"] == {"time_s": 1000.0}
    assert ask("fault", board="buyer", name="sensor-scaled", strength=0.5)["result"]
    assert bench.state("buyer")["faults"] == {"sensor-noisy": 20.0, "sensor-scaled": 0.5}
    assert ask("fault.clear", board="buyer")["result"] == {"time_s": 1000.0}
    assert bench.state("buyer")["faults"] == {}
    for wrong in ({"board": "buyer"}, {"board": "buyer", "name": "x", "force": 1}):
        error = ask("fault", **wrong)["error"]
        assert isinstance(error, dict)
        assert error["code"] == -32602


@pytest.mark.parametrize("active_low", [False, True])
def test_an_opened_case_opens_its_switch(bench: Bench, active_low: bool) -> None:
    wiring = replace(DEFAULT, case=Pin(CASE_LINE, active_low))
    bench.machine = Machine(1, bench.clock.now_s, {"seller": wiring})
    switch = Switch(bench.gpio(), CASE_LINE, active_low)
    seen = [switch.is_open]
    broken(bench, "case-opened")
    seen.append(switch.is_open)
    assert bench.state()["faults"] == {"case-opened": 1.0}
    bench.machine.clear("seller", bench.clock.now_s)
    assert [*seen, switch.is_open] == [False, True, False]


def test_a_case_without_a_switch_tells_nothing(bench: Bench) -> None:
    bench.machine = Machine(1, bench.clock.now_s, {"seller": Wiring()})
    with pytest.raises(FaultError, match="no switch in its case"):
        broken(bench, "case-opened")


steps = st.lists(
    st.tuples(
        st.sampled_from([*FAULTS, "clear", "close", "open", "reference"]),
        st.sampled_from(["seller", "buyer"]),
        st.floats(0.0, 0.3),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(steps, st.sampled_from([DEFAULT, AC_WIRING]))
def test_no_order_of_faults_breaks_physics(
    script: list[tuple[str, str, float]], wiring: Wiring
) -> None:
    made, now_s = Machine(1, 0.0, {"seller": wiring, "buyer": wiring}), 0.0
    for what, name, seconds in script:
        now_s += seconds
        board = made.boards[name]
        if what == "clear":
            made.clear(name, now_s)
        elif what in FAULTS:
            made.cause(name, what, None, now_s)
        else:
            line = wiring.reference.line if what == "reference" else wiring.relay.line
            board.gpio.setup(line, True, 1 if what == "open" else 0, now_s)
        assert board.i2c.transfer(0x48, b"\x01", 2, now_s)[0] in (OK, NACK)
        if "relay-welded" in made.state(now_s)["boards"][name]["faults"]:
            assert board.site.main.closed
    made.state(now_s + 1.0)
    seller, buyer = (site.energy for site in made.world.sites.values())
    lost_j = seller.out_j + buyer.out_j - seller.in_j - buyer.in_j
    assert lost_j == pytest.approx(made.world.line_loss_j, abs=1e-6)
    for name, board in made.boards.items():
        made.clear(name, now_s + 1.0)
        made.state(now_s + 2.0)
        assert board.site.main.closed == board.site.main.coil
