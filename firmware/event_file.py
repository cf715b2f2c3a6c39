"""events.sqlite: at most ROWS_MAX events, the oldest go first; for one thread only."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from firmware.errors import FirmwareError
from firmware.event_rate import Event

ROWS_MAX = 10_000
SLACK = 100  # dropped together: one large change of the file in place of many small ones
VERSION = 1
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
SCHEMA = """
BEGIN;
CREATE TABLE event (
    id INTEGER PRIMARY KEY, time_s REAL NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL,
    text TEXT NOT NULL, count INTEGER NOT NULL
);
CREATE TABLE dropped (one INTEGER PRIMARY KEY CHECK (one = 1), rows INTEGER NOT NULL);
INSERT INTO dropped VALUES (1, 0);
PRAGMA user_version = 1;
COMMIT;
"""
INSERT = "INSERT INTO event (time_s, kind, code, text, count) VALUES (?, ?, ?, ?, ?)"
NEWEST = "SELECT * FROM event WHERE time_s >= ? AND (? = '' OR code = ?) ORDER BY id DESC LIMIT ?"
AFTER = (
    "SELECT * FROM event WHERE id > ? AND time_s >= ? AND (? = '' OR code = ?) ORDER BY id LIMIT ?"
)
FIELDS = ("id", "time_s", "kind", "code", "text", "count")


class EventsError(FirmwareError, OSError):
    """The event log cannot be written or read; events are kept in memory."""

    code = "EVENTS-DISK"
    exit_code = 4


class EventFile:
    """Methods raise EventsError. A damaged file is put aside, and a new one begun."""

    def __init__(self, path: Path, rows_max: int = ROWS_MAX) -> None:
        self._path, self._rows_max = path, rows_max
        self._db: sqlite3.Connection | None = None

    def append(self, events: Iterable[Event]) -> None:
        """All of them or none, in one transaction."""
        try:
            db = self._opened()
            db.execute("BEGIN")
            db.executemany(INSERT, [(e.time_s, e.kind, e.code, e.text, e.count) for e in events])
            self._thin(db)
            db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def query(self, limit: int, since_s: float, code: str, after: int | None) -> list[Any]:
        """Rows as objects, oldest first: the newest ones, or those with an id above `after`."""
        try:
            db, wanted = self._opened(), (since_s, code, code, limit)
            if after is None:
                rows = db.execute(NEWEST, wanted).fetchall()[::-1]
            else:
                rows = db.execute(AFTER, (after, *wanted)).fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return [dict(zip(FIELDS, row, strict=True)) for row in rows]

    def counts(self) -> tuple[int, int, int]:
        """(rows, rows dropped so far, highest id)."""
        try:
            db = self._opened()
            rows, highest = db.execute("SELECT COUNT(*), MAX(id) FROM event").fetchone()
            (dropped,) = db.execute("SELECT rows FROM dropped").fetchone()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return rows, dropped, highest or 0

    def last_start(self) -> str:
        """Code of the last event of kind start: started, stopped, or "" for a new file."""
        try:
            query = "SELECT code FROM event WHERE kind = 'start' ORDER BY id DESC LIMIT 1"
            found = self._opened().execute(query).fetchone()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return str(found[0]) if found else ""

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    # -- inside ------------------------------------------------------------------------------
    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = db = sqlite3.connect(self._path, timeout=1.0, isolation_level=None)
            (found,) = db.execute("PRAGMA user_version").fetchone()
            if found > VERSION:
                self.close()
                text = f"{self._path}: version {found}, at most {VERSION} expected: newer Evlock?"
                raise EventsError(text, "EVENTS-VERSION")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            if found == 0:
                db.executescript(SCHEMA)
        return self._db

    def _thin(self, db: sqlite3.Connection) -> None:
        rows, highest = db.execute("SELECT COUNT(*), MAX(id) FROM event").fetchone()
        if rows < self._rows_max + SLACK:
            return
        gone = db.execute("DELETE FROM event WHERE id <= ?", (highest - self._rows_max,)).rowcount
        db.execute("UPDATE dropped SET rows = rows + ?", (gone,))

    def _failure(self, error: sqlite3.Error) -> EventsError:
        self.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in BROKEN:
            return self._put_aside(error)
        return EventsError(f"{self._path}: {error}; full or failing disk?")

    def _put_aside(self, error: sqlite3.Error) -> EventsError:
        aside = self._path.with_name(self._path.name + ".broken")
        try:
            for end in ("", "-wal", "-shm"):
                part = self._path.with_name(self._path.name + end)
                if part.exists():
                    part.replace(aside.with_name(aside.name + end))
        except OSError as second:
            return EventsError(f"{self._path}: {error}; not moved away: {second}")
        text = f"{self._path}: {error}; kept as {aside.name}, begun anew"
        return EventsError(text, "EVENTS-BROKEN")
