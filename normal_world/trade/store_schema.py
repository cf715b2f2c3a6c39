"""Tables of noded's store, and how those of an older version become them."""

import logging
import sqlite3
from pathlib import Path

from normal_world.errors import ConfigError
from normal_world.trade.strategy_rows import SCHEMA_2

log = logging.getLogger(__name__)

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
# What was begun on a market of before purses names its offer otherwise: this version cannot go on
# with it. Records of ended trades stay as they are.
OLD = "STATE-OLD-MARKET begun on the market of an older version: only that one can end it"
SCHEMA_3 = f"""
UPDATE orders SET state = 'failed', reason = '{OLD}' WHERE state = 'open';
UPDATE trades SET phase = 'closed', reason = '{OLD}' WHERE phase NOT IN ('settled', 'closed');
"""  # noqa: S608 - a text of ours
SCHEMAS = (SCHEMA, SCHEMA_2, SCHEMA_3)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring a store up to this version; ConfigError for one of a newer version."""
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found > len(SCHEMAS):
        raise ConfigError(f"{path}: version {found}, at most {len(SCHEMAS)}: newer Evlock?")
    for version, schema in enumerate(SCHEMAS[found:], found + 1):
        db.executescript(f"BEGIN; {schema} PRAGMA user_version = {version}; COMMIT;")
    if 0 < found < 3:
        _tell_old(db)


def _tell_old(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT trade FROM trades WHERE reason = ?", (OLD,)).fetchall()
    if rows:
        log.warning("%s: trade %s", OLD, ", ".join(str(row[0])[:10] for row in rows))
