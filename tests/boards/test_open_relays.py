"""evlock-meterd --open-relays: a file that is wrong elsewhere does not keep a relay closed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import board_configs
from drivers.relay import Relay
from drivers.virtual.gpio import VirtualGPIO
from tests.firmware.rig import Rig, rig
from tests.plant_process import ROOT, plant_process, wait_until


def open_relays(board: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "firmware.main", "--board", str(board), "--open-relays"],
        cwd=ROOT,
        env={**os.environ, "EVLOCK_HOME": str(board.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_relays_open_although_other_tables_are_spoilt(tmp_path: Path) -> None:
    with plant_process() as plant:
        text = board_configs.virtual(plant.socket, "buyer")
        spoilt = text.replace("[limits]", "[limit]").replace("variant_a = 20", "variant_a = 7")
        board = tmp_path / "board.toml"
        board.write_text(spoilt.replace("ohm = 10.0", "ohm = 0.1"), encoding="utf-8")

        def closed() -> bool:
            return bool(plant.call("state")["boards"]["buyer"]["relay_closed"])

        relay = Relay(VirtualGPIO(plant.socket, "buyer"), 17, active_low=True)
        relay.close()
        wait_until(closed, "the relay closed")
        assert open_relays(board) == (0, "")
        wait_until(lambda: not closed(), "the relay opened")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("active_low = true  # a low level closes it; rel", "activ_low = true  # rel", "activ_low"),
        ("line = 17", "line = 27", "used twice"),
        ('driver = "rpi"', 'driver = "rip"', "driver"),
        ("[relay]", "[rely]", "this table is missing"),
    ],
)
def test_lines_that_cannot_be_trusted_are_told(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    text = board_configs.virtual(tmp_path / "no.sock", "buyer")
    assert old in text
    board = tmp_path / "board.toml"
    board.write_text(text.replace(old, new, 1), encoding="utf-8")
    code, lines = open_relays(board)
    assert code == 2 and said in lines and lines.startswith("CONFIG-")


def test_the_file_that_meterd_runs_with_opens_its_relays_whatever_is_edited_since() -> None:
    """A line number changed, or a file spoilt, between the start and the kill of the daemon."""
    with rig(seed=9) as meter:
        board = meter.home / "etc" / "board.toml"
        meter.admin.call("reference_load", closed=True)
        wait_until(lambda: reference_closed(meter), "the reference load's contact closes")
        meter.kill()
        board.write_text("[board\n", encoding="utf-8")
        environment = {**os.environ, "EVLOCK_HOME": str(meter.home)}
        command = [sys.executable, "-m", "firmware.main", "--open-relays"]
        assert subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
        wait_until(lambda: not reference_closed(meter), "the reference load's contact opens")
        board.write_text(board_configs.virtual(meter.plant.socket, "buyer"), encoding="utf-8")
        meter.start()


def reference_closed(meter: Rig) -> bool:
    return bool(meter.plant.call("state")["boards"]["buyer"]["reference_closed"])
