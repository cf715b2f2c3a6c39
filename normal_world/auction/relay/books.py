"""What a relay took, in which batch it went, what became of it: one SQLite file, written first.

waiting ─ batch made ─► sent ─ batch final ─► placed
   │  └◄── batch failed or reverted ─┘
   └ would revert, failed too often, or the window is over: refused
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from normal_world.errors import ConfigError

VERSION = 1
MAX_ORDERS = 2000  # of a slot: EnergyAuction.MAX_ORDERS
MAX_TRIES = 3  # batches of one order
WAITING, SENT, PLACED, REFUSED, UNKNOWN = "waiting", "sent", "placed", "refused", "unknown"
_SCHEMA = """
CREATE TABLE orders (
    slot INTEGER NOT NULL, meter TEXT NOT NULL, placement BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', reason TEXT NOT NULL DEFAULT '',
    batch INTEGER, tries INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (slot, meter)
);
CREATE INDEX orders_by_state ON orders (state, slot);
CREATE TABLE batches (
    number INTEGER PRIMARY KEY AUTOINCREMENT, slot INTEGER NOT NULL, orders INTEGER NOT NULL,
    data BLOB NOT NULL, state TEXT NOT NULL DEFAULT 'open', tx TEXT,
    gas_used INTEGER NOT NULL DEFAULT 0, wei TEXT NOT NULL DEFAULT '0'
);
CREATE INDEX batches_by_state ON batches (state);
"""


class Taken(NamedTuple):
    """An order as it stands; `batch`: number of the one it went in last."""

    slot: int
    meter: str
    placement: bytes
    state: str
    reason: str
    batch: int | None


class Batch(NamedTuple):
    """A `place` of several orders; `data` its calldata."""

    number: int
    slot: int
    orders: int
    data: bytes


class Spent(NamedTuple):
    """What a final batch cost; no transaction if it never came into a block."""

    transaction: str | None
    gas_used: int
    wei: int


class Books:
    """Thread-safe; every method is one atomic, durable step. ConfigError if the file is unfit."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare(path)
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"{path}: {error}", "CONFIG-RELAY-BOOKS") from error

    def _prepare(self, path: Path) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (found,) = self._db.execute("PRAGMA user_version").fetchone()
        if found > VERSION:
            told = f"{path}: version {found}, at most {VERSION}: newer Evlock?"
            raise ConfigError(told, "CONFIG-RELAY-BOOKS")
        if found == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def close(self) -> None:
        """Lets the file go; everything is already in it."""
        self._db.close()

    # -- orders --------------------------------------------------------------------------------
    def find(self, slot: int, meter: str) -> Taken | None:
        """The order of a meter (lower case) in a slot."""
        found = self._taken("slot = ? AND meter = ?", slot, meter)
        return found[0] if found else None

    def add(self, slot: int, meter: str, placement: bytes) -> bool:
        """Keeps an order, unless the meter has one there; False when the slot is full."""
        with self._write() as db:
            (count,) = db.execute("SELECT COUNT(*) FROM orders WHERE slot = ?", (slot,)).fetchone()
            if count >= MAX_ORDERS:
                return False
            db.execute(
                "INSERT OR IGNORE INTO orders (slot, meter, placement) VALUES (?, ?, ?)",
                (slot, meter, placement),
            )
        return True

    def waiting_slots(self) -> list[int]:
        """Slots with orders that are in no batch, oldest first."""
        query = "SELECT DISTINCT slot FROM orders WHERE state = 'waiting' ORDER BY slot"
        return [row[0] for row in self._rows(query)]

    def waiting(self, slot: int, most: int) -> list[Taken]:
        """So many of them, in the order of their arrival."""
        return self._taken("state = 'waiting' AND slot = ? ORDER BY rowid LIMIT ?", slot, most)

    def refuse(self, slot: int, meter: str, reason: str) -> None:
        """Drops a waiting order."""
        with self._write() as db:
            db.execute(
                "UPDATE orders SET state = 'refused', reason = ?"
                " WHERE slot = ? AND meter = ? AND state = 'waiting'",
                (reason, slot, meter),
            )

    def forget(self, before_slot: int) -> None:
        """Orders of slots long over; what their batches cost is kept."""
        with self._write() as db:
            db.execute(
                "DELETE FROM orders WHERE slot < ? AND state IN ('placed', 'refused')",
                (before_slot,),
            )

    # -- batches -------------------------------------------------------------------------------
    def make_batch(self, slot: int, meters: Sequence[str], data: bytes) -> Batch:
        """Waiting orders of these meters go together from now on."""
        with self._write() as db:
            made = db.execute(
                "INSERT INTO batches (slot, orders, data) VALUES (?, ?, ?)",
                (slot, len(meters), data),
            )
            number = int(made.lastrowid or 0)
            db.executemany(
                "UPDATE orders SET state = 'sent', batch = ?, tries = tries + 1"
                " WHERE slot = ? AND meter = ? AND state = 'waiting'",
                [(number, slot, meter) for meter in meters],
            )
        return Batch(number, slot, len(meters), data)

    def open_batches(self) -> list[Batch]:
        """Batches that are not final, oldest first."""
        query = "SELECT number, slot, orders, data FROM batches WHERE state = 'open'"
        return [Batch(*row) for row in self._rows(f"{query} ORDER BY number")]

    def end_batch(self, number: int, reason: str, spent: Spent) -> None:
        """Final: all its orders placed (no reason), or none, which then wait for another."""
        state = "failed" if reason else "placed"
        with self._write() as db:
            db.execute(
                "UPDATE batches SET state = ?, tx = ?, gas_used = ?, wei = ?, data = x''"
                " WHERE number = ?",
                (state, spent.transaction, spent.gas_used, str(spent.wei), number),
            )
            db.execute(
                "UPDATE orders SET state = CASE WHEN ? = 'placed' THEN 'placed'"
                " WHEN tries >= ? THEN 'refused' ELSE 'waiting' END, reason = ?"
                " WHERE batch = ? AND state = 'sent'",
                (state, MAX_TRIES, reason, number),
            )

    def transaction(self, number: int) -> str | None:
        """Of a final batch."""
        found = self._rows("SELECT tx FROM batches WHERE number = ?", number)
        return found[0][0] if found else None

    def costs(self, newest: int) -> list[dict[str, Any]]:
        """What final batches cost, the newest ones first; gas, wei."""
        query = (
            "SELECT number, slot, state, orders, tx, gas_used, wei FROM batches"
            " WHERE state != 'open' ORDER BY number DESC LIMIT ?"
        )
        names = ("batch", "slot", "state", "orders", "transaction", "gas_used", "wei")
        return [
            {**dict(zip(names, row, strict=True)), "wei": int(row[-1])}
            for row in self._rows(query, newest)
        ]

    def totals(self) -> dict[str, int]:
        """Of all final batches: how many, orders placed, gas and wei, failed ones included."""
        rows = self._rows("SELECT state, orders, gas_used, wei FROM batches WHERE state != 'open'")
        return {
            "batches": len(rows),
            "orders": sum(row[1] for row in rows if row[0] == "placed"),
            "gas_used": sum(row[2] for row in rows),
            "wei": sum(int(row[3]) for row in rows),
        }

    # -- inside --------------------------------------------------------------------------------
    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def _taken(self, where: str, *values: Any) -> list[Taken]:
        query = f"SELECT slot, meter, placement, state, reason, batch FROM orders WHERE {where}"  # noqa: S608
        return [Taken(*row) for row in self._rows(query, *values)]

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()
