"""The count of starts that did not last: what enters safe mode, what ends it, what it writes."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.errors import StateError
from firmware.safe_mode import SafeMode

AFTER = 3


def started(folder: Path, after: int = AFTER) -> SafeMode:
    mode = SafeMode(folder / "starts.json", after)
    mode.begin()
    return mode


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.lists(st.sampled_from(["killed", "stopped", "lasted"]), max_size=12))
def test_only_starts_in_a_row_that_did_not_last_count(
    tmp_path_factory: pytest.TempPathFactory, ends: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("starts")
    row, expected = 0, False
    for end in ends:
        expected = expected or row >= AFTER
        mode = started(folder)
        assert mode.on is expected
        if end == "killed":
            row += 1
            continue
        mode.stopped()  # what run() does too when a start has lasted
        row = 0


def test_it_lasts_over_orderly_stops_until_it_is_left(tmp_path: Path) -> None:
    for _ in range(AFTER):
        started(tmp_path)
    mode = started(tmp_path)
    mode.stopped()
    again = started(tmp_path)
    assert again.on
    with pytest.raises(StateError, match="evlock safe-mode leave"):
        again.refuse()
    again.leave()
    assert not started(tmp_path).on


def test_a_good_hour_ends_it_with_three_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(AFTER):
        started(tmp_path)
    writes: list[dict[str, Any]] = []
    monkeypatch.setattr("firmware.safe_mode.LASTED_S", 0.01)
    monkeypatch.setattr("firmware.safe_mode.GOOD_S", 0.02)
    write = SafeMode._write

    def counted(mode: SafeMode) -> None:
        write(mode)
        writes.append(json.loads((tmp_path / "starts.json").read_text("utf-8")))

    monkeypatch.setattr(SafeMode, "_write", counted)
    mode = started(tmp_path)
    asyncio.run(mode.run())
    assert not mode.on
    assert writes == [
        {"failed": AFTER + 1, "on": True},
        {"failed": 0, "on": True},
        {"failed": 0, "on": False},
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"failed": "x", "on": true}', '{"on": true}'])
def test_a_damaged_count_stops_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "starts.json").write_text(text, encoding="utf-8")
    assert not started(tmp_path).on
    assert json.loads((tmp_path / "starts.json").read_text("utf-8"))["failed"] == 1


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    assert not started(tmp_path / "not" / "there").on
