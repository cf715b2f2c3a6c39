"""history.sqlite: what went in comes out, whatever the disk, the clock or the file do."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.domain.minutes import COLUMNS, Row
from firmware.history_file import (
    COMMIT_ROWS,
    DAY_ROWS,
    HistoryBroken,
    HistoryError,
    HistoryFile,
    HistoryNewer,
)

T0 = 1_800_000_000 // 3600 * 3600


def row(start_s: int, power_mw: int | None = 1_000, covered_ms: int = 60_000) -> Row:
    volts = None if power_mw is None else 12_000
    lows = None if power_mw is None else power_mw - 10
    return Row(
        start_s, covered_ms, 0, volts, volts, volts, 80, 70, 90, power_mw, lows, power_mw, 3, 5
    )


def asked(file: HistoryFile, since_s: int, until_s: int, bucket_s: int) -> list[dict[str, Any]]:
    found = file.query(since_s, until_s, bucket_s)
    return [dict(zip(("slot", *COLUMNS), row, strict=True)) for row in found]


def on_disk(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        (count,) = db.execute("SELECT COUNT(*) FROM minutes").fetchone()
    db.close()
    return int(count)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@contextmanager
def opened(path: Path, days: int = 400) -> Iterator[HistoryFile]:
    file = HistoryFile(path, days)
    try:
        yield file
    finally:
        file.close()


def test_rows_are_seen_at_once_and_reach_the_disk_five_at_a_time(path: Path) -> None:
    with opened(path) as file:
        for n in range(COMMIT_ROWS - 1):
            file.keep(row(T0 + 60 * n))
        assert len(asked(file, T0, T0 + 3600, 60)) == COMMIT_ROWS - 1
        assert on_disk(path) == 0
        file.keep(row(T0 + 60 * COMMIT_ROWS))
        assert on_disk(path) == COMMIT_ROWS


def test_the_end_brings_the_rest_to_the_disk(path: Path) -> None:
    with opened(path) as file:
        file.keep(row(T0))
        file.keep(None, last=True)
    with opened(path) as again:
        assert [found["start_s"] for found in asked(again, T0, T0 + 60, 60)] == [T0]


def test_means_are_weighted_by_time_and_sums_are_sums(path: Path) -> None:
    with opened(path) as file:
        file.keep(row(T0, 1_000, 60_000))
        file.keep(row(T0 + 60, 4_000, 30_000))
        file.keep(row(T0 + 120, None, 0))
        (hour,) = asked(file, T0, T0 + 3600, 3600)
    assert hour["power_mw"] == 2_000
    assert (hour["power_min_mw"], hour["power_max_mw"]) == (990, 4_000)
    assert (hour["covered_ms"], hour["imported_uwh"], hour["exported_uwh"]) == (90_000, 9, 15)


@given(
    labels=st.lists(st.integers(0, 2**33), min_size=1, max_size=40),
    bucket_s=st.integers(1, 500).map(lambda minutes: minutes * 60),
)
def test_a_clock_that_jumps_about_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, labels: list[int], bucket_s: int
) -> None:
    with opened(tmp_path_factory.mktemp("h") / "h.sqlite", days=1) as file:
        for label in labels:
            file.keep(row(label))
        found = asked(file, 0, 2**34, bucket_s)
    assert sum(one["covered_ms"] for one in found) == 60_000 * len(labels)
    assert sum(one["exported_uwh"] for one in found) == 5 * len(labels)
    assert {one["slot"] for one in found} == {label // bucket_s for label in labels}


def test_old_minutes_become_hours_and_old_hours_go(path: Path) -> None:
    days, run = 1, 14
    with opened(path, days) as file:
        for n in range(run * DAY_ROWS):
            file.keep(row(T0 + 60 * n, 1_000 + n % 60))
        file.keep(None, last=True)
        end_s = T0 + run * 86_400
        minutes = asked(file, end_s - 86_400, end_s, 60)
        assert len(minutes) == DAY_ROWS  # the last day, minute by minute
        first = file.first_s()
        everything = asked(file, 0, end_s, 3600)
    kept_days = (end_s - first) / 86_400  # type: ignore[operator]
    assert 10 <= kept_days <= 12.1
    assert everything[0]["covered_ms"] == 3_600_000
    assert everything[0]["power_mw"] == 1_030  # of 1000 … 1059, rounded
    assert everything[0]["power_max_mw"] == 1_059
    assert everything[0]["exported_uwh"] == 60 * 5


def test_a_broken_file_is_put_aside_and_a_new_one_begun(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to have a header" * 20)
    with opened(path) as file:
        with pytest.raises(HistoryBroken, match=r"history\.sqlite\.broken"):
            file.keep(row(T0))
        file.keep(None, last=True)
        assert len(asked(file, T0, T0 + 60, 60)) == 1
    assert path.with_name("history.sqlite.broken").read_bytes().startswith(b"no database")


def test_damage_in_the_middle_is_found(path: Path) -> None:
    with opened(path) as file:
        for n in range(500):
            file.keep(row(T0 + 60 * n))
        file.keep(None, last=True)
    size = path.stat().st_size
    with path.open("r+b") as raw:
        for page in range(1, size // 4096):
            raw.seek(page * 4096)
            raw.write(b"\xa5" * 100)
    with opened(path) as file:
        with pytest.raises(HistoryBroken):
            file.keep(row(T0))
        file.keep(None, last=True)
        assert on_disk(path) == 1


def test_a_newer_file_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with opened(path) as file, pytest.raises(HistoryNewer, match="version 99, at most 1"):
        file.keep(row(T0))
    assert path.read_bytes() == before


def test_rows_wait_in_memory_while_the_disk_is_full(path: Path) -> None:
    """The kernel refuses to let any file grow: what a full disk does to SQLite."""
    with opened(path) as file:
        file.keep(row(T0))
        file.keep(None, last=True)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        try:
            failed = 0
            for n in range(1, 20):
                try:
                    file.keep(row(T0 + 60 * n))
                except HistoryError as error:
                    assert error.code == "HISTORY-DISK"
                    failed += 1
            assert failed >= 15  # from the first commit on
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        file.keep(None, last=True)
        assert len(asked(file, T0, T0 + 3600, 60)) == 20
    assert on_disk(path) == 20


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with opened(tmp_path / "no" / "history.sqlite") as file:
        with pytest.raises(HistoryError, match="unable to open"):
            file.keep(row(T0))
        (tmp_path / "no").mkdir()
        file.keep(row(T0 + 60))
        assert len(asked(file, T0, T0 + 3600, 60)) == 2
