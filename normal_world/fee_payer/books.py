"""What the fee payer signed, for whom, and what became of it: one SQLite file, written first."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normal_world.errors import ConfigError
from normal_world.fee_payer.errors import FeeBooksFailed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS paid (
    call BLOB PRIMARY KEY, account TEXT NOT NULL, function TEXT NOT NULL, nonce INTEGER NOT NULL,
    gas INTEGER NOT NULL, price TEXT NOT NULL, raw BLOB NOT NULL, tx TEXT NOT NULL,
    head INTEGER NOT NULL, state TEXT NOT NULL, gas_used INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS paid_by_account ON paid (account, head);
CREATE INDEX IF NOT EXISTS paid_by_state ON paid (state);
"""
_INSERT = "INSERT INTO paid VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
SENT, DONE, REVERTED, REPLACED = "sent", "done", "reverted", "replaced"
LOST = "lost"  # in no block for a day: not asked for any more, and not given back


@dataclass(frozen=True)
class Paid:
    """A call that is paid for. `head`: block number when it was signed. Wei per gas."""

    call: bytes
    account: str
    function: str
    nonce: int
    gas: int
    price: int
    raw: bytes
    transaction: str
    head: int
    state: str = SENT
    gas_used: int | None = None


@dataclass(frozen=True)
class Standing:
    """What an account had paid for within a day: calls, reverts, wei at most."""

    calls: int
    reverts: int
    wei: int


class Books:
    """Thread-safe. ConfigError if the file cannot be used, FeeBooksFailed once it cannot be."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"{path}: {error}", "CONFIG-FEE-BOOKS") from error

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OverflowError) as error:
                raise FeeBooksFailed(f"{self._path}: {error}; full disk?") from error

    def close(self) -> None:
        """Lets the file go; everything is already in it."""
        self._database.close()

    def find(self, call: bytes) -> Paid | None:
        """The record of a sender-signed call (its Keccak hash)."""
        with self._working():
            row = self._database.execute("SELECT * FROM paid WHERE call = ?", (call,)).fetchone()
        return None if row is None else _paid(row)

    def put(self, paid: Paid) -> None:
        """Keeps a call before it is sent."""
        values = (paid.call, paid.account, paid.function, paid.nonce, paid.gas, str(paid.price))
        rest = (paid.raw, paid.transaction, paid.head, paid.state, paid.gas_used)
        with self._working():
            self._database.execute(_INSERT, values + rest)

    def ended(self, call: bytes, state: str, gas_used: int | None) -> None:
        """What became of a call."""
        with self._working():
            self._database.execute(
                "UPDATE paid SET state = ?, gas_used = ? WHERE call = ?", (state, gas_used, call)
            )

    def waiting(self) -> list[Paid]:
        """Calls that are sent and not in a final block, by account and nonce."""
        with self._working():
            rows = self._database.execute(
                "SELECT * FROM paid WHERE state = ? ORDER BY account, nonce", (SENT,)
            ).fetchall()
        return [_paid(row) for row in rows]

    def under_way(self, account: str) -> int:
        """How many of an account's calls are sent and not in a final block."""
        with self._working():
            (number,) = self._database.execute(
                "SELECT count(*) FROM paid WHERE account = ? AND state = ?", (account, SENT)
            ).fetchone()
        return int(number)

    def standing(self, account: str, since: int) -> Standing:
        """What an account cost since a block; a replaced call costs nothing."""
        with self._working():
            rows = self._database.execute(
                "SELECT state, coalesce(gas_used, gas), price FROM paid"
                " WHERE account = ? AND head >= ? AND state <> ?",
                (account, since, REPLACED),
            ).fetchall()
        reverts = sum(state == REVERTED for state, _, _ in rows)
        return Standing(len(rows), reverts, sum(gas * int(price) for _, gas, price in rows))

    def accounts(self) -> list[str]:
        """Everybody who was ever paid for."""
        with self._working():
            found = self._database.execute("SELECT DISTINCT account FROM paid ORDER BY account")
            return [str(row[0]) for row in found.fetchall()]


def _paid(row: tuple[Any, ...]) -> Paid:
    call, account, function, nonce, gas, price, raw, tx, head, state, gas_used = row
    return Paid(call, account, function, nonce, gas, int(price), raw, tx, head, state, gas_used)
