"""The event log keeps what matters, in few writes, and survives what a disk can do."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.event_file import SLACK, EventFile, EventsError
from firmware.event_rate import BURST, LONGEST_S, WINDOW_S, Event, Rate
from firmware.events import WAITING_MAX, EventLog

Scene = Callable[[EventLog], Awaitable[None]]


def event(code: str = "ADC-NACK", kind: str = "fault", time_s: float = 1.0) -> Event:
    return Event(time_s, kind, code, "text")


def played(path: Path, scene: Scene, rows_max: int = 1000) -> None:
    async def run() -> None:
        log = EventLog(EventFile(path, rows_max))
        await log.begin()
        try:
            await scene(log)
        finally:
            await log.close()

    asyncio.run(run())


def told(path: Path, **wishes: Any) -> list[tuple[str, str]]:
    file = EventFile(path)
    try:
        rows = file.query(100, 0.0, "", None)
    finally:
        file.close()
    return [(row["code"], row["text"]) for row in rows]


async def nothing(_: EventLog) -> None:
    return


@given(st.lists(st.tuples(st.sampled_from("AB"), st.floats(0.0, 500.0)), max_size=300))
def test_every_event_is_written_or_counted_once(steps: list[tuple[str, float]]) -> None:
    rate, now_s, written = Rate(), 0.0, 0
    for code, wait_s in steps:
        now_s += wait_s
        written += sum(row.count for row in rate.due(now_s))
        written += rate.admit(event(code), now_s)
    written += sum(row.count for row in rate.due(now_s, all_of_them=True))
    assert written == len(steps)


def test_a_part_that_flaps_for_a_day_is_a_few_dozen_rows() -> None:
    rate, rows = Rate(), 0
    for second in range(86_400):
        rows += len(rate.due(float(second)))
        rows += rate.admit(event(), float(second))
    assert rows <= BURST + 86_400 / LONGEST_S + 5


def test_after_a_quiet_time_events_are_written_at_once_again() -> None:
    rate = Rate()
    assert [rate.admit(event(), 0.0) for _ in range(BURST + 1)] == [True] * BURST + [False]
    rate.due(WINDOW_S)
    rate.due(WINDOW_S + 2 * WINDOW_S)
    assert rate.admit(event(), WINDOW_S * 4)


def test_a_start_tells_how_the_run_before_ended(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    played(path, nothing)
    played(path, nothing)

    async def killed() -> None:
        log = EventLog(EventFile(path))
        await log.begin()
        await log.answer()  # in the same thread, after the write

    asyncio.run(killed())
    played(path, nothing)
    starts = [text for code, text in told(path) if code == "METER-STARTED"]
    assert starts[0].startswith("first start")
    assert starts[1].endswith("ended in order")
    assert "killed" in starts[3]


def test_the_oldest_go_first_and_it_says_how_many(tmp_path: Path) -> None:
    file = EventFile(tmp_path / "e", rows_max=200)
    for number in range(10):
        file.append([event(f"CODE-{number}")] * 50)
    rows, dropped, highest = file.counts()
    oldest = file.query(1, 0.0, "", 0)[0]["code"]
    file.close()
    assert rows <= 200 + SLACK
    assert rows + dropped == highest == 500
    assert oldest != "CODE-0"


def test_a_full_disk_keeps_events_in_memory_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    played(path, nothing)

    async def scene(log: EventLog) -> None:
        await log.answer()  # in the same thread as the start's row, and behind it
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")  # as good as a disk that takes nothing
        for number in range(WAITING_MAX + 10):
            log.note("finding", f"CODE-{number}", "x")
        found = await log.answer(limit=100)
        assert found["fault"] == "EVENTS-DISK"
        assert found["unsaved"] == WAITING_MAX
        assert found["lost"] == 10
        assert found["events"][-1]["id"] is None
        other.execute("ROLLBACK")
        other.close()

    played(path, scene)
    assert ("CODE-0", "x") in [(r["code"], r["text"]) for r in _all(path)]


def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    path.write_bytes(b"this is no database" * 100)
    played(path, nothing)
    assert (tmp_path / "events.sqlite.broken").exists()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    file = EventFile(path)
    with pytest.raises(EventsError) as caught:
        file.append([event()])
    assert caught.value.code == "EVENTS-VERSION"
    played(path, nothing)
    assert path.read_bytes() == before


def test_only_some_of_them_are_asked_for(tmp_path: Path) -> None:
    file = EventFile(tmp_path / "e")
    file.append(
        [event("AA-1", time_s=10.0), event("BB-2", time_s=20.0), event("AA-1", time_s=30.0)]
    )
    assert [row["id"] for row in file.query(10, 0.0, "AA-1", None)] == [1, 3]
    assert [row["id"] for row in file.query(10, 15.0, "", None)] == [2, 3]
    assert [row["id"] for row in file.query(1, 0.0, "", None)] == [3]
    assert [row["id"] for row in file.query(1, 0.0, "", 1)] == [2]
    file.close()


def _all(path: Path) -> list[Any]:
    file = EventFile(path)
    try:
        return file.query(5000, 0.0, "", None)
    finally:
        file.close()
