"""What noded must remember across a restart: orders, trades, the last block that it has read."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from normal_world.trade.matching import DRAWERS, seller_of
from normal_world.trade.store_schema import migrate
from normal_world.trade.strategy_rows import StrategyRows

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
        migrate(self._db, path)
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

    def pin(self, key: str, **fields: Any) -> dict[str, Any]:
        """Put into an order what it found out; gives its whole body. What is there stays."""
        body: dict[str, Any] = {**fields, **self.order(key)["body"]}
        self._db.execute("UPDATE orders SET body = ? WHERE key = ?", (json.dumps(body), key))
        return body

    def numbers_pinned(self) -> set[int]:
        """Numbers of the offers that open orders are about to make."""
        sales = (order["body"] for order in self.open_orders() if order["kind"] == "sell")
        return {body["number"] for body in sales if "number" in body}

    def drawers_taken(self) -> set[int]:
        """Drawers of this meter's open purchases, and of those whose event is not taken in yet."""
        rows = self.trades(open_only=True)
        taken = {row["terms"]["salt"] % DRAWERS for row in rows if row["role"] == "buyer"}
        for order in self.orders_done("buy", DRAWERS):
            fills = enumerate(order["result"]["trades"], order["body"].get("salt", 0))
            taken |= {salt % DRAWERS for salt, trade in fills if self.trade(trade) is None}
        return taken

    def highest_salt(self) -> int:
        """Of the purchases that this node knows of; 0 if there is none."""
        query = "SELECT * FROM trades WHERE role = 'buyer' ORDER BY rowid DESC LIMIT ?"
        terms = [_trade(row)["terms"] for row in self._db.execute(query, (DRAWERS,))]
        return max((one["salt"] for one in terms if "ref" in one), default=0)

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

    def moved(self, trade: str, escrow_block: int, deadline_block: int) -> bool:
        """Note that a known escrow lies in another block; False when it lies where it did."""
        done = self._db.execute(
            "UPDATE trades SET escrow_block = ?1, deadline_block = ?2"
            " WHERE trade = ?3 AND (escrow_block, deadline_block) != (?1, ?2)",
            (escrow_block, deadline_block, trade),
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
    terms = trade["terms"]  # those of an older market name the seller themselves
    trade["seller_meter"] = seller_of(terms["ref"]) if "ref" in terms else terms.get("seller_meter")
    return trade
