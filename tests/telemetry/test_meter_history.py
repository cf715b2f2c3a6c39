"""The real meterd keeps what it measured: over an orderly end, and over kill -9."""

import sqlite3
from typing import Any

from firmware.jsonrpc import Client
from tests.firmware.rig import Rig, rig
from tests.plant_process import wait_until


def rows(made: Rig) -> list[dict[str, Any]]:
    answer = made.client.call("history")
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def test_measured_minutes_survive_the_end_of_the_program() -> None:
    with rig() as made:
        wait_until(lambda: made.status()["samples"] > 1500, "two seconds are measured")
        assert made.process is not None
        made.process.terminate()
        assert made.process.wait(20) == 0
        made.kill()
        made.start()
        (row,) = rows(made)
        assert 1_500 < row["covered_ms"] < 60_000
        assert 11_000 < row["voltage_mv"] < 14_000
        assert row["voltage_min_mv"] <= row["voltage_mv"] <= row["voltage_max_mv"]
        assert (row["imported_uwh"], row["exported_uwh"]) == (0, 0)
        with Client(made.home / "run" / "meterd-admin.sock") as admin:
            assert admin.call("history", points=1)["rows"]
            wait_until(lambda: admin.call("metrics")["windows"], "a window closes")


def test_kill_9_leaves_a_whole_file() -> None:
    with rig() as made:
        for _ in range(3):
            wait_until(lambda: made.status()["samples"] > 300, "measured")
            made.client.call("history")
            made.kill()
            made.start()
        assert made.client.call("metrics")["history_faulty"] is False
        with sqlite3.connect(made.home / "var" / "meterd" / "history.sqlite") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()


def test_a_broken_history_is_a_finding_and_the_meter_meters() -> None:
    with rig() as made:
        made.kill()
        path = made.home / "var" / "meterd" / "history.sqlite"
        path.with_name("history.sqlite-wal").unlink(missing_ok=True)
        path.write_bytes(b"what a dying card left" * 500)
        made.start()
        before = made.status()["samples"]
        wait_until(lambda: made.status()["samples"] > before + 300, "it samples")
        try:
            rows(made)
        except ConnectionError as error:
            assert getattr(error, "code", "") == "HISTORY-BROKEN"  # told to the first who asks
        assert rows(made) == []
        assert path.with_name("history.sqlite.broken").exists()
