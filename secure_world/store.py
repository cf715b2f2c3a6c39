"""The durable state: one SQLite file, one commit for all requests of a batch."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from secure_world import durable
from secure_world.errors import StateUnreadable

# One entry a version, never edited after a release: PRAGMA user_version counts them.
MIGRATIONS = (
    """
    CREATE TABLE device (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        stage INTEGER NOT NULL DEFAULT 0,          -- Stage in device.py
        sealed BLOB,                               -- both private keys (vault.py)
        rated_power_w INTEGER NOT NULL DEFAULT 0,
        boot_count INTEGER NOT NULL DEFAULT 0,
        policy BLOB,                               -- RLP of SetPolicy
        policy_version INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO device (id) VALUES (1);
    CREATE TABLE register (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        import_uwh INTEGER NOT NULL DEFAULT 0,
        export_uwh INTEGER NOT NULL DEFAULT 0,
        allowance_uj INTEGER NOT NULL DEFAULT 0,   -- growth that is still allowed, at
        boot_id TEXT NOT NULL DEFAULT '',          -- this moment of this boot
        boottime_ns INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO register (id) VALUES (1);
    CREATE TABLE session (
        id BLOB PRIMARY KEY,                       -- u64, big endian
        imported_uwh INTEGER NOT NULL,
        exported_uwh INTEGER NOT NULL
    );
    CREATE TABLE trade (
        id BLOB PRIMARY KEY,
        direction INTEGER NOT NULL,
        opened BLOB NOT NULL,                      -- RLP of OpenTrade: what is pinned
        from_uwh INTEGER NOT NULL,
        reserved INTEGER NOT NULL,                 -- sequences below this may be spent
        final BLOB                                 -- RLP of SignedReading
    );
    CREATE UNIQUE INDEX one_open_trade ON trade (direction) WHERE final IS NULL;
    CREATE TABLE payload (
        chain_id INTEGER NOT NULL,
        nonce BLOB NOT NULL,                       -- u64, big endian
        digest BLOB NOT NULL,                      -- what was signed
        call BLOB NOT NULL,                        -- hash of what a fee bump keeps
        max_fee BLOB NOT NULL,                     -- u256, big endian
        tip BLOB NOT NULL,
        PRIMARY KEY (chain_id, nonce, digest)
    ) WITHOUT ROWID;
    """,
    "ALTER TABLE device ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;",
)


class Store:
    """Statements run inside a batch; nothing counts before `commit` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            raise StateUnreadable(f"{path}: {error}, expected secured's own state") from error

    def close(self) -> None:
        """Let go of the file; an open batch is lost."""
        self._db.close()

    def begin(self) -> None:
        """Start a batch."""
        self._db.execute("BEGIN")
        self._changes_before = self._db.total_changes

    @property
    def dirty(self) -> bool:
        """Whether the batch has changed anything."""
        return self._db.total_changes != self._changes_before

    def commit(self) -> None:
        """Make the batch durable; costs a sync only if it changed something."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the batch."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """One request of a batch: whole, or without trace."""
        self._db.execute("SAVEPOINT request")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO request")
            raise
        finally:
            if self._db.in_transaction:
                self._db.execute("RELEASE request")

    def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return found

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._db.execute(sql, values).fetchall()

    def write(self, sql: str, *values: object) -> None:
        """A change, durable with the batch."""
        self._db.execute(sql, values)

    def _open(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")  # no shared-memory file beside it
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # commit returns after the sync
        self._db.execute("PRAGMA cache_size = -512")  # KiB
        self._migrate()
        durable.sync_folder(self._path.parent)

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            message = f"{self._path}: version {version}, expected at most {len(MIGRATIONS)}"
            raise StateUnreadable(message)
        for number in range(version, len(MIGRATIONS)):
            steps = f"{MIGRATIONS[number]} PRAGMA user_version = {number + 1};"
            self._db.executescript(f"BEGIN; {steps} COMMIT;")
