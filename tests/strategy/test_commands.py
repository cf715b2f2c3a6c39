"""`evlock strategy` as a person sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from normal_world.cli import status, strategy
from normal_world.cli.main import run

NODE = """\
[strategy]
name = "limits"
[strategy.sell]
amount_uwh = 5000000
price = 150000000000000000
start_soc = 70
stop_soc = 50
windows = ["18:00-22:00"]
[strategy.buy]
amount_uwh = 5000000
max_price = 80000000000000000
windows = ["01:00-05:00"]
[limits]
max_trade_uwh = 10000000
max_day_uwh = 100000000
max_current_a = 10.0
"""
SHOWN: dict[str, Any] = {
    "name": "limits", "state": "on", "settings": ["sells 5 Wh an offer, 18:00-22:00"],
    "every_s": 10.0, "orders": 3, "failures": 0, "failure": None,
    "last": {
        "decision": "wait", "at": "2026-01-01T12:00:00+00:00", "key": None,
        "reason": "not selling: it is 12:00, times are 18:00-22:00; "
        "not buying: 0 Wh offered at up to 0.08 token a kWh",
    },
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/node.toml").write_text(NODE, "utf-8")
    monkeypatch.setenv("EVLOCK_HOME", str(tmp_path))
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert run(["strategy", *argv]) == 0
    text = capsys.readouterr().out
    assert "--json" in argv or max(map(len, text.splitlines())) <= 80
    return text


@pytest.mark.parametrize(
    ("argv", "would", "why"),
    [
        ("--soc 80 --time 19:30", "sell 5 Wh at 0.15 token a kWh", "charge 80 %"),
        ("--soc 60 --time 19:30", "wait", "charge is 60 %, begins at 70 %"),
        ("--time 19:30", "wait", "state of charge not known"),
        ("--soc 80 --time 22:00", "wait", "times are 18:00-22:00"),
        ("--time 02:00 --offer 80000000000000000:9000000", "buy 5 Wh", "offered from 0.08"),
        ("--time 02:00 --offer 80000000000000001:9000000", "wait", "0 Wh offered"),
    ],
)
def test_a_dry_run(
    home: Path, capsys: pytest.CaptureFixture[str], argv: str, would: str, why: str
) -> None:
    text = printed(capsys, "try", *argv.split())
    assert f"would     {would}" in text
    assert why in " ".join(text.split())
    assert "assumed   a healthy, idle node" in text  # none runs here


def test_a_dry_run_for_programs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(printed(capsys, "try", "--soc", "80", "--time", "19:30", "--json"))
    assert told["intent"]["kind"] == "sell"
    assert told["intent"]["price"] == 150000000000000000
    assert not (home / "var").exists()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--time", "25:00"], "--time '25:00': HH:MM expected"),
        (["--day", "someday"], "--day 'someday': one of mon"),
        (["--offer", "cheap"], "--offer 'cheap': PRICE:AMOUNT expected"),
        (["--offer", "0:5"], "PRICE:AMOUNT"),
        (["--soc", "101"], "--soc"),
    ],
)
def test_what_cannot_be_meant(
    home: Path, capsys: pytest.CaptureFixture[str], argv: list[str], says: str
) -> None:
    assert run(["strategy", "try", *argv]) == 2
    line = capsys.readouterr().err
    assert line.startswith("CLI-USAGE")
    assert says in line
    assert line.count("\n") == 1


def test_without_a_strategy_there_is_nothing_to_try(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "etc/node.toml").write_text(NODE.replace('"limits"', '"none"'), "utf-8")
    assert run(["strategy", "try"]) == 7
    assert "nothing is traded by itself" in capsys.readouterr().err


def test_show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(strategy, "call", lambda *_a: SHOWN)
    text = printed(capsys, "show")
    for part in ("limits, on", "sells 5 Wh an offer", "3 so far", "last      wait", "0.08 token"):
        assert part in text
    off = SHOWN | {"state": "off", "failures": 3, "failure": "limits: no answer in 2 s"}
    monkeypatch.setattr(strategy, "call", lambda *_a: off)
    assert "limits: no answer in 2 s (3 in a row)" in printed(capsys, "show")
    by_hand = SHOWN | {"name": "none", "state": "by hand", "last": None, "settings": []}
    monkeypatch.setattr(strategy, "call", lambda *_a: by_hand)
    assert "by hand" in printed(capsys, "show")


def test_status_has_a_line_of_it() -> None:
    node = {
        "node": "n", "chain": {"id": 1, "head": 2, "fault": None}, "links": {}, "open_trades": 0,
    }  # fmt: skip
    assert status._node(node | {"strategy": SHOWN})[3:] == [
        "strategy limits is on: wait (evlock strategy show)"
    ]
    assert status._node(node | {"strategy": SHOWN | {"state": "off"}})[3:] == [
        "strategy limits is off (evlock strategy show)"
    ]
    assert len(status._node(node | {"strategy": SHOWN | {"state": "by hand"}})) == 3
