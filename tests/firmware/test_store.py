"""meterd's store of an older version is taken over; no trade of before holds the meter."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from firmware.domain.calibration import Calibration
from firmware.store import SCHEMA, Store, StoreError


def old_store(path: Path) -> None:
    """Of version 1: a calibration, an open trade and an ended one."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{SCHEMA} PRAGMA user_version = 1;")
        calibration = json.dumps(Calibration(calibrated=True).to_json())
        db.execute("INSERT INTO calibration VALUES (1, ?)", (calibration,))
        for trade, phase, energy in (("0xaa", "delivering", 0), ("0xbb", "final", 7)):
            db.execute(
                "INSERT INTO trade (trade, terms, chain_id, market, self_check, opened_s, phase, "
                "energy_uwh) VALUES (?, '{}', 1, '0x', '{}', 4e9, ?, ?)",
                (trade, phase, energy),
            )
        db.commit()


def test_a_trade_of_older_terms_is_put_away(tmp_path: Path) -> None:
    path = tmp_path / "meterd.sqlite"
    old_store(path)
    store = Store(path)
    assert store.unfinished() is None
    open_one, ended = store.trade("0xaa"), store.trade("0xbb")
    assert open_one is not None
    assert ended is not None
    assert (open_one["phase"], open_one["reason"]) == (
        "final", "lost: begun with the terms of an older version",
    )  # fmt: skip
    assert (ended["reason"], ended["energy_uwh"]) == ("", 7)
    assert store.calibration().calibrated
    assert sum(energy for _at, energy in store.past_energy()) == 7
    store.close()
    Store(path).close()


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "meterd.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="version 99, at most 2") as caught:
        Store(path)
    assert caught.value.code == "STORE-VERSION"
