"""Relays: polarity, fail-safe start, levels that outlive a process, disbelief."""

import os
import signal
import subprocess
import sys

import pytest

from drivers.errors import RelayError
from drivers.relay import Relay, open_gpio
from drivers.virtual.gpio import VirtualGPIO
from tests.drivers.conftest import Bench
from tests.plant_process import LIMIT_S, ROOT, PlantProcess, wait_until

MAIN, REFERENCE = 17, 27


class StuckGpio:
    """RPi.GPIO's API over one line that ignores what is written."""

    BCM, OUT = 11, 0

    def __init__(self, level: int) -> None:
        self.level = level
        self.calls: list[tuple[object, ...]] = []

    def setmode(self, mode: int) -> None:
        self.calls.append(("setmode", mode))

    def setup(self, channel: int, direction: int, *, initial: int) -> None:
        self.calls.append(("setup", channel, direction, initial))

    def output(self, channel: int, value: int) -> None:
        self.calls.append(("output", channel, value))

    def input(self, _channel: int) -> int:
        return self.level


def test_lines_are_high_and_relays_open_before_anyone_comes(bench: Bench) -> None:
    board = bench.machine.boards["seller"]
    assert board.gpio.level(MAIN) == 1
    assert not bench.state()["relay_closed"]


def test_an_output_without_a_level_drives_nothing_low(bench: Bench) -> None:
    gpio = bench.gpio()
    gpio.setmode(gpio.BCM)
    gpio.setup(MAIN, gpio.OUT)
    assert gpio.input(MAIN) == gpio.HIGH


def test_active_low(bench: Bench) -> None:
    relay = Relay(bench.gpio(), MAIN)
    relay.close()
    seen = [relay.is_closed]
    assert bench.machine.boards["seller"].gpio.level(MAIN) == 0
    relay.open()
    seen.append(relay.is_closed)
    assert seen == [True, False]
    assert bench.machine.boards["seller"].gpio.level(MAIN) == 1


def test_active_high(bench: Bench) -> None:
    relay = Relay(bench.gpio(), 22, active_low=False)
    assert bench.machine.boards["seller"].gpio.level(22) == 0
    relay.close()
    assert relay.is_closed
    assert bench.machine.boards["seller"].gpio.level(22) == 1


def test_the_contact_follows_after_its_delay(bench: Bench) -> None:
    relay = Relay(bench.gpio(), REFERENCE)
    relay.close()
    assert not bench.state()["reference_closed"]
    bench.clock.sleep(0.0101)
    assert bench.state()["reference_closed"]
    assert bench.state()["current_a"] == pytest.approx(1.2, abs=0.1)


def test_construction_opens_without_a_pulse(bench: Bench) -> None:
    """The level comes before the direction, and a relay left closed is opened."""
    Relay(bench.gpio(), MAIN).close()
    bench.clock.sleep(0.02)
    assert bench.state()["relay_closed"]
    Relay(bench.gpio(), MAIN)
    bench.clock.sleep(0.02)
    assert not bench.state()["relay_closed"]
    gpio = StuckGpio(level=1)
    Relay(gpio, MAIN)
    assert gpio.calls == [("setmode", 11), ("setup", MAIN, 0, 1)]


def test_a_line_that_does_not_follow_is_an_error() -> None:
    relay = Relay(StuckGpio(level=1), MAIN)
    with pytest.raises(RelayError, match="line 17: reads 1 after a write, 0 expected"):
        relay.close()
    with pytest.raises(RelayError):
        Relay(StuckGpio(level=0), MAIN)


def test_no_such_line_is_an_error(bench: Bench) -> None:
    with pytest.raises(RelayError, match="line 40"):
        Relay(bench.gpio(), 40)


def test_gpio_insists_on_its_order_as_the_real_one_does(bench: Bench) -> None:
    gpio = bench.gpio()
    with pytest.raises(RuntimeError, match="setmode"):
        gpio.setup(MAIN, gpio.OUT)
    gpio.setmode(gpio.BCM)
    with pytest.raises(RuntimeError, match="setup"):
        gpio.output(MAIN, gpio.LOW)
    with pytest.raises(RuntimeError, match="setup"):
        gpio.input(MAIN)
    with pytest.raises(ValueError, match="BCM"):
        gpio.setmode(gpio.BOARD)


def test_setup_without_a_level_keeps_the_latch_and_cleanup_lets_go(bench: Bench) -> None:
    gpio = bench.gpio()
    gpio.setmode(gpio.BCM)
    gpio.setup(MAIN, gpio.OUT, initial=gpio.LOW)
    gpio.setup(MAIN, gpio.IN)
    assert gpio.input(MAIN) == gpio.HIGH  # the pull-up
    gpio.setup(MAIN, gpio.OUT)
    assert gpio.input(MAIN) == gpio.LOW
    gpio.cleanup()
    assert bench.machine.boards["seller"].gpio.level(MAIN) == gpio.HIGH


def test_without_a_pi_opening_real_lines_is_a_named_error() -> None:
    with pytest.raises(RelayError, match="Raspberry Pi"):
        open_gpio()


CLOSE_AND_HANG = """
import signal, sys
from drivers.relay import Relay
from drivers.virtual.gpio import VirtualGPIO
Relay(VirtualGPIO(sys.argv[1], "seller"), 17).close()
print("closed", flush=True)
signal.pause()
"""


def test_a_killed_process_leaves_its_relay_closed_and_another_opens_it(
    plant: PlantProcess,
) -> None:
    command = [sys.executable, "-c", CLOSE_AND_HANG, str(plant.socket)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "closed\n"
        client.send_signal(signal.SIGKILL)
        client.wait(LIMIT_S)

    def closed() -> bool:
        return bool(plant.call("state")["boards"]["seller"]["relay_closed"])

    wait_until(closed, "contact closed")
    Relay(VirtualGPIO(plant.socket, "seller"), MAIN)
    wait_until(lambda: not closed(), "contact open")
    movements = plant.call("events")["events"]
    assert [(event["board"], event["line"], event["closed"]) for event in movements] == [
        ("seller", "main", True),
        ("seller", "main", False),
    ]
