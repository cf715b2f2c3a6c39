"""`evlock auction simulate`: what it prints and writes."""

import importlib.util
import json
from pathlib import Path

import pytest

from normal_world.cli import auction_words
from normal_world.cli.main import run

SMALL = ["auction", "simulate", "--households", "12", "--days", "1", "--seed", "4"]


def test_it_tells_who_gains_in_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(SMALL) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert max(map(len, told.out.splitlines())) <= 80
    for word in ("12 households, 4 with a panel", "without market", "losing     nobody"):
        assert word in told.out


def test_json_holds_exact_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--json", "--grid-price", "0.25", "--rule", "uniform"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["settings"]["grid_price"] == 25 * 10**16
    assert told["settings"]["rule"] == "uniform"
    assert told["price"]["highest"] <= 25 * 10**16
    assert "folder" not in told


def test_the_same_line_twice_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run([*SMALL, "--json"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_an_empty_folder_may_be_filled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    assert run([*SMALL, "--json", "--out", str(tmp_path / "out")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == sorted(path.name for path in (tmp_path / "out").iterdir())
    assert run([*SMALL, "--out", str(tmp_path / "out")]) == 2
    assert "empty folder expected" in capsys.readouterr().err


def test_without_matplotlib_there_are_tables_and_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert run([*SMALL, "--json", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["files"] == ["figures.json", "households.csv", "slots.csv"]
    assert "evlock[plots]" in told.err


def test_long_runs_tell_how_far_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auction_words, "PATIENCE_S", 0.0)
    progress = auction_words.Progress(3)
    for done in (1, 2, 3):
        progress.tell(done)
    assert capsys.readouterr().err.splitlines() == ["day 1 of 3", "day 2 of 3"]


def test_no_panel_no_trade(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--solar", "0"]) == 0
    told = capsys.readouterr().out
    assert "0 trades" in told
    assert "self-consumption" in told
