"""Intents and the payloads made for them: every change here is one durable step.

```
queued ── plan ──► pending ── in a block ──► mined ── final ──► settled | reverted
  ▲ └─ would revert ─► failed ◄─ refused ─┤    │ (a broken promise: back)  │
  │                      │                └◄───┘ block vanished           │
  └──────── retry ───────┴────────────────────────────────────────────────┘
```
Nonces are given in the order of planning, and only while no older payload waits for its first
signature: the only nonce that is ever given back (the signer refused it) is the newest. No gaps.
"""

import sqlite3
from dataclasses import dataclass

from normal_world.chain.answers import Receipt
from normal_world.chain.fees import Fees
from normal_world.chain.outbox_store import OPEN, OutboxStore, Outcome
from normal_world.chain.transaction import Call

KEEP_BLOCKS = 1_000  # for so long the payloads of what is final are kept: chains break promises


@dataclass(frozen=True)
class Intent:
    """A named call and how far it is; `patience` is the block from which its fees may rise."""

    id: int
    name: str
    call: Call
    description: str
    state: str
    nonce: int | None
    gas: int | None
    patience: int | None
    reason: str | None
    transaction: str | None
    block: int | None
    gas_used: int | None

    def outcome(self) -> Outcome:
        """For the outside."""
        return Outcome(
            self.name,
            self.state,
            self.description,
            self.call.data,
            self.reason,
            self.transaction,
            self.block,
            self.gas_used,
        )


@dataclass(frozen=True)
class Planned(Intent):
    """An intent that has its nonce."""

    nonce: int
    gas: int
    patience: int


@dataclass(frozen=True)
class Attempt:
    """A payload for an intent's nonce, signed or not yet."""

    serial: int
    fees: Fees
    unsigned: bytes
    signed: bytes | None
    hash: str | None


class Rows:
    """The durable steps."""

    def __init__(self, store: OutboxStore) -> None:
        self.store = store

    def find(self, name: str) -> Intent | None:
        """The intent of that name."""
        found = self.store.rows("SELECT * FROM intent WHERE name = ?", name)
        return _intent(found[0]) if found else None

    def all(self) -> list[Intent]:
        """Every intent, oldest first."""
        return [_intent(row) for row in self.store.rows("SELECT * FROM intent ORDER BY id")]

    def open_names(self) -> list[str]:
        """Intents that are not final, oldest first."""
        sql = "SELECT name FROM intent WHERE state IN (?, ?, ?) ORDER BY id"
        return [row["name"] for row in self.store.rows(sql, *OPEN)]

    def next_queued(self) -> Intent | None:
        """The oldest intent without a nonce."""
        sql = "SELECT * FROM intent WHERE state = 'queued' ORDER BY id LIMIT 1"
        found = self.store.rows(sql)
        return _intent(found[0]) if found else None

    def under_way(self) -> list[Planned]:
        """Intents with a nonce that are not final, lowest nonce first."""
        sql = "SELECT * FROM intent WHERE state IN ('pending', 'mined') ORDER BY nonce"
        return [_planned(row) for row in self.store.rows(sql)]

    def kept(self) -> list[Planned]:
        """Executed intents whose payloads are still there, lowest nonce first."""
        sql = (
            "SELECT * FROM intent WHERE state IN ('settled', 'reverted')"
            " AND id IN (SELECT intent FROM attempt) ORDER BY nonce"
        )
        return [_planned(row) for row in self.store.rows(sql)]

    def planned(self, intent: Intent) -> Planned:
        """The intent as it is now that it has a nonce."""
        return _planned(self.store.rows("SELECT * FROM intent WHERE id = ?", intent.id)[0])

    def attempts(self, intent: Intent) -> list[Attempt]:
        """Payloads, oldest first."""
        sql = "SELECT * FROM attempt WHERE intent = ? ORDER BY serial"
        return [_attempt(row) for row in self.store.rows(sql, intent.id)]

    def put(self, name: str, call: Call, description: str) -> None:
        """Queues a call, unless the name is known already."""
        with self.store.write() as database:
            database.execute(
                "INSERT OR IGNORE INTO intent (name, target, data, value, description, state)"
                " VALUES (?, ?, ?, ?, ?, 'queued')",
                (name, call.to, call.data, str(call.value), description),
            )

    def queue_again(self, name: str) -> None:
        """From failed or reverted back to queued."""
        with self.store.write() as database:
            database.execute(
                "DELETE FROM attempt WHERE intent ="
                " (SELECT id FROM intent WHERE name = ? AND state IN ('failed', 'reverted'))",
                (name,),
            )
            database.execute(
                "UPDATE intent SET state = 'queued', nonce = NULL, gas = NULL, reason = NULL,"
                " tx = NULL, block = NULL, gas_used = NULL"
                " WHERE name = ? AND state IN ('failed', 'reverted')",
                (name,),
            )

    def plan(
        self, intent: Intent, nonce: int, gas: int, patience: int, fees: Fees, unsigned: bytes
    ) -> None:
        """Nonce, gas and payload at once."""
        with self.store.write() as database:
            database.execute("INSERT OR REPLACE INTO meta VALUES ('next_nonce', ?)", (nonce + 1,))
            database.execute(
                "UPDATE intent SET state = 'pending', nonce = ?, gas = ?, patience = ?"
                " WHERE id = ?",
                (nonce, gas, patience, intent.id),
            )
            _insert_attempt(database, intent, 0, fees, unsigned)

    def add_attempt(
        self, intent: Intent, serial: int, patience: int, fees: Fees, unsigned: bytes
    ) -> None:
        """Another payload for the same nonce."""
        with self.store.write() as database:
            database.execute("UPDATE intent SET patience = ? WHERE id = ?", (patience, intent.id))
            _insert_attempt(database, intent, serial, fees, unsigned)

    def signed(self, intent: Intent, serial: int, signed: bytes, transaction: str) -> None:
        """The payload's signed form, before anybody else sees it."""
        with self.store.write() as database:
            database.execute(
                "UPDATE attempt SET signed = ?, hash = ? WHERE intent = ? AND serial = ?",
                (signed, transaction, intent.id, serial),
            )

    def drop_attempt(self, intent: Intent, serial: int) -> None:
        """A payload that the signer refused; the older ones still count."""
        with self.store.write() as database:
            database.execute(
                "DELETE FROM attempt WHERE intent = ? AND serial = ? AND signed IS NULL",
                (intent.id, serial),
            )

    def mined(self, intent: Intent, receipt: Receipt) -> None:
        """In a block that is not final."""
        with self.store.write() as database:
            _place(database, intent, "mined", receipt)

    def vanished(self, intent: Intent, patience: int) -> None:
        """The block is not part of the chain any more."""
        with self.store.write() as database:
            database.execute(
                "UPDATE intent SET state = 'pending', patience = ?, reason = NULL,"
                " tx = NULL, block = NULL, gas_used = NULL WHERE id = ?",
                (patience, intent.id),
            )

    def executed(self, intent: Intent, receipt: Receipt, reason: str | None) -> None:
        """Final: settled, or reverted for `reason`. Older payloads are not needed any more."""
        with self.store.write() as database:
            _place(database, intent, "settled" if receipt.succeeded else "reverted", receipt)
            database.execute("UPDATE intent SET reason = ? WHERE id = ?", (reason, intent.id))
            database.execute(
                "DELETE FROM attempt WHERE intent IN"
                " (SELECT id FROM intent WHERE state IN ('settled', 'reverted') AND block < ?)",
                (receipt.block - KEEP_BLOCKS,),
            )

    def failed(self, intent: Intent, reason: str, *, free_nonce: bool = False) -> None:
        """It never took effect and never will; `free_nonce`: nothing was signed with its nonce."""
        with self.store.write() as database:
            database.execute(
                "UPDATE intent SET state = 'failed', reason = ?, nonce = NULL WHERE id = ?",
                (reason, intent.id),
            )
            database.execute("DELETE FROM attempt WHERE intent = ?", (intent.id,))
            if free_nonce:
                database.execute(
                    "UPDATE meta SET value = ? WHERE key = 'next_nonce'", (intent.nonce,)
                )


def _insert_attempt(
    database: sqlite3.Connection, intent: Intent, serial: int, fees: Fees, unsigned: bytes
) -> None:
    database.execute(
        "INSERT INTO attempt (intent, serial, max_fee, tip, legacy, unsigned)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (intent.id, serial, str(fees.max_fee), str(fees.max_priority_fee), fees.legacy, unsigned),
    )


def _place(database: sqlite3.Connection, intent: Intent, state: str, receipt: Receipt) -> None:
    database.execute(
        "UPDATE intent SET state = ?, tx = ?, block = ?, gas_used = ? WHERE id = ?",
        (state, receipt.transaction, receipt.block, receipt.gas_used, intent.id),
    )


def _intent(row: sqlite3.Row, kind: type[Intent] = Intent) -> Intent:
    return kind(
        id=row["id"],
        name=row["name"],
        call=Call(row["target"], row["data"], int(row["value"])),
        description=row["description"],
        state=row["state"],
        nonce=row["nonce"],
        gas=row["gas"],
        patience=row["patience"],
        reason=row["reason"],
        transaction=row["tx"],
        block=row["block"],
        gas_used=row["gas_used"],
    )


def _planned(row: sqlite3.Row) -> Planned:
    planned = _intent(row, Planned)
    assert isinstance(planned, Planned)
    return planned


def _attempt(row: sqlite3.Row) -> Attempt:
    fees = Fees(int(row["max_fee"]), int(row["tip"]), bool(row["legacy"]))
    return Attempt(row["serial"], fees, row["unsigned"], row["signed"], row["hash"])
