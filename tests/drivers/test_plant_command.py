"""evlock plant: what a technician types at a plant that runs."""

import json
from pathlib import Path

import pytest

from normal_world.cli.main import run
from tests.drivers.board_files import AC_BOARD, written
from tests.plant_process import PlantProcess, plant_process


def test_break_look_repair(plant: PlantProcess, capsys: pytest.CaptureFixture[str]) -> None:
    control = f"--control={plant.control}"
    command = ["plant", "fault", "sensor-scaled", "--board", "buyer", "--strength", "0.7"]
    assert run([*command, control, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["fault"], told["board"]) == ("sensor-scaled", "buyer")
    assert run(["plant", "state", control, "--json"]) == 0
    boards = json.loads(capsys.readouterr().out)["boards"]
    assert (boards["seller"]["faults"], boards["buyer"]["faults"]) == ({}, {"sensor-scaled": 0.7})
    assert run(["plant", "fault", "list", control]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].split() == ["buyer", "sensor-scaled", "0.7"]
    assert max(map(len, lines)) <= 80
    assert run(["plant", "fault", "clear", "--board", "buyer", control]) == 0
    assert plant.call("state")["boards"]["buyer"]["faults"] == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fault", "relay-weld", "--board", "buyer"], "PLANT-FAULT fault 'relay-weld': no such"),
        (["fault", "bus-nack", "--board", "buyer", "--strength", "2"], "PLANT-FAULT bus-nack:"),
        (["fault", "bus-nack"], "CLI-USAGE --board '': seller or buyer expected"),
        (["load", "motor"], "PLANT-LOAD load 'motor': boards on alternating current expected"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(
    plant: PlantProcess, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["plant", *arguments, f"--control={plant.control}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert len(told.splitlines()) == 1


def test_another_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = written(tmp_path, AC_BOARD)
    with plant_process(options=[f"--board={name}={board}" for name in ("seller", "buyer")]) as made:
        assert run(["plant", "load", "dimmer:40", f"--control={made.control}", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["load"] == "dimmer:40"
        assert told["power_w"] == pytest.approx(40.0)
        assert run(["plant", "load", str(tmp_path / "no.npz"), f"--control={made.control}"]) == 2
        assert "No such file" in capsys.readouterr().err


def test_a_plant_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plant", "state", f"--control={tmp_path}/none.sock"]) == 7
    assert capsys.readouterr().err.startswith("CONTROL-GONE")


def test_starting_one_needs_its_sockets(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["plant", "--seed", "3"]) == 2
    assert capfd.readouterr().err.startswith("CLI-USAGE plant: --socket PATH and --control PATH")
    sockets = [f"--socket={tmp_path}/s", f"--control={tmp_path}/c"]
    assert run(["plant", *sockets, "--load", "toaster"]) == 2
    told = capfd.readouterr().err
    assert told.startswith("PLANT-LOAD")
    assert len(told.splitlines()) == 1
