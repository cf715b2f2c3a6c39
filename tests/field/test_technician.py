"""Sensor, relay, events by the commands, on a real meter."""

import json
import os
import signal
import subprocess
import sys
from xml.etree import ElementTree

from firmware.errors import RpcFailed
from tests.field.bench import Bench
from tests.field.terminal import Terminal
from tests.plant_process import ROOT, wait_until


def told(node: Bench, *command: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(node.done(*command, "--json"))
    return found


def relay_closed(node: Bench) -> bool:
    return bool(node.plant.call("state")["boards"]["seller"]["relay_closed"])


def test_a_reading_agrees_with_the_instrument(node: Bench) -> None:
    node.sampling()
    shown = node.plant.call("instrument", {"board": "seller", "seconds": 0.5})
    found = told(node, "sensor", "read", "--seconds", "0.5")
    assert abs(float(str(found["voltage_v"])) - shown["voltage_v"]) < 0.05
    assert abs(float(str(found["current_a"])) - shown["current_a"]) < 0.02
    assert 0.005 < float(str(found["current_noise_a"])) < 0.05
    text = node.done("sensor", "read", "--seconds", "0.1")
    assert "at the pins" in text
    assert max(map(len, text.splitlines())) <= 80


def test_watching_is_a_line_a_second_and_ctrl_c_ends_it_well(node: Bench) -> None:
    node.sampling()
    watch = subprocess.Popen(
        [sys.executable, "-m", "normal_world.cli.main", "sensor", "watch"],
        cwd=node.folder,
        env={**os.environ, "EVLOCK_HOME": str(node.home), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watch.stdout is not None
    assert watch.stderr is not None
    lines = [watch.stdout.readline() for _ in range(3)]
    watch.send_signal(signal.SIGINT)
    assert watch.wait(20) == 0
    assert watch.stderr.read() == ""
    watch.stdout.close()
    watch.stderr.close()
    assert lines[0].split() == ["time", "voltage", "current", "power", "state"]
    assert "idle, relay open" in lines[2]


def test_watching_at_a_terminal_is_a_screen(node: Bench) -> None:
    node.sampling()
    with Terminal(node, "sensor", "watch") as terminal:
        terminal.wait("idle, relay open")
        terminal.wait("lowest")
        terminal.wait("Ctrl-C ends it")
        terminal.interrupt()
        assert terminal.end() == 0
    assert "voltage" in terminal.text
    assert "Traceback" not in terminal.text


def test_plots_for_the_terminal_and_as_svg(node: Bench) -> None:
    node.sampling()
    text = node.done("sensor", "plot", "--count", "200")
    assert max(map(len, text.splitlines())) <= 80
    assert "samples" in text
    node.done("sensor", "plot", "--what", "voltage", "--output", "v.svg", "--force")
    root = ElementTree.fromstring((node.folder / "v.svg").read_text("utf-8"))
    line = root.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    assert len(line.attrib["points"].split()) > 100
    again = node.evlock("sensor", "plot", "--output", "v.svg")
    assert (again.returncode, again.stderr.split()[0]) == (2, "CLI-USAGE")


def test_the_relay_opens_by_itself_although_the_command_is_gone(node: Bench) -> None:
    node.sampling()
    assert node.done("relay", "close", "--seconds", "2", "--yes").startswith("closed; opens by")
    wait_until(lambda: relay_closed(node), "the contact closes")
    assert told(node, "relay", "status")["by_hand"] is True
    wait_until(lambda: not relay_closed(node), "the relay opens")
    wait_until(lambda: node.done("relay", "status") == "open\n", "the meter knows")


def test_the_relay_opens_on_command_and_is_not_closed_twice(node: Bench) -> None:
    node.sampling()
    node.call("relay", action="close", seconds=60)
    second = node.evlock("relay", "close", "--seconds", "1", "--yes")
    assert (second.returncode, second.stderr.split()[0]) == (7, "METER-BUSY")
    busy = node.evlock("self-check")
    assert (busy.returncode, busy.stderr.split()[0]) == (7, "METER-BUSY")
    assert "at the pins" in node.done("sensor", "read", "--seconds", "0.2")
    node.done("relay", "open")
    wait_until(lambda: not relay_closed(node), "the contact opens")
    assert node.done("self-check").splitlines()[-1].split() == ["verdict", "passed"]


def test_a_meter_that_is_stopped_opens_what_was_closed_by_hand(node: Bench) -> None:
    node.sampling()
    node.call("relay", action="close", seconds=60)
    wait_until(lambda: relay_closed(node), "the contact closes")
    node.stop("meterd")  # SIGTERM: within the limit of a test, with the relay open
    wait_until(lambda: not relay_closed(node), "the contact opens")
    node.start("meterd")


def test_testing_the_relay_times_the_contact_that_carries_current(node: Bench) -> None:
    node.sampling()
    found = told(node, "relay", "test", "--yes")
    load, main = found["reference_load"], found["main"]
    assert isinstance(load, dict)
    assert isinstance(main, dict)
    assert 1.0 < load["operate_ms"] < 60.0
    assert 0.5 < load["release_ms"] < 60.0
    assert abs(load["current_a"] - 1.2) < 0.2
    assert main["operate_ms"] is None  # the other side is dead
    assert not relay_closed(node)


def test_a_stuck_reference_load_fails_the_self_check_in_words(node: Bench) -> None:
    node.sampling()
    node.plant.call("fault", {"board": "seller", "name": "reference-open"})
    try:
        done = node.evlock("self-check")
    finally:
        node.plant.call("fault.clear", {"board": "seller"})
    assert done.returncode == 1
    assert done.stderr.startswith("SELF-CHECK ")
    assert "expected" in done.stdout


def test_events_tell_starts_faults_and_what_was_done_by_hand(node: Bench) -> None:
    node.stop("meterd", kill=True)
    node.start("meterd")
    node.sampling()
    node.plant.call("fault", {"board": "seller", "name": "bus-nack"})
    wait_until(lambda: node.call("status")["fault"], "the fault")
    wait_until(lambda: "ADC-NACK" in node.done("events", "--since", "1h"), "the event")
    node.plant.call("fault.clear", {"board": "seller"})
    wait_until(lambda: "METER-SOUND" in node.done("events"), "the end of the fault")
    text = node.done("events", "--since", "1h")
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    assert "METER-STARTED the run before was killed, or the power failed" in words
    assert "CALIBRATED" in words
    assert "RELAY-BY-HAND" in words
    only = json.loads(node.done("events", "--code", "METER-STARTED", "--json"))["events"]
    assert {event["code"] for event in only} == {"METER-STARTED"}


def test_what_meterd_is_asked_wrongly_is_refused_with_a_code(node: Bench) -> None:
    for method, params in (
        ("relay", {"action": "close", "seconds": 61}),
        ("relay", {"action": "close", "seconds": float("nan")}),
        ("relay", {"action": "weld"}),
        ("sensor.read", {"seconds": 0}),
        ("sensor.read", {"seconds": True}),
        ("sensor.samples", {"count": 1001}),
        ("events", {"limit": 0}),
        ("events", {"after": "x"}),
    ):
        try:
            node.call(method, **params)
        except RpcFailed as error:
            assert error.code == "CONTROL-PARAMS", (method, params, error)
        else:
            raise AssertionError((method, params))
    assert not relay_closed(node)


def test_logs_are_found_beside_the_home(node: Bench) -> None:
    assert "n-secured" in node.done("logs", "secured", "--lines", "3")
