"""The history in the meter: every window counted once, minutes by the monotonic clock."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.domain.energy import EnergyMeter, Window
from firmware.domain.minutes import Minute
from firmware.errors import RpcError
from firmware.history import History
from firmware.history_file import HistoryFile

WALL_S = 1_800_000_000.0


class Meter:
    """What the sampling thread shows to the history; time is the test's."""

    def __init__(self) -> None:
        self.gaps = 0
        self.totals = (0, 0)
        self.windows: list[Window] = []
        self.now_s, self.wall_s = 1_000.0, WALL_S
        self.found: list[tuple[str, str]] = []

    def take_windows(self) -> list[Window]:
        taken, self.windows = self.windows, []
        return taken

    def energy(self) -> tuple[int, int]:
        return self.totals

    def run(self, seconds: float, watts: float = 12.0) -> None:
        """Windows of a tenth of a second at 12 V."""
        for _ in range(round(seconds * 10)):
            start_s, self.now_s = self.now_s, self.now_s + 0.1
            self.windows.append(Window(start_s, self.now_s, 12.0, watts / 12.0, watts))
        self.wall_s += seconds

    def history(self, path: Path) -> History:
        file = HistoryFile(path, 400)
        return History(
            file, self, lambda *told: self.found.append(told), lambda: (self.now_s, self.wall_s)
        )


async def _seconds(meter: Meter, history: History, count: int, watts: float = 12.0) -> None:
    for _ in range(count):
        meter.run(1.0, watts)
        history.turn()


def rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def test_every_window_and_every_microwatt_hour_is_in_one_row(tmp_path: Path) -> None:
    meter = Meter()

    async def scene() -> list[dict[str, Any]]:
        history = meter.history(tmp_path / "h.sqlite")
        for n in range(10):
            meter.totals = (meter.totals[0], meter.totals[1] + 7 * n)
            await _seconds(meter, history, 60, watts=10.0 + n)
        answer = await history.answer(int(WALL_S) - 60, int(WALL_S) + 900)
        await history.close()
        return rows(answer)

    found = asyncio.run(scene())
    assert sum(row["covered_ms"] for row in found) in range(539_000, 600_001)
    assert [row["start_s"] % 60 for row in found[1:]] == [0] * (len(found) - 1)
    assert found[3]["power_mw"] == pytest.approx(13_000, abs=1_000)
    with_rest = asyncio.run(_again(tmp_path / "h.sqlite"))
    assert sum(row["covered_ms"] for row in with_rest) == 600_000
    assert sum(row["exported_uwh"] for row in with_rest) == meter.totals[1]


async def _again(path: Path) -> list[dict[str, Any]]:
    meter = Meter()
    history = meter.history(path)
    answer = await history.answer(0, 2**33, 360)
    await history.close()
    return rows(answer)


def test_a_minute_without_samples_says_so(tmp_path: Path) -> None:
    meter = Meter()

    async def scene() -> list[dict[str, Any]]:
        history = meter.history(tmp_path / "h.sqlite")
        meter.now_s, meter.wall_s, meter.gaps = meter.now_s + 90, meter.wall_s + 90, 4
        history.turn()
        answer = await history.answer(int(WALL_S) - 60, int(WALL_S) + 900)
        await history.close()
        return rows(answer)

    (row, *_) = asyncio.run(scene())
    assert (row["covered_ms"], row["gaps"], row["power_mw"]) == (0, 4, None)


def test_a_wall_clock_that_jumps_changes_labels_only(tmp_path: Path) -> None:
    meter = Meter()

    async def scene() -> None:
        history = meter.history(tmp_path / "h.sqlite")
        for jump_s in (0.0, -7_200.0, 86_400.0 * 365, -86_400.0 * 365 + 7_200.0, 0.3):
            meter.wall_s += jump_s
            await _seconds(meter, history, 100)
        await history.close()

    asyncio.run(scene())
    found = asyncio.run(_again(tmp_path / "h.sqlite"))
    assert sum(row["covered_ms"] for row in found) == 500_000
    assert {row["power_mw"] for row in found if row["covered_ms"]} == {12_000}


def test_a_broken_disk_is_told_once_and_the_meter_goes_on(tmp_path: Path) -> None:
    meter, path = Meter(), tmp_path / "gone" / "h.sqlite"

    async def scene() -> int:
        history = meter.history(path)
        await _seconds(meter, history, 400)
        with pytest.raises(OSError, match="unable to open"):
            await history.answer()
        assert history.fault == "HISTORY-DISK"
        path.parent.mkdir()
        await _seconds(meter, history, 120)
        await history.close()
        return sum(row["covered_ms"] for row in await _again(path))

    assert asyncio.run(scene()) == 520_000
    assert [code for code, _ in meter.found] == ["HISTORY-DISK"]


def test_a_broken_file_costs_no_row(tmp_path: Path) -> None:
    meter, path = Meter(), tmp_path / "h.sqlite"
    path.write_bytes(b"\0garbage" * 1000)

    async def scene() -> int:
        history = meter.history(path)
        await _seconds(meter, history, 200)
        await history.close()
        return sum(row["covered_ms"] for row in await _again(path))

    assert asyncio.run(scene()) == 200_000
    assert [code for code, _ in meter.found] == ["HISTORY-BROKEN"]
    assert path.with_name("h.sqlite.broken").exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"points": 0},
        {"points": 10**9},
        {"points": True},
        {"since_s": -1},
        {"since_s": "yesterday"},
        {"since_s": 9, "until_s": 9},
        {"until_s": 2**70},
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(tmp_path: Path, asked: dict[str, Any]) -> None:
    async def scene() -> None:
        history = Meter().history(tmp_path / "h.sqlite")
        with pytest.raises(RpcError, match="a whole number from") as caught:
            await history.answer(**asked)
        assert caught.value.code == "CONTROL-PARAMS"
        await history.close()

    asyncio.run(scene())


@given(now_s=st.floats(0, 1e7), wall_s=st.floats(0, 2**40))
def test_a_minute_is_never_much_shorter_or_longer(now_s: float, wall_s: float) -> None:
    minute = Minute.beginning(now_s, wall_s)
    assert 29.9 <= minute.end_s - now_s <= 90.1


@given(spans=st.lists(st.floats(0.0005, 0.45), min_size=1, max_size=300))
def test_no_window_is_lost_between_the_meter_and_the_history(spans: list[float]) -> None:
    meter, time_s = EnergyMeter(), 0.0
    meter.add(time_s, 12.0, 1.0)
    for n, span_s in enumerate(spans):
        time_s += span_s
        meter.add(time_s, 12.0, 1.0)
        if n % 7 == 3:
            meter.flush()
    meter.flush()
    covered_s = sum(window.end_s - window.start_s for window in meter.closed)
    assert covered_s == pytest.approx(time_s)
    assert meter.windows == len(meter.closed)
