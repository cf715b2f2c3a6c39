"""history.sqlite: a row a minute for `days` days of running, then a row an hour.

Written for flash: rows wait in an open transaction and one commit in five minutes writes them
(synchronous NORMAL: no fsync but at a checkpoint of the write-ahead log, about once a day). A
power cut takes the last five minutes and what the kernel had not written, about half a minute.
Age is counted in rows, never by the clock: a wall clock that jumps a year ahead deletes nothing.
"""

import sqlite3
from collections import deque
from pathlib import Path

from firmware.domain.minutes import COLUMNS, Row
from firmware.errors import FirmwareError
from firmware.history_sql import (
    BOUNDS,
    DROP_HOURS,
    DROP_MINUTES,
    FIRST,
    INSERT,
    QUERY,
    SCHEMA,
    THIN,
    VERSION,
)

COMMIT_ROWS = 5
UNSAVED_MAX = 1440  # a day in memory while the disk takes nothing
DAY_ROWS = 1440
HOURS_FOR_DAYS = 10 * 24  # hour rows kept for every day of minute rows: ten times as long
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class HistoryError(FirmwareError, OSError):
    """The history cannot be written or read; metering goes on without it."""

    code = "HISTORY-DISK"
    exit_code = 4


class HistoryBroken(HistoryError):
    """The file was damaged: it lies beside, and a new one is begun."""

    code = "HISTORY-BROKEN"


class HistoryNewer(HistoryError):
    """The file is of a newer Evlock: it is left alone, rows stay in memory for a day."""

    code = "HISTORY-VERSION"


class HistoryFile:
    """To be used by one thread. Methods raise HistoryError; what was not saved stays in memory.

    After HistoryBroken the file was put aside and a new one begun; everything else is tried
    again at the next row.
    """

    def __init__(self, path: Path, days: int) -> None:
        self.dropped = 0  # rows that a day without a disk did not hold
        self._path = path
        self._minutes_max = days * DAY_ROWS
        self._hours_max = days * HOURS_FOR_DAYS
        self._unsaved: deque[Row] = deque(maxlen=UNSAVED_MAX)
        self._db: sqlite3.Connection | None = None

    def keep(self, row: Row | None, *, last: bool = False) -> None:
        """Add a row; every fifth, and the last before the end, brings all to the disk."""
        try:
            known = self._db is not None  # else the row goes in with all that waits
            if row is not None:
                self._remember(row)
            db = self._opened()
            if row is not None and known:
                db.execute(INSERT, _values(row))
            if self._unsaved and (last or len(self._unsaved) >= COMMIT_ROWS):
                self._thin(db)
                db.execute("COMMIT")
                self._unsaved.clear()
                db.execute("BEGIN")
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def query(self, since_s: int, until_s: int, bucket_s: int) -> list[tuple[int | None, ...]]:
        """Rows taken together in slots of `bucket_s` from `since_s` on: (slot, *COLUMNS)."""
        try:
            values = {"since": since_s, "until": until_s, "bucket": bucket_s}
            return self._opened().execute(QUERY, values).fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def first_s(self) -> int | None:
        """The earliest label that there is."""
        try:
            found = self._opened().execute(FIRST).fetchone()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return None if found[0] is None else int(found[0])

    def close(self) -> None:
        """Let the file go; an open transaction is lost (`keep(None, last=True)` before)."""
        if self._db is not None:
            self._db.close()
            self._db = None

    # -- inside ------------------------------------------------------------------------------
    def _remember(self, row: Row) -> None:
        self.dropped += len(self._unsaved) == UNSAVED_MAX
        self._unsaved.append(row)

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            # Opened in the thread that the history has for its file, closed there too.
            self._db = db = sqlite3.connect(self._path, timeout=1.0, isolation_level=None)
            self._check_version(db)  # before anything writes to it
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            self._check(db)
            db.execute("BEGIN")
            db.executemany(INSERT, [_values(row) for row in self._unsaved])
        return self._db

    def _check_version(self, db: sqlite3.Connection) -> None:
        (found,) = db.execute("PRAGMA user_version").fetchone()
        if found > VERSION:
            self.close()
            raise HistoryNewer(f"{self._path}: version {found}, at most {VERSION} expected")

    def _check(self, db: sqlite3.Connection) -> None:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.executescript(SCHEMA)
        elif (verdict := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise self._put_aside(str(verdict))

    def _thin(self, db: sqlite3.Connection) -> None:
        """Minute rows over the limit become hour rows, a day's at a time; old hour rows go."""
        low, high = db.execute(BOUNDS).fetchone()
        if low is None or high - low + 1 < self._minutes_max + DAY_ROWS:
            return
        first_kept = high - self._minutes_max + 1
        db.execute(THIN, (first_kept,))
        db.execute(DROP_MINUTES, (first_kept,))
        db.execute(DROP_HOURS, (self._hours_max,))

    def _failure(self, error: sqlite3.Error) -> HistoryError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
        if code in BROKEN:
            return self._put_aside(str(error))
        self.close()  # with its transaction: begun anew from memory
        return HistoryError(f"{self._path}: {error}; full or failing disk?")

    def _put_aside(self, why: str) -> HistoryBroken:
        self.close()
        aside = self._path.with_name(self._path.name + ".broken")
        try:
            for end in ("", "-wal", "-shm"):
                part = self._path.with_name(self._path.name + end)
                if part.exists():
                    part.replace(aside.with_name(aside.name + end))
        except OSError as error:
            return HistoryBroken(f"{self._path}: {why}; not moved away: {error}")
        return HistoryBroken(f"{self._path}: {why}; kept as {aside.name}, begun anew")


def _values(row: Row) -> tuple[int | None, ...]:
    return tuple(getattr(row, name) for name in COLUMNS)
