"""What the strategy must remember across a restart: its orders' numbers, the meter's day.

The energy of a time is the growth of the meter's registers since the last row before it. Rows are
at least a quarter of an hour apart, for the flash card's sake, so that energy of that much time
before may be counted in: too much rather than too little, as it is compared with ceilings.
"""

import sqlite3

SCHEMA_2 = """
CREATE TABLE strategy (name TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE registers (
    at_s INTEGER PRIMARY KEY, imported_uwh INTEGER NOT NULL, exported_uwh INTEGER NOT NULL
);
"""
APART_S = 900
DAY_S = 86_400
KEPT = 256  # rows; a day has at most 96


class StrategyRows:
    """Two tables of noded's store; what a method has written is durable."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def number(self, name: str) -> int:
        """How many orders the strategy has numbered so far."""
        row = self._db.execute("SELECT number FROM strategy WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def next_number(self, name: str) -> int:
        """A number that the strategy's orders never had: durable before it is used."""
        number = self.number(name) + 1
        self._db.execute("INSERT OR REPLACE INTO strategy VALUES (?, ?)", (name, number))
        return number

    def note_registers(self, at_s: int, imported_uwh: int, exported_uwh: int) -> None:
        """Take in the meter's registers at a wall time (seconds, only a label)."""
        # Of a clock that was ahead: else nothing is noted until then, and all counts as today's.
        self._db.execute("DELETE FROM registers WHERE at_s > ?", (at_s + DAY_S,))
        newest = self._db.execute("SELECT * FROM registers ORDER BY at_s DESC LIMIT 1").fetchone()
        now = (imported_uwh, exported_uwh)
        if newest is not None and (at_s - newest[0] < APART_S or tuple(newest[1:]) == now):
            return
        self._db.execute("INSERT INTO registers VALUES (?, ?, ?)", (at_s, *now))
        self._db.execute(
            "DELETE FROM registers WHERE at_s NOT IN "
            "(SELECT at_s FROM registers ORDER BY at_s DESC LIMIT ?)",
            (KEPT,),
        )

    def registers_at(self, at_s: int) -> tuple[int, int] | None:
        """(import, export) as last noted before then, or first ever; None before the first."""
        for query in (
            "SELECT * FROM registers WHERE at_s <= ? ORDER BY at_s DESC LIMIT 1",
            "SELECT * FROM registers WHERE at_s > ? ORDER BY at_s LIMIT 1",
        ):
            row = self._db.execute(query, (at_s,)).fetchone()
            if row is not None:
                return int(row[1]), int(row[2])
        return None
