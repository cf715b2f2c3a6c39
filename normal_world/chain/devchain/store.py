"""Durable memory of the development chain: one SQLite file, one commit a block.

py-evm sees a key-value database (`KeyValue`). Its writes are collected and reach the file together
with the block's logs and the emptied pool in one SQLite transaction, so that a restart finds the
chain exactly as it was last shown to anybody, and has nothing to replay.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from normal_world.errors import StateError

VERSION = 1
CACHE_ENTRIES = 20_000
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE kv (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE pool (arrival INTEGER PRIMARY KEY, hash BLOB UNIQUE NOT NULL, raw BLOB NOT NULL);
CREATE TABLE log (block INTEGER, log_index INTEGER, tx_index INTEGER, tx BLOB, address BLOB,
                  topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB, data BLOB,
                  PRIMARY KEY (block, log_index)) WITHOUT ROWID;
"""
LogRow = tuple[
    int, int, int, bytes, bytes, bytes | None, bytes | None, bytes | None, bytes | None, bytes
]


class KeyValue:
    """What py-evm's AtomicDB wraps; holds this block's writes until `Store.commit`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._cache: dict[bytes, bytes] = {}
        self.dirty: dict[bytes, bytes | None] = {}

    def __getitem__(self, key: bytes) -> bytes:
        value = self.dirty[key] if key in self.dirty else self._stored(key)
        if value is None:
            raise KeyError(key)
        return value

    def _stored(self, key: bytes) -> bytes | None:
        value = self._cache.get(key)
        if value is None:
            row = self._database.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
            value = None if row is None else row[0]
            if value is not None:
                self._remember(key, value)
        return value

    def _remember(self, key: bytes, value: bytes) -> None:
        if len(self._cache) >= CACHE_ENTRIES:
            self._cache.clear()  # crude and cheap: the working set comes back from the page cache
        self._cache[key] = value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.dirty[bytes(key)] = bytes(value)

    def __delitem__(self, key: bytes) -> None:
        self[key]
        self.dirty[key] = None

    def __contains__(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    def written(self) -> None:
        """The dirty entries are in the file now."""
        for key, value in self.dirty.items():
            if value is None:
                self._cache.pop(key, None)
            else:
                self._remember(key, value)
        self.dirty = {}


class Store:
    """Opens or creates the file below `folder`; without a folder a temporary one that vanishes."""

    def __init__(self, folder: Path | None) -> None:
        name = ""  # SQLite: a private temporary file, deleted at close; memory stays bounded
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            name = str(folder / "devchain.sqlite")
        self._database = sqlite3.connect(
            name, timeout=1.0, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(durable=folder is not None)
        except sqlite3.OperationalError as error:
            raise StateError(f"{name}: {error}; is another devchain running on it?") from error
        except sqlite3.DatabaseError as error:
            raise StateError(f"{name}: not a devchain's state ({error})") from error
        self.kv = KeyValue(self._database)

    def _prepare(self, durable: bool) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run(f"PRAGMA journal_mode = {'WAL' if durable else 'MEMORY'}")
        # NORMAL: a commit survives any death of the process, though not a power cut. A sync to disk
        # for every transaction would make the chain seven times slower than it need be.
        run(f"PRAGMA synchronous = {'NORMAL' if durable else 'OFF'}")
        version = run("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._database.executescript(
                f"BEGIN EXCLUSIVE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"
            )
        elif version != VERSION:
            raise StateError(f"devchain state of version {version}, expected {VERSION}")

    def close(self) -> None:
        self._database.close()

    def commit(
        self,
        logs: Iterable[LogRow] = (),
        gone: Iterable[bytes] = (),
        forget_after: int = 2**62,
    ) -> None:
        """Writes py-evm's changes and the logs, takes `gone` out of the pool and drops the logs
        of the blocks after `forget_after`: all or nothing."""
        changed = [(k, v) for k, v in self.kv.dirty.items() if v is not None]
        deleted = [(k,) for k, v in self.kv.dirty.items() if v is None]
        run = self._database
        run.execute("BEGIN IMMEDIATE")
        try:
            run.executemany("INSERT OR REPLACE INTO kv VALUES (?, ?)", changed)
            run.executemany("DELETE FROM kv WHERE key = ?", deleted)
            run.execute("DELETE FROM log WHERE block > ?", (forget_after,))
            run.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", logs)
            run.executemany("DELETE FROM pool WHERE hash = ?", [(h,) for h in gone])
            run.execute("COMMIT")
        except BaseException:
            self.discard()
            if run.in_transaction:
                run.execute("ROLLBACK")
            raise
        self.kv.written()

    def discard(self) -> None:
        """Forgets what py-evm wrote since the last commit."""
        self.kv.dirty = {}

    def rewind(self, block: int) -> None:
        """Drops the logs after `block` and the whole pool, with py-evm's changes, in one commit."""
        everything = [row[0] for row in self._database.execute("SELECT hash FROM pool")]
        self.commit(gone=everything, forget_after=block)

    def add_to_pool(self, transaction: bytes, raw: bytes, replaced: bytes | None) -> None:
        """Durable before the sender hears that his transaction was taken."""
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("DELETE FROM pool WHERE hash = ?", (replaced,))
        self._database.execute("INSERT INTO pool (hash, raw) VALUES (?, ?)", (transaction, raw))
        self._database.execute("COMMIT")

    def pool(self) -> Iterator[bytes]:
        """Raw transactions that wait, oldest first."""
        for row in self._database.execute("SELECT raw FROM pool ORDER BY arrival").fetchall():
            yield row[0]

    def logs(self, where: str, arguments: list[bytes | int], limit: int) -> list[LogRow]:
        """At most `limit` + 1 rows; `where` is built by `logs.py` from constants only."""
        sql = f"SELECT * FROM log WHERE {where} ORDER BY block, log_index LIMIT ?"  # noqa: S608
        return self._database.execute(sql, [*arguments, limit + 1]).fetchall()
