"""Every board file boots on virtual parts: a real meterd, a real plant wired by the same file.

The plant's chips sit at the file's addresses and its relays on the file's lines, at the file's
polarity: what meterd reads and moves, it reads and moves where the file says.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import board_configs
from firmware.board import BoardConfig
from firmware.board_file import read_board
from firmware.jsonrpc import Client
from normal_world.cli.main import run
from tests.plant_process import ROOT, PlantProcess, plant_process, wait_until

FILES = sorted((ROOT / "board_configs").glob("*.toml"))
PIS = [file for file in FILES if file.stem.startswith("raspberry-pi")]
NODE = "[limits]\nmax_trade_uwh = 1000000\nmax_day_uwh = 1000000\nmax_current_a = 5.0\n"


@contextmanager
def booted(file: Path) -> Iterator[tuple[Client, PlantProcess, BoardConfig]]:
    """A meterd that said "ready"; its technician's socket; the plant under it."""
    options = [f"--board=seller={file}", f"--board=buyer={file}"]
    with plant_process(seed=3, options=options) as plant:
        home = plant.socket.parent
        for folder in ("etc", "run"):
            (home / folder).mkdir()
        text = board_configs.with_plant(file.read_text(encoding="utf-8"), plant.socket, "buyer")
        (home / "etc" / "board.toml").write_text(text, encoding="utf-8")
        (home / "etc" / "node.toml").write_text(NODE, encoding="utf-8")
        with meterd(home):
            admin = Client(home / "run" / "meterd-admin.sock", 30)
            try:
                yield admin, plant, read_board(home / "etc" / "board.toml")
            finally:
                admin.close()


@contextmanager
def meterd(home: Path) -> Iterator[None]:
    """A meterd of that home, which ends by itself when it is told to."""
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "firmware.main"],
            cwd=ROOT,
            env={**os.environ, "EVLOCK_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n", (home / "log").read_text()
            yield
        except BaseException as error:
            error.add_note((home / "log").read_text())  # why meterd went, if it did
            raise
        finally:
            process.terminate()
            code = process.wait(20)
            process.stdout.close()
    assert code == 0, (home / "log").read_text()


def settled(node: Client, board: BoardConfig) -> dict[str, Any]:
    """The status once the voltage stands still: the first window of AC has no zero yet."""
    seen: list[float] = []

    def still() -> bool:
        volts = node.call("status")["voltage_v"]
        if volts is not None and volts not in seen[-1:]:
            seen.append(volts)
        return len(seen) > 1 and abs(seen[-1] - seen[-2]) < 0.02 * board.mains.nominal_v

    wait_until(still, "a voltage that stands still")
    return dict(node.call("status"))


def measures_and_switches(file: Path) -> None:
    with booted(file) as (admin, plant, board):
        with closing(Client(plant.socket.parent / "run" / "meterd.sock", 30)) as node:
            status = settled(node, board)
        assert status["voltage_v"] == pytest.approx(board.mains.nominal_v, rel=0.15)
        assert abs(status["current_a"]) < 1.0  # relays open; before calibration ±0.4 A and noise

        def closed() -> tuple[bool, bool]:
            truth = plant.call("state")["boards"]["buyer"]
            return bool(truth["relay_closed"]), bool(truth["reference_closed"])

        assert closed() == (False, False)
        admin.call("reference_load", closed=True)
        wait_until(lambda: closed() == (False, True), "the reference relay closed")
        admin.call("reference_load", closed=False)
        wait_until(lambda: closed() == (False, False), "the reference relay opened")
        admin.call("relay", action="close", seconds=30.0)
        wait_until(lambda: closed() == (True, False), "the main relay closed")
        admin.call("relay", action="open")
        wait_until(lambda: closed() == (False, False), "the main relay opened")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_board_boots_measures_and_switches(file: Path) -> None:
    measures_and_switches(file)


@pytest.mark.parametrize("file", PIS, ids=lambda file: file.stem)
def test_every_pi_does_so_on_alternating_current(file: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.toml"
    options = ["--mains", "ac", "--frequency", "60", "--relay-line", "22", "--active-high"]
    assert run(["board", "new", "made", "--from", str(file), *options, "--output", str(made)]) == 0
    measures_and_switches(made)
