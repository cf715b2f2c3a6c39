"""evlock history over a real meterd: table, plot, CSV, JSON, and what cannot be meant."""

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.domain.minutes import COLUMNS
from firmware.history_sql import INSERT
from tests.firmware.rig import Rig, rig
from tests.plant_process import ROOT

DAY_S, HOUR_S = 86_400, 3600
GAP_FROM, GAP_TO = 300, 400  # minutes of the day in which the meter was off


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with a day of history, 12 V and a power that grows by a watt an hour."""
    with rig() as made:
        made.process.terminate()  # type: ignore[union-attr]
        made.process.wait()  # type: ignore[union-attr]
        now_s = int(time.time())
        with sqlite3.connect(made.home / "var" / "meterd" / "history.sqlite") as db:
            db.executemany(INSERT, [_row(now_s - DAY_S + 60 * n, n) for n in _minutes()])
        db.close()
        _again(made)
        yield made.home


def _again(made: Rig) -> None:
    made.kill()
    made.start()


def _minutes() -> list[int]:
    return [n for n in range(DAY_S // 60) if not GAP_FROM <= n < GAP_TO]


def _row(start_s: int, n: int) -> tuple[int, ...]:
    power = 1_000 * (n // 60)
    values = {"start_s": start_s, "covered_ms": 60_000, "voltage_mv": 12_000, "power_mw": power}
    values |= {"power_min_mw": power - 500, "power_max_mw": power + 500, "exported_uwh": 250}
    values |= dict.fromkeys(("voltage_min_mv", "voltage_max_mv"), 12_000)
    return tuple(values.get(name, 0) for name in COLUMNS)


def evlock(home: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "normal_world.cli.main", "history", *words],
        cwd=ROOT,
        env={**os.environ, "EVLOCK_HOME": str(home), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def good(home: Path, *words: str, **environment: str) -> str:
    code, out, err = evlock(home, *words, **environment)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    return out


def test_a_day_is_a_table_of_hours(home: Path) -> None:
    lines = good(home).splitlines()
    assert lines[0].split()[:4] == ["time", "V", "A", "W"]
    assert 20 <= len(lines) <= 26
    assert lines[3].split()[2] == "12.000"


def test_one_quantity_shows_its_lowest_and_highest(home: Path) -> None:
    lines = good(home, "--what", "power", "--since", "2h").splitlines()
    assert "min W" in lines[0]
    mean, low, high = (float(word) for word in lines[2].split()[2:5])
    assert low < mean < high


def test_energy_is_summed(home: Path) -> None:
    told = json.loads(good_json(home, "--json", "--since", "25h", "--every", "1h"))
    assert sum(row["exported_uwh"] for row in told["rows"]) >= 250 * len(_minutes())
    assert "mWh" in good(home, "--what", "energy")


def good_json(home: Path, *words: str) -> str:
    code, out, err = evlock(home, *words)
    assert (code, err) == (0, "")
    return out


def test_csv_has_a_line_for_every_measured_minute(home: Path) -> None:
    code, out, _ = evlock(home, "--csv", "--since", "25h", "--every", "1m")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert len(_minutes()) - 1 <= len(rows) <= len(_minutes()) + 3
    assert rows[5]["time"].endswith("Z")
    assert rows[-5]["power_mw"] == "23000"


def test_a_plot_rises_with_the_power_and_leaves_the_gap(home: Path) -> None:
    out = good(home, "--plot")
    rows = [line[12:] for line in out.splitlines()[1:14]]
    marks = {column: n for n, row in enumerate(rows) for column, c in enumerate(row) if c == "●"}
    heights = [marks[column] for column in sorted(marks)]
    assert heights == sorted(heights, reverse=True)  # the top line is the highest
    assert len(set(heights)) > 8
    missing = set(range(min(marks), max(marks) + 1)) - marks.keys()
    assert 2 <= len(missing) <= 6
    assert "highest 23.500 W" in out


@pytest.mark.parametrize("what", ["voltage", "current", "energy"])
def test_every_quantity_can_be_drawn(home: Path, what: str) -> None:
    assert "●" in good(home, "--plot", "--what", what)


def test_a_terminal_without_unicode_gets_ascii(home: Path) -> None:
    out = good(home, "--plot", PYTHONIOENCODING="ascii")
    assert "*" in out
    assert out.isascii()


def test_a_time_without_rows_says_so(home: Path) -> None:
    assert "nothing measured" in good(home, "--since", "2001-01-01", "--until", "2001-01-02")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--since", "yesterday"], "--since 'yesterday': now, a time ago"),
        (["--since", "1h", "--until", "2h"], "a time before --until"),
        (["--every", "90s"], "whole minutes expected"),
        (["--every", "1m", "--plot"], "at most 66 rows fit"),
        (["--since", "1970-01-02", "--every", "1m"], "at most 200000 rows fit"),
        (["--csv", "--plot"], "one of them expected"),
        (["--what", "money"], "--what"),
        (["--since", "9" * 30], "--since"),
        (["--since", "2026-13-01"], "--since"),
        (["--since", "-3h"], "--since"),
    ],
)
def test_what_cannot_be_meant_is_one_line(home: Path, words: list[str], expected: str) -> None:
    code, out, err = evlock(home, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("CLI-USAGE ")
    assert expected in err


def test_without_a_meter_it_is_one_line(tmp_path: Path) -> None:
    code, out, err = evlock(tmp_path)
    assert (code, out, err.count("\n")) == (7, "", 1)
