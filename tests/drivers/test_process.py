"""The plant as a process: start, stop, death, silence, garbage, another start."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from drivers.ads1115 import ADS1115
from drivers.errors import AdcNotConfigured, BusGone, RelayError
from drivers.relay import Relay
from drivers.virtual import wire
from drivers.virtual.bus import VirtualBus
from drivers.virtual.gpio import VirtualGPIO
from tests.plant_process import LIMIT_S, ROOT, PlantProcess, plant_process, wait_until


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "drivers.virtual", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def configured(plant: PlantProcess, address: int = 0x49) -> ADS1115:
    adc = ADS1115(VirtualBus(plant.socket, "buyer"), address)
    adc.configure()
    return adc


def test_real_library_over_the_real_socket(plant: PlantProcess) -> None:
    adc = configured(plant)
    true_v = plant.call("state")["boards"]["buyer"]["voltage_v"]
    assert adc.read_v() * 5.0 == pytest.approx(true_v, rel=0.02)
    adc.check_config()
    assert VirtualBus(plant.socket, "buyer").scan() == [0x48, 0x49]


def test_a_plant_killed_during_reads_raises_and_never_gives_a_number(plant: PlantProcess) -> None:
    adc = configured(plant)
    killer = threading.Timer(0.05, plant.process.kill)
    killer.start()
    values = []
    with pytest.raises(BusGone) as caught:
        while True:
            values.append(adc.read_v())
    killer.join()
    assert caught.value.code == "BUS-GONE"
    assert all(2.2 < volts < 2.7 for volts in values)
    with pytest.raises(AdcNotConfigured):
        adc.read_v()
    with pytest.raises(BusGone):
        adc.configure()
    with pytest.raises(RelayError):
        Relay(VirtualGPIO(plant.socket, "buyer"), 17)


def test_after_a_restart_the_same_driver_works_again(plant: PlantProcess) -> None:
    adc = configured(plant)
    plant.kill()
    with pytest.raises(BusGone):
        adc.read_v()
    with plant_process(folder=plant.socket.parent) as again:
        adc.configure()
        assert again.call("state")["boards"]["buyer"]["voltage_v"] == pytest.approx(
            adc.read_v() * 5.0, rel=0.02
        )


def test_a_plant_that_stands_still_is_an_error_in_time(
    plant: PlantProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TIME_LIMIT_S", 0.05)
    adc = configured(plant)
    plant.process.send_signal(signal.SIGSTOP)
    with pytest.raises(BusGone, match="does not answer"):
        adc.read_v()
    plant.process.send_signal(signal.SIGCONT)
    adc.configure()  # the late answer of the dropped connection is not taken for this one's
    assert 2.2 < adc.read_v() < 2.7


def test_unknown_board_is_refused(plant: PlantProcess) -> None:
    with pytest.raises(OSError, match="'nobody': one of"):
        VirtualBus(plant.socket, "nobody").writeto(0x48, b"")


@pytest.mark.parametrize(
    "frame", [b"\x00", b"\xff" * 300, b"\x01\xff\xfe", b"\x02\x48\x02", b"\x03"]
)
def test_malformed_frames_are_refused_and_harmless(plant: PlantProcess, frame: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        link.settimeout(LIMIT_S)
        link.connect(str(plant.socket))
        link.send(frame)
        assert link.recv(300)[0] in (wire.REFUSED, wire.NACK)
    assert plant.call("state")


def test_garbage_on_the_control_socket_is_answered_and_harmless(plant: PlantProcess) -> None:
    for garbage in (b"\x00\xff garbage\n", b"x" * 200_000, b'{"method": 5}\n'):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            assert b"error" in plant.raw(garbage)
    assert plant.call("state")


def test_two_requests_in_one_packet_get_two_answers(plant: PlantProcess) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(LIMIT_S)
        link.connect(str(plant.control))
        link.sendall(b'{"id": 1, "method": "events"}\n{"id": 2, "method": "events"}\n')
        with link.makefile("rb") as answers:
            found = [json.loads(answers.readline())["id"] for _ in range(2)]
    assert found == [1, 2]


def test_whoever_does_not_read_loses_only_its_own_connection(plant: PlantProcess) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(LIMIT_S)
        link.connect(str(plant.control))
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while True:
                link.sendall(b'{"id": 1, "method": "parameters"}\n' * 50)
    assert plant.call("state")


def test_energy_grows_with_real_time(plant: PlantProcess) -> None:
    Relay(VirtualGPIO(plant.socket, "seller"), 27).close()

    def reference_uwh() -> int:
        return int(plant.call("state")["boards"]["seller"]["reference_uwh"])

    wait_until(lambda: reference_uwh() > 0, "energy in the reference load")


def test_it_stops_in_order_and_takes_its_sockets_along(plant: PlantProcess) -> None:
    assert plant.stop() == 0
    assert not plant.socket.exists()
    assert not plant.control.exists()


def test_a_second_plant_at_the_same_place_is_refused(plant: PlantProcess) -> None:
    ended = run("--socket", str(plant.socket), "--control", str(plant.control))
    assert ended.returncode == 2
    assert "PLANT-SOCKET" in ended.stderr
    assert str(plant.socket) in ended.stderr
    assert plant.call("state")


def test_a_path_too_long_for_a_socket_is_named(tmp_path: Path) -> None:
    long = str(tmp_path / ("x" * 120))
    ended = run("--socket", long, "--control", long)
    assert ended.returncode == 2
    assert long in ended.stderr
    with pytest.raises(OSError, match="over 107 bytes"):
        VirtualBus(long, "seller")


def test_configuration_file(tmp_path: Path) -> None:
    config = tmp_path / "plant.toml"
    config.write_text("[seller.battery]\nsoc = 0.75\n[line]\nohm = 0.2\n")
    with plant_process(config=config) as plant:
        parameters = plant.call("parameters")["parameters"]
    assert parameters["seller.battery.soc"] == pytest.approx(0.75, abs=1e-4)
    assert parameters["line.ohm"] == 0.2


@pytest.mark.parametrize("text", ["line = 5", "[line]\nohmm = 5", "[line", "[line]\nohm = 'x'"])
def test_a_wrong_configuration_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    config = tmp_path / "plant.toml"
    config.write_text(text)
    where = str(tmp_path / "s"), str(tmp_path / "c")
    ended = run("--socket", where[0], "--control", where[1], "--config", str(config))
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "PLANT-PARAMETER" in ended.stderr


def test_help_names_every_method() -> None:
    shown = run("--help").stdout
    words = "state events instrument parameters set reset_energy fault faults load"
    for word in (*words.split(), "--seed", "--board", "--load"):
        assert word in shown
