"""What noded must remember across a restart: orders, trades, the last block that it has read."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from normal_world.errors import ConfigError
from normal_world.trade.strategy_rows import SCHEMA_2, StrategyRows

VERSION = 2
SCHEMA = """
CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), block INTEGER NOT NULL);
CREATE TABLE orders (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', reason TEXT NOT NULL DEFAULT '', result TEXT
);
CREATE TABLE trades (
    trade TEXT PRIMARY KEY, role TEXT NOT NULL, terms TEXT NOT NULL, escrow TEXT NOT NULL,
    escrow_block INTEGER NOT NULL, deadline_block INTEGER NOT NULL,
    phase TEXT NOT NULL DEFAULT 'escrowed', reason TEXT NOT NULL DEFAULT '',
    self_check TEXT, ready TEXT, peer_ready TEXT, reading TEXT, peer_reading TEXT,
    signed INTEGER NOT NULL DEFAULT 0, exchanged INTEGER NOT NULL DEFAULT 0,
    start_block INTEGER, final_block INTEGER, report_block INTEGER, end_block INTEGER,
    energy_uwh INTEGER, paid TEXT, refunded TEXT, credit_before INTEGER, credit_after INTEGER
);
"""
JSON = frozenset(("terms", "self_check", "ready", "peer_ready", "reading", "peer_reading"))
MONEY = frozenset(("escrow", "paid", "refunded"))  # decimal text: above SQLite's 64 bits
TRADE_COLUMNS = frozenset(
    "phase reason self_check ready peer_ready reading peer_reading signed exchanged start_block "
    "final_block report_block end_block energy_uwh paid refunded credit_before credit_after".split()
)
ENDED = ("settled", "closed")


class TradeStore:
    """One SQLite file; every method is one atomic, durable step."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._migrate(path)
        self.strategy = StrategyRows(self._db)

    # -- the chain's cursor ------------------------------------------------------------------
    def cursor(self) -> int | None:
        """The last block whose events were taken in, None before the first."""
        row = self._db.execute("SELECT block FROM cursor").fetchone()
        return int(row[0]) if row else None

    def advance(self, block: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", (block,))

    # -- orders ------------------------------------------------------------------------------
    def add_order(self, key: str, kind: str, body: dict[str, Any]) -> None:
        """A second order under the same key changes nothing."""
        self._db.execute(
            "INSERT OR IGNORE INTO orders (key, kind, body) VALUES (?, ?, ?)",
            (key, kind, json.dumps(body)),
        )

    def knows_order(self, key: str) -> bool:
        return bool(self._db.execute("SELECT 1 FROM orders WHERE key = ?", (key,)).fetchone())

    def order(self, key: str) -> dict[str, Any]:
        row = self._db.execute("SELECT * FROM orders WHERE key = ?", (key,)).fetchone()
        return _order(row)

    def open_orders(self) -> list[dict[str, Any]]:
        query = "SELECT * FROM orders WHERE state = 'open' ORDER BY rowid"
        return [_order(row) for row in self._db.execute(query)]

    def orders_done(self, kind: str, newest: int) -> list[dict[str, Any]]:
        """The newest orders of a kind that ended well."""
        query = "SELECT * FROM orders WHERE kind = ? AND state = 'done' ORDER BY rowid DESC LIMIT ?"
        return [_order(row) for row in self._db.execute(query, (kind, newest))]

    def end_order(self, key: str, state: str, reason: str = "", result: object = None) -> None:
        self._db.execute(
            "UPDATE orders SET state = ?, reason = ?, result = ? WHERE key = ?",
            (state, reason, json.dumps(result), key),
        )

    # -- trades ------------------------------------------------------------------------------
    def add_trade(self, trade: str, role: str, terms: dict[str, Any], **numbers: int) -> bool:
        """Remember an escrow; False when it was known already."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO trades (trade, role, terms, escrow, escrow_block, "
            "deadline_block, credit_before) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                trade,
                role,
                json.dumps(terms),
                str(numbers["escrow"]),
                numbers["escrow_block"],
                numbers["deadline_block"],
                numbers["credit_before"],
            ),
        )
        return done.rowcount == 1

    def update(self, trade: str, **fields: Any) -> None:
        """Set columns of a trade in one step."""
        if not fields.keys() <= TRADE_COLUMNS:
            raise KeyError(f"columns of trades: {sorted(fields.keys() - TRADE_COLUMNS)}")
        names = ", ".join(f"{name} = ?" for name in fields)
        values = [_stored(name, value) for name, value in fields.items()]
        query = f"UPDATE trades SET {names} WHERE trade = ?"  # noqa: S608 - names checked above
        self._db.execute(query, (*values, trade))

    def trade(self, trade: str) -> dict[str, Any] | None:
        row = self._db.execute("SELECT * FROM trades WHERE trade = ?", (trade,)).fetchone()
        return _trade(row) if row else None

    def trades(
        self, open_only: bool = False, offset: int = 0, limit: int = -1
    ) -> list[dict[str, Any]]:
        """Records, oldest first; -1 is no limit."""
        where = "WHERE phase NOT IN ('settled', 'closed')" if open_only else ""
        query = f"SELECT * FROM trades {where} ORDER BY rowid LIMIT ? OFFSET ?"  # noqa: S608
        rows = self._db.execute(query, (limit, offset))
        return [_trade(row) for row in rows]

    def totals(self) -> dict[str, int]:
        """Numbers of trades by how far they are, and the energy of the ended ones, µWh."""
        names = ("trades_settled", "trades_closed", "trades_open", "bought_uwh", "sold_uwh")
        found = self._db.execute(
            "SELECT COALESCE(SUM(phase = 'settled'), 0), COALESCE(SUM(phase = 'closed'), 0), "
            "COALESCE(SUM(phase NOT IN ('settled', 'closed')), 0), "
            "COALESCE(SUM(energy_uwh * (role = 'buyer')), 0), "
            "COALESCE(SUM(energy_uwh * (role = 'seller')), 0) FROM trades"
        ).fetchone()
        return dict(zip(names, found, strict=True))

    def close(self) -> None:
        self._db.close()

    def _migrate(self, path: Path) -> None:
        (found,) = self._db.execute("PRAGMA user_version").fetchone()
        if found > VERSION:
            raise ConfigError(f"{path}: version {found}, at most {VERSION}: newer Evlock?")
        for version, schema in enumerate((SCHEMA, SCHEMA_2), 1):
            if found < version:
                self._db.executescript(f"BEGIN; {schema} PRAGMA user_version = {version}; COMMIT;")


def _stored(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in JSON:
        return json.dumps(value)
    return str(value) if name in MONEY else value


def _order(row: sqlite3.Row) -> dict[str, Any]:
    order = dict(row)
    order["body"] = json.loads(order["body"])
    order["result"] = json.loads(order["result"]) if order["result"] else None
    return order


def _trade(row: sqlite3.Row) -> dict[str, Any]:
    trade = dict(row)
    for name, value in trade.items():
        if value is not None and name in JSON:
            trade[name] = json.loads(value)
        elif value is not None and name in MONEY:
            trade[name] = int(value)
    return trade
