"""The audit log: what persons and findings did, each entry chained to the one before by its hash.

Bounded: of the oldest entries only the last one's hash is kept, so that the rest can be proven.
"""

from contextlib import suppress

from secure_world import audit_chain, rlp
from secure_world.audit_rate import Rate
from secure_world.clock import Clock
from secure_world.commands import AuditEntry, AuditPage
from secure_world.errors import ErrorCode, FieldInvalid, RlpInvalid, SecureWorldRefused
from secure_world.store import Store, StoreError

KEPT = 4096
PAGE = 40
_DETAIL_BYTES = 200
_NS_PER_MS = 10**6


class Audit:
    """`count` entries so far, the last one's hash is `head`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock, self._rate = store, clock, Rate()
        self._boot_count, self.count, self.head = 0, 0, audit_chain.GENESIS

    def load(self, boot_count: int) -> None:
        """Take the state from the store; `boot_count` is this start's number."""
        last = self._store.row("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
        self.count, self.head = last or (0, audit_chain.GENESIS)
        self._boot_count = boot_count

    def note(self, event: str, detail: str = "") -> None:
        """Append an entry, durable with the batch; a long detail is cut."""
        entry = rlp.encode(self._entry(event, detail).to_rlp())
        head = audit_chain.link(self.head, entry)
        self._store.write("INSERT INTO audit VALUES (?, ?, ?)", self.count + 1, entry, head)
        # One more stays, for its hash: it comes before the first that is shown.
        self._store.write("DELETE FROM audit WHERE number <= ?", self.count - KEPT)
        self.count, self.head = self.count + 1, head

    def seldom(self, event: str, detail: str = "", kind: str = "") -> None:
        """Append an entry unless there were such (of the same kind, else event) just before."""
        silent = self._rate.suppressed(kind or event, self._clock.now_ns())
        if silent is not None:
            self.note(event, f"{detail} (and {silent} before)" if silent else detail)

    def refused(self, code: str) -> None:
        """A request was refused with this code; a log that cannot be written changes nothing."""
        if code == ErrorCode.PIN_WRONG.text:
            return  # each has its own entry
        with suppress(StoreError):
            self.seldom("REFUSED", code, kind=f"REFUSED {code}")

    def page(self, first: int) -> AuditPage:
        """At most PAGE entries from number `first` on, or from the oldest that is kept."""
        start = min(max(first, self.count - KEPT + 1, 1), self.count + 1)
        rows = self._store.rows(
            "SELECT entry FROM audit WHERE number >= ? ORDER BY number LIMIT ?", start, PAGE
        )
        before = self._store.row("SELECT hash FROM audit WHERE number = ?", start - 1)
        try:
            entries = tuple(AuditEntry.from_rlp(rlp.decode(entry)) for (entry,) in rows)
            return AuditPage(before[0] if before else audit_chain.GENESIS, entries)
        except (RlpInvalid, FieldInvalid) as error:
            text = f"audit log from entry {start}: {error}, expected what was written"
            raise SecureWorldRefused(ErrorCode.STORAGE, text) from error

    def _entry(self, event: str, detail: str) -> AuditEntry:
        uptime_ms = self._clock.now_ns() // _NS_PER_MS
        cut = detail.encode("utf-8", "replace")[:_DETAIL_BYTES].decode("utf-8", "ignore")
        return AuditEntry(self.count + 1, self._boot_count, uptime_ms, event, cut)
