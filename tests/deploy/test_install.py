"""evlock install into another root: what is put in place, kept, refused, and taken away again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy import layout
from firmware.config import read_settings
from normal_world.cli import install_place
from normal_world.cli.main import run
from tests.plant_process import ROOT

UNITS = "etc/systemd/system"


def install(capsys: pytest.CaptureFixture[str], root: Path, *more: str) -> dict[str, list[str]]:
    """What was done: the paths by the word for it."""
    assert run(["install", "--root", str(root), "--json", *more]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    found: dict[str, list[str]] = {}
    for step in told["steps"]:
        found.setdefault(step["did"], []).append(step["what"])
    return found


def files(root: Path) -> dict[str, str]:
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_text("utf-8") for path in found}


def test_install_again_and_remove(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = install(capsys, tmp_path, "--board", "raspberry-pi-4b")
    first = files(tmp_path)
    assert sorted(done) == ["written"]
    assert len(done["written"]) == len(first) == 20
    scripts = install_place.scripts_folder()
    for service in layout.SERVICES:
        unit = first[f"{UNITS}/{service}.service"]
        assert f"ExecStart={scripts}/{service}" in unit
        assert "@BIN@" not in unit
    read_settings(tmp_path / "etc/evlock/board.toml", tmp_path / "etc/evlock/node.toml")

    own = tmp_path / "etc/evlock/node.toml"
    own.write_text("# mine\n", encoding="utf-8")
    (tmp_path / UNITS / "evlock.target").write_text("# old\n", encoding="utf-8")
    again = install(capsys, tmp_path, "--board", "artik-710s")
    assert again["kept"] == [str(tmp_path / "etc/evlock" / n) for n in ("board.toml", "node.toml")]
    assert again["updated"] == [str(tmp_path / UNITS / "evlock.target")]
    assert len(again["unchanged"]) == 17
    assert files(tmp_path) == {**first, "etc/evlock/node.toml": "# mine\n"}

    removed = install(capsys, tmp_path, "--remove")
    assert len(removed["removed"]) == 18
    assert sorted(files(tmp_path)) == ["etc/evlock/board.toml", "etc/evlock/node.toml"]
    assert own.read_text("utf-8") == "# mine\n"
    assert "removed" not in install(capsys, tmp_path, "--remove")


def test_a_board_of_sysfs_lines_may_write_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_in = tmp_path / UNITS / "evlock-meterd.service.d/sysfs-gpio.conf"
    install(capsys, tmp_path, "--board", "artik-710s")
    assert "ReadWritePaths=-/sys/class/gpio" in drop_in.read_text("utf-8")
    (tmp_path / "etc/evlock/board.toml").unlink()
    done = install(capsys, tmp_path, "--board", "raspberry-pi-5")
    assert done["removed"] == [str(drop_in)]
    assert not drop_in.parent.exists()


@pytest.mark.parametrize(("version", "backs_off"), [(252, False), (254, True), (257, True)])
def test_restarts_back_off_where_systemd_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], version: int, backs_off: bool
) -> None:
    library = tmp_path / f"usr/lib/aarch64-linux-gnu/systemd/libsystemd-shared-{version}.so"
    library.parent.mkdir(parents=True)
    library.touch()
    install(capsys, tmp_path, "--board", "virtual")
    for service in layout.SERVICES:
        assert (tmp_path / UNITS / f"{service}.service.d/backoff.conf").exists() is backs_off


def test_a_dry_run_touches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["install", "--root", str(tmp_path), "--dry-run", "--board", "virtual"]) == 0
    assert "would be written  " in capsys.readouterr().out
    assert files(tmp_path) == {}
    done = install(capsys, tmp_path, "--dry-run")
    assert done["missing"][0].endswith("board.toml: evlock install --board NAME writes it")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--board", "toaster"], "CLI-USAGE --board 'toaster': one of artik-710s, "),
        (["--remove", "--board", "virtual"], "CLI-USAGE --remove --board: one of both"),
        (["--root", "/nowhere"], "CLI-USAGE --root /nowhere: a folder that is there expected"),
    ],
)
def test_bad_arguments_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    root = [] if "--root" in arguments else ["--root", str(tmp_path)]
    assert run(["install", *root, *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1
    assert files(tmp_path) == {}


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that everybody may write to."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o700)


def test_no_service_runs_from_where_others_can_write(open_folder: Path) -> None:
    place = open_folder / "venv"
    place.mkdir()
    with pytest.raises(install_place.PlaceUnsafe, match="others than root can change it"):
        install_place.check(place)
    with pytest.raises(install_place.PlaceUnsafe, match="python3 -m venv /opt/evlock"):
        install_place.check(Path("/root"))
    install_place.check(Path("/usr/bin"))


def test_the_command_refuses_such_a_place_and_does_nothing(open_folder: Path) -> None:
    """A virtual environment there, with the real command; the system is this machine's own."""
    venv = [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages"]
    subprocess.run([*venv, str(open_folder / "v")], check=True)
    for name in install_place.PROGRAMS:
        (open_folder / "v/bin" / name).touch(mode=0o755)
    python = str(open_folder / "v/bin/python")
    done = subprocess.run(
        [python, "-m", "normal_world.cli.main", "install", "--board", "virtual"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("INSTALL-PLACE ")
    assert done.stderr.count("\n") == 1
    assert not Path("/etc/evlock/board.toml").exists()
