"""The evlock command as a technician meets it: help, one-line errors, exit codes."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from normal_world.cli.main import app, run

TRADE = "0x" + "ab" * 32
TO_PROGRAMS = [
    ["status"],
    ["history"],
    ["sell", "--amount-uwh", "66000", "--price", "150000000000000000"],
    ["buy", "--amount-uwh", "66000", "--max-price", "150000000000000000"],
    ["trades"],
    ["trades", "--trade", TRADE],
    ["stop", TRADE],
    ["key", "address"],
    ["key", "provision", "--rated-power-w", "2300", "--passphrase-file", "/dev/null"],
    ["secure-world", "policy", "show"],
    ["meter", "zero"],
    ["meter", "load", "on"],
    ["meter", "gain", "--voltage-v", "12.4", "--current-a", "1.24"],
    ["meter", "check"],
    ["safe-mode", "status"],
    ["safe-mode", "leave"],
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVLOCK_HOME", str(tmp_path))
    monkeypatch.delenv("EVLOCK_DEBUG", raising=False)
    return tmp_path


def leaves(group: Any, path: tuple[str, ...] = ()) -> list[list[str]]:
    commands = getattr(group, "commands", None)
    if commands is None:
        return [list(path)]
    return [leaf for name, sub in commands.items() for leaf in leaves(sub, (*path, name))]


@pytest.mark.parametrize("command", leaves(typer.main.get_command(app)), ids=" ".join)
def test_help_has_an_example_and_fits_80_columns(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Example" in text
    assert f"evlock {' '.join(command)}" in text.split("Example", 1)[1]
    assert "--json" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text


@pytest.mark.parametrize("command", TO_PROGRAMS, ids=" ".join)
def test_a_program_that_is_not_there_is_one_line_and_an_exit_code(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--json"]) == 7
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert told.split(" ", 1)[0] in ("CONTROL-GONE", "SECURE-WORLD-GONE", "CLI-PROGRAMS")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nonsense"], "No such command"),
        (["sell"], "--amount-uwh"),
        (["sell", "--amount-uwh", "0", "--price", "1"], "--amount-uwh"),
        (["sell", "--amount-uwh", "1.5", "--price", "1"], "--amount-uwh"),
        (["sell", "--amount-uwh", "1", "--price", "0"], "--price"),
        (["meter", "load", "maybe"], "on or off"),
        (["contracts", "deploy", "--book", "/dev/null"], "CONFIG-ADDRESS-BOOK"),
        (["demo", "--crash", "meter@4"], "secured, meterd, noded, chain"),
        (["demo", "--silent", "4"], "NODE@SECONDS"),
        (["demo", "--amount-uwh", "1"], "1000 to 100000000"),
        (["demo", "--chain", "moon"], "embedded or anvil"),
        (["key"], "Missing command"),
        (["key", "provision", "--rated-power-w", "0"], "--rated-power-w"),
        (["pki", "issue", "house.pem", "--meter", "0x12"], "40 hexadecimal digits"),
        (["secure-world", "policy", "propose", "--book", "/dev/null"], "CONFIG-ADDRESS-BOOK"),
    ],
)
def test_a_bad_command_line_is_one_line_and_exit_code_2(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert expected in captured.err


def test_the_bare_command_shows_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    run([])
    assert "evlock demo" in capsys.readouterr().out


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys; from normal_world.cli.main import run; run(['--help']); "
        "heavy = {'web3', 'eth_account', 'rich', 'cryptography', 'bip_utils', 'numpy'}; "
        "sys.exit(str(sorted(heavy & sys.modules.keys())) if heavy & sys.modules.keys() else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
