"""The outbox's SQLite file: one program at a time, migrated forwards, written in steps."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normal_world.errors import ConfigError, StateError

MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE intent (
        id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, target TEXT NOT NULL,
        data BLOB NOT NULL, value TEXT NOT NULL, description TEXT NOT NULL,
        state TEXT NOT NULL, nonce INTEGER UNIQUE, gas INTEGER, patience INTEGER,
        reason TEXT, tx TEXT, block INTEGER, gas_used INTEGER);
    CREATE INDEX intent_by_state ON intent (state, nonce);
    CREATE TABLE attempt (
        intent INTEGER NOT NULL REFERENCES intent, serial INTEGER NOT NULL,
        max_fee TEXT NOT NULL, tip TEXT NOT NULL, legacy INTEGER NOT NULL,
        unsigned BLOB NOT NULL, signed BLOB, hash TEXT,
        PRIMARY KEY (intent, serial)) WITHOUT ROWID;
    """,
)


OPEN = ("queued", "pending", "mined")


@dataclass(frozen=True)
class Outcome:
    """Where an intent stands. State: queued, pending, mined, settled, reverted or failed."""

    intent: str
    state: str
    description: str
    data: bytes
    reason: str | None
    transaction: str | None
    block: int | None
    gas_used: int | None

    @property
    def final(self) -> bool:
        """Nothing more will happen to it by itself."""
        return self.state not in OPEN


class OutboxStore:
    """StateError STATE-LOCKED if another program has the file; ConfigError if it is no outbox."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        try:
            self._database = sqlite3.connect(
                path, timeout=1.0, isolation_level=None, check_same_thread=False
            )
            self._database.row_factory = sqlite3.Row
            self._prepare(path)
        except sqlite3.OperationalError as error:
            raise StateError(f"{path}: {error}; does another noded run?", "STATE-LOCKED") from error
        except sqlite3.DatabaseError as error:
            raise ConfigError(f"{path}: not an outbox ({error})", "CONFIG-OUTBOX") from error

    def _prepare(self, path: Path) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        version = run("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise ConfigError(
                f"{path}: version {version} is newer than this program's {len(MIGRATIONS)}",
                "CONFIG-OUTBOX",
            )
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._database.executescript(
                f"BEGIN EXCLUSIVE; {script} PRAGMA user_version = {number}; COMMIT;"
            )
        run("BEGIN EXCLUSIVE")  # takes the file's lock now, not at the first write
        run("COMMIT")

    def close(self) -> None:
        """Lets the file go."""
        with self._lock:
            self._database.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One durable step: all of the block's statements, or none."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *arguments: Any) -> list[sqlite3.Row]:
        """Reads."""
        with self._lock:
            return self._database.execute(sql, arguments).fetchall()

    def meta(self, key: str) -> str | None:
        """A remembered fact about the outbox as a whole."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return found[0]["value"] if found else None

    def remember(self, key: str, value: str) -> str:
        """The value kept under `key`; the first one given stays."""
        with self.write() as database:
            database.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
        return self.meta(key) or value
