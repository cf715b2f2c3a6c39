"""The life of the real program: start, neighbours, a full disk, death."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from secure_world.protocol import (
    Role,
    SecureWorldUnreachable,
)
from tests.secure_world.owner import PIN, PUBLIC_KEY
from tests.secure_world.process import ALLOWED, PROGRAM, ROOT, Secured, refusal


def test_a_killed_process_leaves_no_trouble(secured: Secured) -> None:
    account = secured.admin.provision(12, "", 5).account
    assert secured.kill() == -9
    assert (secured.run / Role.ADMIN.socket_name).exists()
    with pytest.raises(SecureWorldUnreachable):
        secured.admin.info()
    assert secured.start()
    assert secured.admin.info().account == account


def test_the_client_finds_a_restarted_process(secured: Secured) -> None:
    assert secured.node.info().boot_count == 1
    secured.kill()
    secured.start()
    assert secured.node.info().boot_count == 2


def test_two_never_share_a_state_or_a_socket(tmp_path: Path, secured: Secured) -> None:
    for state, run in ((secured.state, tmp_path / "r"), (tmp_path / "s", secured.run)):
        second = subprocess.run(
            [sys.executable, *PROGRAM, *ALLOWED, "--state", state, "--run", run],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, second.stdout) == (2, "")
        assert second.stderr.splitlines()[-1].startswith("ERROR STATE-LOCKED ")
    assert secured.node.info().boot_count == 1


def test_an_evlock_home_moves_everything(tmp_path: Path) -> None:
    with Secured(tmp_path) as program:
        command = [sys.executable, "-m", "secure_world.main"]
        home = {**os.environ, "EVLOCK_HOME": str(tmp_path)}
        with subprocess.Popen(command, cwd=ROOT, env=home, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            assert program.node.info().boot_count == 1
            process.terminate()
    assert (tmp_path / "var" / "secured" / "state.db").exists()


def test_peers_are_logged(secured: Secured) -> None:
    secured.meter.info()
    secured.stop()
    assert f"INFO CONNECTED meter pid {os.getpid()} uid {os.getuid()}" in secured.log.read_text()


def test_a_full_disk_refuses_everything_and_loses_nothing(secured: Secured) -> None:
    secured.admin.provision(12, "", 5000)
    assert secured.meter.count(1, 0, 100).export_uwh == 100
    hard = resource.prlimit(secured.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(secured.pid, resource.RLIMIT_FSIZE, (1, hard))
    assert refusal(lambda: secured.meter.count(1, 0, 200)) == "STORAGE"
    assert refusal(secured.admin.lock) == "STORAGE"
    assert refusal(lambda: secured.admin.claim(PUBLIC_KEY, PIN)) == "STORAGE"
    info = secured.node.info()
    assert (info.export_uwh, info.locked, info.owner) == (100, False, None)
    resource.prlimit(secured.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert secured.meter.count(1, 0, 200).export_uwh == 200
    secured.kill()
    secured.start()
    assert secured.node.info().export_uwh == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stat", "x"], "--stat: unknown, expected --state, --run"),
        (["--run"], "--run: no value, expected one"),
        (["x"], "x: unknown"),
    ],
)
def test_options_that_are_wrong_are_said(arguments: list[str], said: str) -> None:
    command = [sys.executable, *PROGRAM, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert ended.stderr.startswith("usage: evlock-secured")


def test_help_names_every_option() -> None:
    command = [sys.executable, *PROGRAM, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(option in ended.stdout for option in ("--state", "--run", "--allow"))


def test_an_option_may_be_one_word(tmp_path: Path) -> None:
    with Secured(tmp_path) as program:
        assert program.start(f"--run={tmp_path / 'other'}")
        assert (tmp_path / "other" / Role.NODE.socket_name).exists()
