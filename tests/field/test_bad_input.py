"""Every command with bad input: one useful line, the right exit code, nothing changed.

A row: what is typed behind the command, exit code, the line's code, and a word that must be in it.
`{tmp}` is the folder; `bad.toml`, `bad.json` and `there` are in it. A command without rows fails.
"""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from normal_world.cli.main import run
from tests.field.commands import leaves

METER = "0x" + "ab" * 20
TRADE = "0x" + "ab" * 32
NOWHERE = "--rpc http://127.0.0.1:9"  # the port of "discard": nobody listens
GONE = (7, "CONTROL-GONE", "meterd-admin.sock")
NO_NODE = (7, "CONTROL-GONE", "noded.sock")
NO_WORLD = (7, "SECURE-WORLD-GONE", "secured-admin.sock")
Row = tuple[str, int, str, str]
UNKNOWN = ("--no-such-option", 2, "CLI-USAGE", "--no-such-option")

ROWS: dict[str, list[Row]] = {
    "demo": [
        ("--amount-uwh 1", 2, "DEMO-ARGUMENT", "1000 to"),
        ("--chain moon", 2, "DEMO-ARGUMENT", "embedded or anvil"),
        ("--crash meter@4", 2, "DEMO-ARGUMENT", "secured, meterd, noded, chain"),
    ],
    "sell": [
        ("", 2, "CLI-USAGE", "--amount-uwh"),
        ("--amount-uwh 0 --price 1", 2, "CLI-USAGE", "--amount-uwh"),
        ("--amount-uwh 1.5 --price 1", 2, "CLI-USAGE", "--amount-uwh"),
        ("--amount-uwh 1 --price 1", *NO_NODE),
    ],
    "buy": [
        ("--amount-uwh 1", 2, "CLI-USAGE", "--max-price"),
        ("--amount-uwh 1 --max-price -1", 2, "CLI-USAGE", "--max-price"),
        ("--amount-uwh 1 --max-price 1", *NO_NODE),
    ],
    "trades": [("--trade 0x12", *NO_NODE), ("", *NO_NODE)],
    "stop": [("", 2, "CLI-USAGE", "TRADE"), (TRADE, *NO_NODE)],
    "status": [("now", 2, "CLI-USAGE", "now"), ("", 7, "CLI-PROGRAMS", "secured")],
    "setup": [
        ("", 2, "CLI-USAGE", "--answers"),
        ("--check", 2, "CLI-USAGE", "--answers"),
        ("--answers bad.toml", 2, "CONFIG-", "bad.toml"),
        ("--answers missing.toml --check", 2, "CONFIG-MISSING", "missing.toml"),
        ("--answers there --wait -1", 2, "CLI-USAGE", "--wait"),
    ],
    "doctor": [("--only teeth", 2, "CLI-USAGE", "adc-current")],
    "events": [
        ("--since yesterday", 2, "CLI-USAGE", "--since"),
        ("--code 'drop table'", 2, "CLI-USAGE", "RELAY-OPENED"),
        ("", *GONE),
    ],
    "logs": [
        ("cloud", 2, "CLI-USAGE", "secured, meterd, noded"),
        ("--lines 0", 2, "CLI-USAGE", "--lines"),
        ("--follow --json", 2, "CLI-USAGE", "--json"),
        ("", 7, "LOGS-MISSING", "looked for"),
    ],
    "report": [
        ("--output there", 2, "CLI-USAGE", ".tar.gz"),
        ("--output no/such/folder.tar.gz", 2, "CLI-USAGE", "folder"),
    ],
    "self-check": [("", *GONE)],
    "history": [
        ("--since yesterday", 2, "CLI-USAGE", "--since"),
        ("--every 7x", 2, "CLI-USAGE", "--every"),
        ("--what heat", 2, "CLI-USAGE", "--what"),
        ("--plot --csv", 2, "CLI-USAGE", "--csv"),
        ("", *GONE),
    ],
    "install": [
        ("--root there", 2, "CLI-USAGE", "folder"),
        ("--root {tmp} --board moon", 2, "CLI-USAGE", "raspberry-pi-4b"),
        ("--remove --board virtual", 2, "CLI-USAGE", "--remove"),
    ],
    "devchain": [("--port 99999", 2, "CLI-USAGE", "--port")],
    "completion": [("", 2, "CLI-USAGE", "SHELL"), ("csh", 2, "CLI-USAGE", "bash")],
    "manual": [("evlock", 2, "CLI-USAGE", "evlock")],
    "sensor read": [("--seconds 0", 2, "CLI-USAGE", "--seconds"), ("", *GONE)],
    "sensor watch": [("--count -1", 2, "CLI-USAGE", "--count"), ("", *GONE)],
    "sensor plot": [
        ("--count 5", 2, "CLI-USAGE", "--count"),
        ("--what heat", 2, "CLI-USAGE", "--what"),
        ("--output there", 2, "CLI-USAGE", ".svg"),
        ("", *GONE),
    ],
    "relay status": [("", *GONE)],
    "relay open": [("now", 2, "CLI-USAGE", "now"), ("", *GONE)],
    "relay close": [
        ("", 2, "CLI-USAGE", "--seconds"),
        ("--seconds 61", 2, "CLI-USAGE", "--seconds"),
        ("--seconds 1", 2, "CLI-USAGE", "--yes"),
        ("--seconds 1 --yes", *GONE),
    ],
    "relay test": [("", 2, "CLI-USAGE", "--yes"), ("--yes", *GONE)],
    "safe-mode status": [("", 7, "CLI-PROGRAMS", "meterd")],
    "safe-mode leave": [("", 7, "CLI-PROGRAMS", "meterd")],
    "board list": [("all", 2, "CLI-USAGE", "all")],
    "board show": [("moon", 2, "CLI-USAGE", "raspberry-pi-4b"), ("bad.toml", 2, "CONFIG-", "bad")],
    "board check": [
        ("missing.toml", 2, "CONFIG-MISSING", "missing.toml"),
        ("virtual --node missing.toml", 2, "CONFIG-MISSING", "missing.toml"),
    ],
    "board new": [
        ("mine", 2, "CLI-USAGE", "--from"),
        ("mine --from moon", 2, "CLI-USAGE", "moon"),
        ("mine --from virtual --mains gas", 2, "CLI-USAGE", "ac or dc"),
        ("mine --from virtual --output there", 2, "CLI-USAGE", "exists"),
    ],
    "key provision": [
        ("", 2, "CLI-USAGE", "--rated-power-w"),
        ("--rated-power-w 0", 2, "CLI-USAGE", "--rated-power-w"),
        ("--rated-power-w 9", 2, "CLI-SECRET", "--passphrase-file"),
        ("--rated-power-w 9 --passphrase-file missing", 2, "CLI-FILE", "missing"),
        ("--rated-power-w 9 --passphrase-file /dev/null", *NO_WORLD),
    ],
    "key restore": [
        ("--rated-power-w 9", 2, "CLI-SECRET", "--mnemonic-file"),
        ("--rated-power-w 9 --mnemonic-file missing", 2, "CLI-FILE", "missing"),
    ],
    "key address": [("", *NO_WORLD)],
    "key lock": [("", *NO_WORLD)],
    "key unlock": [("", *NO_WORLD)],
    "meter zero": [("--seconds 0", 2, "CLI-USAGE", "--seconds"), ("", *GONE)],
    "meter load": [("maybe", 2, "CLI-USAGE", "on or off"), ("on", *GONE)],
    "meter gain": [
        ("", 2, "CLI-USAGE", "--voltage-v"),
        ("--voltage-v x --current-a 1", 2, "CLI-USAGE", "--voltage-v"),
        ("--voltage-v 12 --current-a 1", *GONE),
    ],
    "meter check": [("", *GONE)],
    "policy set": [
        ("", 2, "CLI-USAGE", "--book"),
        ("--book missing.json", 2, "CONFIG-ADDRESS-BOOK", "missing.json"),
        ("--book bad.json", 2, "CONFIG-ADDRESS-BOOK", "bad.json"),
        ("--book bad.json --max-value-wei -1", 2, "CLI-USAGE", "--max-value-wei"),
    ],
    "policy show": [("", *NO_WORLD)],
    "pki create-ca": [("--days 0", 2, "CLI-USAGE", "--days")],
    "pki issue": [
        ("", 2, "CLI-USAGE", "NAME"),
        ("house --meter 0x12", 2, "CLI-USAGE", "40 hexadecimal"),
        ("House! --dir {tmp}", 2, "PKI-REQUEST", "a-z"),
        ("house --dir {tmp}", 2, "PKI-MISSING", "ca"),
    ],
    "pki show": [
        ("missing.pem", 2, "PKI-MISSING", "missing.pem"),
        ("there", 2, "PKI-FILE", "there"),
    ],
    "contracts deploy": [
        ("--book there", 2, "CLI-USAGE", "exists"),
        (NOWHERE, 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
        (f"{NOWHERE} --key missing", 2, "CONFIG-KEY", "missing"),
    ],
    "contracts enroll": [
        ("", 2, "CLI-USAGE", "--meter"),
        (f"--meter 0x12 --account {METER} --rated-power-w 9", 2, "CLI-USAGE", "40 hexadecimal"),
        (
            f"--meter {METER} --account {METER} --rated-power-w 9 --book missing.json",
            *(2, "CONFIG-ADDRESS-BOOK", "missing.json"),
        ),
    ],
    "contracts fund": [
        ("--wei 1", 2, "CLI-USAGE", "--account"),
        (f"--account {METER} --wei 1 {NOWHERE}", 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
    ],
    "contracts show": [("--book missing.json", 2, "CONFIG-ADDRESS-BOOK", "missing.json")],
    "strategy show": [("", *NO_NODE)],
    "strategy try": [("--soc 101", 2, "CLI-USAGE", "--soc")],
    "strategy list": [("all", 2, "CLI-USAGE", "all")],
    "plant": [
        ("", 2, "CLI-USAGE", "--socket"),
        ("--socket s --control c --seed -1", 2, "CLI-USAGE", "--seed"),
    ],
    "plant fault": [
        ("", 2, "CLI-USAGE", "NAME"),
        ("relay-welded --board cellar", 2, "CLI-USAGE", "seller or buyer"),
        ("list --control missing", 7, "CONTROL-GONE", "missing"),
    ],
    "plant load": [
        ("", 2, "CLI-USAGE", "LOAD"),
        ("motor --control missing", 7, "CONTROL-GONE", "m"),
    ],
    "plant state": [("--control missing", 7, "CONTROL-GONE", "missing")],
}
CASES = [(name, *row) for name, rows in ROWS.items() for row in (UNKNOWN, *rows)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty node, and files that are no good."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "bad.toml").write_text("[board\n", encoding="utf-8")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "there").write_text("not a PEM", encoding="utf-8")
    monkeypatch.setenv("EVLOCK_HOME", str(home))
    monkeypatch.delenv("EVLOCK_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    with Path(os.devnull).open(encoding="ascii") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        yield tmp_path


def test_every_command_has_rows() -> None:
    assert sorted(ROWS) == sorted(leaves())


@pytest.mark.parametrize(("command", "typed", "code", "name", "word"), CASES)
def test_one_line_the_exit_code_and_nothing_else(
    *, command: str, typed: str, code: int, name: str, word: str, place: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = tree(place)
    assert run([*command.split(), *shlex.split(typed.replace("{tmp}", str(place)))]) == code
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert len(lines) == 1, told.err
    assert lines[0].startswith(name), lines
    assert " " in lines[0]
    assert word in lines[0]
    assert "Traceback" not in told.err + told.out
    assert "INTERNAL" not in told.err
    assert tree(place) == before


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below, with what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"folder"
        for path in sorted(folder.rglob("*"))
    }
