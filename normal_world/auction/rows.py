"""What the auction's worker must remember: its own orders, final events of the contract, fills."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from normal_world.auction.packing import Order, Payout
from normal_world.errors import ConfigError

VERSION = 1
SCHEMA = """
CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), block INTEGER NOT NULL);
CREATE TABLE base (
    one INTEGER PRIMARY KEY CHECK (one = 1), slot INTEGER, import_uwh TEXT, export_uwh TEXT
);
CREATE TABLE own (
    slot INTEGER PRIMARY KEY, direction INTEGER NOT NULL, price TEXT NOT NULL, salt TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'claiming', reason TEXT NOT NULL DEFAULT '',
    from_uwh TEXT, to_uwh TEXT, signature BLOB
);
CREATE TABLE placed (
    slot INTEGER NOT NULL, number INTEGER NOT NULL, meter TEXT NOT NULL,
    direction INTEGER NOT NULL, energy_uwh TEXT NOT NULL, price TEXT NOT NULL,
    PRIMARY KEY (slot, number)
);
CREATE TABLE rounds (
    slot INTEGER PRIMARY KEY, clearer TEXT NOT NULL, traded_uwh TEXT NOT NULL,
    funds TEXT NOT NULL, income TEXT NOT NULL, spent TEXT NOT NULL, owed TEXT NOT NULL
);
CREATE TABLE paid (
    slot INTEGER NOT NULL, number INTEGER NOT NULL, meter TEXT NOT NULL, amount TEXT NOT NULL,
    owed TEXT NOT NULL, PRIMARY KEY (slot, number)
);
CREATE TABLE passed (direction INTEGER PRIMARY KEY, up_to_uwh TEXT NOT NULL);
CREATE TABLE fills (
    number INTEGER PRIMARY KEY AUTOINCREMENT, amount TEXT NOT NULL, bought TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', block INTEGER NOT NULL
);
"""
# Amounts are decimal text: above SQLite's 64 signed bits.
OWN = frozenset("state reason from_uwh to_uwh signature".split())
ENDED = ("refused", "lost", "placed")
FORGOTTEN = (
    "DELETE FROM rounds WHERE slot = ?",
    "DELETE FROM placed WHERE slot = ?",
    "DELETE FROM paid WHERE slot = ?1 AND (owed = '0' OR EXISTS (SELECT 1 FROM paid AS later"
    " WHERE later.slot > ?1 AND later.meter = paid.meter AND later.owed != '0'))",
)
FORGOTTEN_OWN = (
    "DELETE FROM own WHERE slot < ? AND state IN (?, ?, ?) AND slot NOT IN"
    " (SELECT MAX(slot) FROM own WHERE to_uwh IS NOT NULL GROUP BY direction)"
)


class AuctionRows:
    """One SQLite file; every method is one atomic, durable step."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        (found,) = self._db.execute("PRAGMA user_version").fetchone()
        if found > VERSION:
            raise ConfigError(f"{path}: version {found}, at most {VERSION}: newer Evlock?")
        if found == 0:
            self._db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    # -- the chain ---------------------------------------------------------------------------
    def cursor(self) -> int | None:
        """The last block whose events were taken in, None before the first."""
        row = self._db.execute("SELECT block FROM cursor").fetchone()
        return int(row[0]) if row else None

    def take(self, events: Sequence[tuple[str, Any]], block: int) -> None:
        """Final events in their order, and the block that they go up to: all or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for name, event in events:
                getattr(self, f"_take_{name}", lambda _event: None)(event)
            self._db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", (block,))
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def orders(self, slot: int) -> list[Order]:
        """All orders of a slot, in the order of placing."""
        query = "SELECT number, meter, direction, energy_uwh, price FROM placed WHERE slot = ?"
        rows = self._db.execute(f"{query} ORDER BY number", (slot,))
        return [Order(r[0], r[1], r[2], int(r[3]), int(r[4])) for r in rows]

    def round(self, slot: int) -> dict[str, Any] | None:
        """How a slot was cleared, None before."""
        row = self._db.execute("SELECT * FROM rounds WHERE slot = ?", (slot,)).fetchone()
        if row is None:
            return None
        return {key: row[key] if key == "clearer" else int(row[key]) for key in row.keys()}  # noqa: SIM118

    def paid(self, slot: int) -> list[Payout]:
        """Payouts of a slot so far."""
        query = "SELECT meter, amount, owed FROM paid WHERE slot = ? ORDER BY number"
        return [Payout(r[0], int(r[1]), int(r[2])) for r in self._db.execute(query, (slot,))]

    def was_owed(self, meter: str) -> bool:
        """Whether the utility could not pay an order of this meter in full."""
        query = "SELECT 1 FROM paid WHERE meter = ? AND owed != '0' LIMIT 1"
        return self._db.execute(query, (meter,)).fetchone() is not None

    def uncleared(self) -> list[int]:
        """Slots with orders that nobody has cleared, oldest first."""
        query = "SELECT DISTINCT slot FROM placed WHERE slot NOT IN (SELECT slot FROM rounds)"
        return [row[0] for row in self._db.execute(f"{query} ORDER BY slot")]

    def cleared(self) -> list[int]:
        """Slots that were cleared, oldest first."""
        return [row[0] for row in self._db.execute("SELECT slot FROM rounds ORDER BY slot")]

    def unpaid(self) -> list[int]:
        """Cleared slots with payouts left, oldest first."""
        query = (
            "SELECT r.slot FROM rounds r WHERE (SELECT COUNT(*) FROM paid WHERE slot = r.slot)"
            " < (SELECT COUNT(*) FROM placed WHERE slot = r.slot) ORDER BY r.slot"
        )
        return [row[0] for row in self._db.execute(query)]

    def forget(self, before: int, shown: int) -> None:
        """Drop the slots before this one that are paid: each look at the file goes over all of it.

        What stays: the newest `shown` own orders and their slots, how far each direction is
        ordered, and who was owed money last.
        """
        query = "SELECT slot FROM rounds WHERE slot < ?"
        kept = {*self.unpaid(), *(order["slot"] for order in self.own_newest(shown))}
        over = [row[0] for row in self._db.execute(query, (before,)) if row[0] not in kept]
        self._db.execute("BEGIN IMMEDIATE")
        for slot in over:
            for statement in FORGOTTEN:
                self._db.execute(statement, (slot,))
        self._db.execute(FORGOTTEN_OWN, (min([before, *kept]), *ENDED))
        self._db.execute("COMMIT")

    # -- own orders --------------------------------------------------------------------------
    def base(self) -> tuple[int, int, int] | None:
        """The first slot, and the registers (import, export) from which this node's orders go."""
        row = self._db.execute("SELECT slot, import_uwh, export_uwh FROM base").fetchone()
        return (row[0], int(row[1]), int(row[2])) if row else None

    def set_base(self, slot: int, import_uwh: int, export_uwh: int) -> None:
        """Once: what was measured before is not for the auction."""
        values = (slot, str(import_uwh), str(export_uwh))
        self._db.execute("INSERT OR IGNORE INTO base VALUES (1, ?, ?, ?)", values)

    def begin(self, slot: int, direction: int, price: int, salt: int) -> None:
        """An order, before anything is signed for it; a second one of a slot changes nothing."""
        self._db.execute(
            "INSERT OR IGNORE INTO own (slot, direction, price, salt) VALUES (?, ?, ?, ?)",
            (slot, direction, str(price), str(salt)),
        )

    def update(self, slot: int, **fields: Any) -> None:
        """Set columns of an own order in one step."""
        if not fields.keys() <= OWN:
            raise KeyError(f"columns of own: {sorted(fields.keys() - OWN)}")
        values = [str(v) if k.endswith("_uwh") else v for k, v in fields.items()]
        names = ", ".join(f"{name} = ?" for name in fields)
        query = f"UPDATE own SET {names} WHERE slot = ?"  # noqa: S608 - names checked above
        self._db.execute(query, (*values, slot))

    def own(self, slot: int) -> dict[str, Any] | None:
        """This node's order of a slot."""
        row = self._db.execute("SELECT * FROM own WHERE slot = ?", (slot,)).fetchone()
        return _own(row) if row else None

    def own_open(self) -> list[dict[str, Any]]:
        """Own orders that are not in the book yet and not given up, oldest first."""
        marks = ", ".join("?" * len(ENDED))
        query = f"SELECT * FROM own WHERE state NOT IN ({marks}) ORDER BY slot"  # noqa: S608
        return [_own(row) for row in self._db.execute(query, ENDED)]

    def own_newest(self, count: int) -> list[dict[str, Any]]:
        """The newest own orders, newest first."""
        query = "SELECT * FROM own ORDER BY slot DESC LIMIT ?"
        return [_own(row) for row in self._db.execute(query, (count,))]

    def pass_over(self, slot: int, direction: int, up_to_uwh: int) -> None:
        """What the register holds up to here is claimed elsewhere; the slot is undecided again."""
        values = (direction, str(up_to_uwh))
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT OR REPLACE INTO passed VALUES (?, ?)", values)
        self._db.execute("DELETE FROM own WHERE slot = ? AND state = 'claiming'", (slot,))
        self._db.execute("COMMIT")

    def give_up(self, direction: int, up_to_uwh: int) -> None:
        """What the register holds up to here goes into no order."""
        values = (direction, str(up_to_uwh))
        self._db.execute("INSERT OR REPLACE INTO passed VALUES (?, ?)", values)

    def ordered_up_to(self, direction: int) -> int:
        """Register up to which a direction is claimed, as far as is known here; 0 at first."""
        query = (
            "SELECT to_uwh FROM own WHERE direction = ? AND to_uwh IS NOT NULL"
            " UNION ALL SELECT up_to_uwh FROM passed WHERE direction = ?"
        )
        rows = self._db.execute(query, (direction, direction))
        return max((int(row[0]) for row in rows), default=0)

    # -- fills of the purse ------------------------------------------------------------------
    def add_fill(self, amount: int, bought: int, block: int) -> None:
        """A deposit of so much, after buying so many tokens (base units)."""
        self._db.execute(
            "INSERT INTO fills (amount, bought, block) VALUES (?, ?, ?)",
            (str(amount), str(bought), block),
        )

    def last_fill(self) -> dict[str, Any] | None:
        """The newest fill: number, amount, bought, state, block."""
        row = self._db.execute("SELECT * FROM fills ORDER BY number DESC LIMIT 1").fetchone()
        if row is None:
            return None
        return {**dict(row), "amount": int(row["amount"]), "bought": int(row["bought"])}

    def end_fill(self, number: int, state: str) -> None:
        """`done` or `failed`."""
        self._db.execute("UPDATE fills SET state = ? WHERE number = ?", (state, number))

    # -- inside ------------------------------------------------------------------------------
    def _take_Placed(self, event: Any) -> None:  # noqa: N802 - the event's name
        self._db.execute(
            "INSERT INTO placed SELECT ?, COUNT(*), ?, ?, ?, ? FROM placed WHERE slot = ?",
            (
                event.slot,
                event.meter.lower(),
                event.direction,
                str(event.energy_uwh),
                str(event.price),
                event.slot,
            ),
        )

    def _take_Cleared(self, event: Any) -> None:  # noqa: N802
        self._db.execute(
            "INSERT OR IGNORE INTO rounds VALUES (?, ?, ?, ?, ?, ?, ?)",
            (event.slot, event.clearer.lower(), *map(str, event[2:])),
        )

    def _take_Paid(self, event: Any) -> None:  # noqa: N802
        self._db.execute(
            "INSERT INTO paid SELECT ?, COUNT(*), ?, ?, '0' FROM paid WHERE slot = ?",
            (event.slot, event.meter.lower(), str(event.amount), event.slot),
        )

    def _take_Owed(self, event: Any) -> None:  # noqa: N802 - follows its order's Paid
        self._db.execute(
            "UPDATE paid SET owed = ? WHERE slot = ? AND meter = ?",
            (str(event.amount), event.slot, event.meter.lower()),
        )


def _own(row: sqlite3.Row) -> dict[str, Any]:
    order = dict(row)
    for key in ("price", "salt", "from_uwh", "to_uwh"):
        order[key] = int(order[key]) if order[key] is not None else None
    return order
