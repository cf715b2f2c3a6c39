"""What meterd must remember across a restart: calibration, trades, readings of both sides."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

from firmware.domain.calibration import Calibration
from firmware.errors import FirmwareError

VERSION = 2
SCHEMA = """
CREATE TABLE calibration (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
CREATE TABLE trade (
    trade TEXT PRIMARY KEY, terms TEXT NOT NULL, chain_id INTEGER NOT NULL, market TEXT NOT NULL,
    self_check TEXT NOT NULL, ready TEXT, opened_s REAL NOT NULL,
    phase TEXT NOT NULL DEFAULT 'prepared', reason TEXT NOT NULL DEFAULT '',
    started INTEGER NOT NULL DEFAULT 0, power_w REAL NOT NULL DEFAULT 0,
    peer_ready TEXT, reading TEXT, peer_reading TEXT, energy_uwh INTEGER NOT NULL DEFAULT 0
);
"""
# Terms of before name their offer otherwise: such a trade cannot be taken up again. Its Ready, if
# the secure world still holds it open, is ended when the next trade begins.
SCHEMA_2 = """
UPDATE trade SET phase = 'final', reason = 'lost: begun with the terms of an older version'
    WHERE phase != 'final';
"""
COLUMNS = frozenset(
    "ready phase reason started power_w peer_ready reading peer_reading energy_uwh".split()
)
JSON = frozenset(("terms", "self_check", "ready", "peer_ready", "reading", "peer_reading"))


class StoreError(FirmwareError, OSError):
    """The state file cannot be used."""

    code = "STORE"
    exit_code = 4


class Store:
    """One SQLite file; every method is one atomic step."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(path, timeout=1.0, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # One meter daemon at a time: two would count the same energy twice.
        self._run("PRAGMA locking_mode=EXCLUSIVE")
        self._run("PRAGMA journal_mode=WAL")
        self._run("PRAGMA synchronous=NORMAL")
        self._run("BEGIN EXCLUSIVE")
        self._run("COMMIT")
        self._migrate(path)

    def calibration(self) -> Calibration:
        row = self._run("SELECT json FROM calibration").fetchone()
        return Calibration.from_json(json.loads(row["json"])) if row else Calibration()

    def save_calibration(self, calibration: Calibration) -> None:
        text = json.dumps(calibration.to_json())
        self._run("INSERT OR REPLACE INTO calibration VALUES (1, ?)", (text,))

    def open_trade(self, trade: str, **fields: Any) -> None:
        """Remember a trade before its Ready is signed; a second time changes nothing.

        Synced: a power cut may take the last readings (NORMAL leaves them to the kernel for half
        a minute; secure world and counterpart have them too), but never the trade itself.
        """
        self._run("PRAGMA synchronous=FULL")
        self._run(
            "INSERT OR IGNORE INTO trade (trade, terms, chain_id, market, self_check, opened_s) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                trade,
                json.dumps(fields["terms"]),
                fields["chain_id"],
                fields["market"],
                json.dumps(fields["self_check"]),
                time.time(),
            ),
        )
        self._run("PRAGMA synchronous=NORMAL")

    def forget_trade(self, trade: str) -> None:
        """Drop a trade for which nothing was signed."""
        self._run("DELETE FROM trade WHERE trade = ? AND ready IS NULL", (trade,))

    def update(self, trade: str, **fields: Any) -> None:
        """Set columns of a trade in one step."""
        if not fields.keys() <= COLUMNS:
            raise KeyError(f"columns of trade: {sorted(fields.keys() - COLUMNS)}")
        values = [json.dumps(v) if k in JSON else v for k, v in fields.items()]
        names = ", ".join(f"{name} = ?" for name in fields)
        query = f"UPDATE trade SET {names} WHERE trade = ?"  # noqa: S608 - names checked above
        self._run(query, (*values, trade))

    def trade(self, trade: str) -> dict[str, Any] | None:
        row = self._run("SELECT * FROM trade WHERE trade = ?", (trade,)).fetchone()
        return _decoded(row) if row else None

    def unfinished(self) -> dict[str, Any] | None:
        """The trade whose FINAL is not signed yet, if there is one."""
        row = self._run("SELECT * FROM trade WHERE phase != 'final' LIMIT 1").fetchone()
        return _decoded(row) if row else None

    def past_energy(self) -> list[tuple[float, int]]:
        """(wall time, microwatt-hours) of every trade since 24 hours ago, and of the future."""
        since = time.time() - 86_400
        query = "SELECT opened_s, energy_uwh FROM trade WHERE opened_s > ?"
        return [(row[0], row[1]) for row in self._run(query, (since,))]

    def close(self) -> None:
        self._db.close()

    def _run(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(statement, values)
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            raise StoreError(f"{self._path}: {error}; full disk, or a second meterd?") from error

    def _migrate(self, path: Path) -> None:
        (found,) = self._run("PRAGMA user_version").fetchone()
        if found > VERSION:
            text = f"{path}: version {found}, at most {VERSION} expected: newer Evlock?"
            raise StoreError(text, "STORE-VERSION")
        for version, schema in enumerate((SCHEMA, SCHEMA_2)[found:], found + 1):
            self._db.executescript(f"BEGIN; {schema} PRAGMA user_version = {version}; COMMIT;")


def _decoded(row: sqlite3.Row) -> dict[str, Any]:
    return {
        key: json.loads(row[key]) if key in JSON and row[key] is not None else row[key]
        for key in row.keys()  # noqa: SIM118 - a Row iterates over its values
    }
