"""The audit log's chain: what the hash of an entry is made of, and how a copy of it is proven.

hash = SHA-256(hash of the entry before ‖ RLP of the entry); before the first: 32 zero bytes.
The log is bounded: a copy may begin later, with the hash of the entry before its first.
"""

from collections.abc import Iterable
from hashlib import sha256

from secure_world import rlp
from secure_world.commands import AuditEntry, AuditPage
from secure_world.errors import AuditBroken

GENESIS = bytes(32)


def link(before: bytes, entry: bytes) -> bytes:
    """Hash of an entry (its RLP) that follows the one with hash `before`."""
    return sha256(before + entry).digest()


class AuditLog:
    """A stretch of the log whose entries follow one another, each hash computed anew."""

    def __init__(self, before: bytes = GENESIS, entries: Iterable[AuditEntry] = ()) -> None:
        """Raises AuditBroken as `add` does."""
        self.before = before
        self.entries: list[AuditEntry] = []
        self._hashes = [before]
        self.add(AuditPage(before, tuple(entries)))

    @property
    def first(self) -> int:
        """Number of the first entry that is there."""
        return self.entries[0].number if self.entries else 1

    @property
    def count(self) -> int:
        """Number of the last entry: how many there have ever been."""
        return self.first - 1 + len(self.entries)

    @property
    def head(self) -> bytes:
        """Hash of the last entry."""
        return self._hashes[-1]

    def add(self, page: AuditPage) -> None:
        """The entries after those that are there. Raises AuditBroken if they do not follow."""
        if page.before != self.head:
            text = f"up to entry {self.count}: hash 0x{self.head.hex()}"
            raise AuditBroken(f"{text}, expected 0x{page.before.hex()}")
        for entry in page.entries:
            self._check_number(entry.number)
            self.entries.append(entry)
            self._hashes.append(link(self.head, rlp.encode(entry.to_rlp())))

    def verify(self, count: int, head: bytes) -> None:
        """Raises AuditBroken unless entry `count` has the hash `head`: then all before it hold."""
        if not self.first - 1 <= count <= self.count:
            text = f"entries {self.first} to {self.count}"
            raise AuditBroken(f"{text}, expected entry {count} or the next among them")
        found = self._hashes[count - self.first + 1]
        if found != head:
            text = f"entry {count}: hash 0x{found.hex()}, expected 0x{head.hex()}"
            raise AuditBroken(f"{text} (it, or one before it, was changed)")

    def _check_number(self, number: int) -> None:
        if self.entries and number != self.count + 1:
            raise AuditBroken(f"entry {number} in the place of {self.count + 1}")
        if not self.entries and (number == 1) != (self.before == GENESIS):
            raise AuditBroken(f"entry {number} begins the log, expected the hash before it")
