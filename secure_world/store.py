"""The durable state: one SQLite file, one commit for all requests of a batch."""

# The module under `sqlite3`, which would load datetime for conversions that nobody needs here.
import _sqlite3
from pathlib import Path
from typing import Any

from secure_world import durable, log
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
    # An unsigned policy of before does not count any more: the owner signs a new one.
    """
    UPDATE device SET policy = NULL, policy_version = 0;
    ALTER TABLE device ADD COLUMN account BLOB;              -- public: known also while sealed
    ALTER TABLE device ADD COLUMN meter BLOB;
    ALTER TABLE device ADD COLUMN attestation_key BLOB;      -- public points of P-256
    ALTER TABLE device ADD COLUMN link_key BLOB;
    ALTER TABLE device ADD COLUMN tampered INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE register ADD COLUMN session BLOB;            -- the latest one: older ones have
    ALTER TABLE register ADD COLUMN imported_uwh INTEGER NOT NULL DEFAULT 0;  -- their own table
    ALTER TABLE register ADD COLUMN exported_uwh INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE owner (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        public_key BLOB NOT NULL,                  -- as claimed, for backups
        address BLOB NOT NULL                      -- who signs the next policy
    );
    CREATE TABLE pin (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        hash BLOB NOT NULL,                        -- salt and scrypt (pin_rules.py)
        failures INTEGER NOT NULL DEFAULT 0,
        wait_ms INTEGER NOT NULL DEFAULT 0,        -- still to wait, at
        boot_id TEXT NOT NULL DEFAULT '',          -- this moment of this boot
        boottime_ns INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE policy (
        version INTEGER PRIMARY KEY,               -- the last one is in force
        digest BLOB NOT NULL,
        previous BLOB NOT NULL,
        rules BLOB NOT NULL,
        signature BLOB NOT NULL
    );
    CREATE TABLE allowance (
        asset BLOB PRIMARY KEY,                    -- address; policy_rules.py names the others
        left BLOB NOT NULL,                        -- u256, big endian, at
        boot_id TEXT NOT NULL,                     -- this moment of this boot
        boottime_ns INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE slot (
        measurement BLOB PRIMARY KEY,              -- code that may open the keys
        version INTEGER NOT NULL,                  -- of its manifest; 0: enrolled at first use
        wrapped BLOB NOT NULL                      -- the keys' key, sealed for it (vault.py)
    ) WITHOUT ROWID;
    CREATE TABLE vault (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        floor INTEGER NOT NULL DEFAULT 0,          -- manifests below are refused
        passphrase BLOB                            -- salt of the boot passphrase, if there is one
    );
    INSERT INTO vault (id) VALUES (1);
    ALTER TABLE payload RENAME TO payload_before;
    CREATE TABLE payload (
        account BLOB NOT NULL,                     -- empty: signed before this version
        chain_id INTEGER NOT NULL,
        nonce BLOB NOT NULL,
        digest BLOB NOT NULL,
        call BLOB NOT NULL,
        max_fee BLOB NOT NULL,
        tip BLOB NOT NULL,
        PRIMARY KEY (account, chain_id, nonce, digest)
    ) WITHOUT ROWID;
    INSERT INTO payload
        SELECT x'', chain_id, nonce, digest, call, max_fee, tip FROM payload_before;
    DROP TABLE payload_before;
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        entry BLOB NOT NULL,                       -- RLP of AuditEntry
        hash BLOB NOT NULL                         -- SHA-256 of the hash before and the entry
    );
    """,
    # What was counted before there were claims is never claimed.
    """
    ALTER TABLE register ADD COLUMN claimed_import INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE register ADD COLUMN claimed_export INTEGER NOT NULL DEFAULT 0;
    UPDATE register SET claimed_import = import_uwh, claimed_export = export_uwh;
    CREATE TABLE claim (
        number INTEGER PRIMARY KEY,                -- in the order of signing
        lane BLOB NOT NULL,                        -- chain, registry, consumer, direction
        reference BLOB NOT NULL,                   -- u64, big endian
        price BLOB NOT NULL,                       -- u96, big endian
        from_uwh INTEGER NOT NULL,
        to_uwh INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX one_claim_a_reference ON claim (lane, reference);
    """,
)

StoreError = _sqlite3.Error


class Store:
    """Statements run inside a batch; nothing counts before `commit` returns."""

    def __init__(self, path: Path) -> None:
        self._path, self._scrub_due = path, False
        try:
            self._open()
        except _sqlite3.DatabaseError as error:
            raise StateUnreadable(f"{path}: {error}, expected secured's own state") from error

    def close(self) -> None:
        """Let go of the file; an open batch is lost."""
        self._db.close()

    @property
    def dirty(self) -> bool:
        """Whether a batch is open: something was written since the last commit."""
        return self._db.in_transaction

    @property
    def changes(self) -> int:
        """How many rows were ever written since the start."""
        return self._db.total_changes

    def commit(self) -> None:
        """Make the batch durable; one that wrote nothing costs nothing."""
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        if self._scrub_due:
            self._scrub()

    def scrub(self) -> None:
        """Leave no trace in the files of what was deleted, once this batch is durable."""
        self._scrub_due = True

    def rollback(self) -> None:
        """Forget the batch."""
        self._scrub_due = False
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return found

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._db.execute(sql, values).fetchall()

    def write(self, sql: str, *values: object) -> None:
        """A change, durable with the batch, which begins with its first change."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN")
        self._db.execute(sql, values)

    def _scrub(self) -> None:
        self._scrub_due = False
        try:
            self._db.execute("PRAGMA temp_store = MEMORY")
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except _sqlite3.Error as error:  # the rows are gone; their traces go at the next start
            log.event("ERROR", "STORAGE", f"{self._path}: {error}, expected a writable disk")

    def _open(self) -> None:
        self._db = _sqlite3.connect(self._path, isolation_level=None)
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")  # no shared-memory file beside it
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # commit returns after the sync
        # A log that is overwritten syncs in half the time of one that grows: so keep it short.
        self._db.execute("PRAGMA wal_autocheckpoint = 256")
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
