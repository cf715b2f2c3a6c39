"""Help, completion and the man page: of every command, in 80 columns, and they work."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from normal_world.cli.completion import script
from normal_world.cli.main import run
from normal_world.cli.manual import roff
from tests.field.commands import leaves
from tests.plant_process import ROOT

COMMANDS = list(leaves())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_json_and_fits(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert f"evlock {command}" in text.split("Example", 1)[1]
    assert "--json" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_the_man_page_has_every_command() -> None:
    page = roff()
    for command in COMMANDS:
        assert f".SS evlock {command}".replace("-", r"\-") in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_roff_reads_the_man_page_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-Kutf8", "-man", "-Tutf8", "-ww", "-z"],
        input=roff().encode(),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_the_page_in_80_columns(tmp_path: Path) -> None:
    (tmp_path / "evlock.1").write_text(roff(), encoding="utf-8")
    done = subprocess.run(
        ["man", "--warnings", "-l", str(tmp_path / "evlock.1")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MANWIDTH": "80", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"},
    )
    assert done.stderr == ""
    assert "evlock relay close" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("evlock se", {"secure-world", "self-check", "sell", "sensor", "setup"}),
        ("evlock relay ", {"status", "open", "close", "test"}),
        ("evlock relay close --s", {"--seconds"}),
        ("evlock sensor plot --what ", {"current", "voltage"}),
    ],
)
def test_bash_completes_when_the_script_is_sourced(
    typed: str, expected: set[str], tmp_path: Path
) -> None:
    """In a real bash, with an `evlock` on its PATH."""
    program = tmp_path / "evlock"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m normal_world.cli.main "$@"\n')
    program.chmod(0o755)
    words = typed.split(" ")
    code = (
        'source <(evlock completion bash); complete -p evlock >&2; COMP_WORDS=("$@"); '
        'COMP_CWORD=$(($# - 1)); _evlock_completion evlock; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-euc", code, "bash", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
    )
    assert set(done.stdout.split()) == expected
    assert "_evlock_completion" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell: str) -> None:
    text = script(shell)
    assert "_EVLOCK_COMPLETE" in text
    assert f"complete_{shell}" in text
