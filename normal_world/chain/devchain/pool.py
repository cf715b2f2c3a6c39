"""Transactions that wait for a block: first come, first served, nonce by nonce."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

CAPACITY = 4096
PER_SENDER = 64
BUMP_PERCENT = 110  # as geth: a replacement pays at least a tenth more, in both fees


class PoolError(Exception):
    """The pool does not take a transaction; the wording is geth's, which clients look for."""


@dataclass(frozen=True)
class Waiting:
    """A transaction, its bytes and its place in the order of arrival."""

    arrival: int
    raw: bytes
    transaction: Any

    @property
    def hash(self) -> bytes:
        return bytes(self.transaction.hash)


class Pool:
    """By sender and nonce; bounded in total and per sender."""

    def __init__(self) -> None:
        self._by_sender: dict[bytes, dict[int, Waiting]] = {}
        self._by_hash: dict[bytes, Waiting] = {}
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._by_hash)

    def get(self, transaction: bytes) -> Waiting | None:
        """The waiting transaction with that hash."""
        return self._by_hash.get(transaction)

    def check(self, transaction: Any) -> Waiting | None:
        """Whom this transaction would replace; raises PoolError if it cannot be taken."""
        if transaction.hash in self._by_hash:
            raise PoolError("already known")
        mine = self._by_sender.get(transaction.sender, {})
        old = mine.get(transaction.nonce)
        if old is None and (len(self) >= CAPACITY or len(mine) >= PER_SENDER):
            raise PoolError("txpool is full")
        if old is not None and not outbids(transaction, old.transaction):
            raise PoolError("replacement transaction underpriced")
        return old

    def add(self, transaction: Any, raw: bytes) -> None:
        """Takes it, in place of another of the same sender and nonce."""
        mine = self._by_sender.setdefault(transaction.sender, {})
        old = mine.get(transaction.nonce)
        if old is not None:
            del self._by_hash[old.hash]
        self._arrivals += 1
        waiting = Waiting(self._arrivals, raw, transaction)
        mine[transaction.nonce] = waiting
        self._by_hash[waiting.hash] = waiting

    def remove(self, transaction: bytes) -> None:
        """Forgets a transaction that was mined or turned out to be impossible."""
        waiting = self._by_hash.pop(transaction, None)
        if waiting is not None:
            mine = self._by_sender[waiting.transaction.sender]
            del mine[waiting.transaction.nonce]
            if not mine:
                del self._by_sender[waiting.transaction.sender]

    def clear(self) -> None:
        """Forgets everything."""
        self._by_sender.clear()
        self._by_hash.clear()

    def next_nonce(self, sender: bytes, nonce: int) -> int:
        """The first nonce from `nonce` on that nobody waits with."""
        mine = self._by_sender.get(sender, {})
        while nonce in mine:
            nonce += 1
        return nonce

    def stale(self, nonce_of: Callable[[bytes], int]) -> Iterator[bytes]:
        """Hashes whose nonce was used meanwhile."""
        for sender, mine in self._by_sender.items():
            used = nonce_of(sender)
            yield from (waiting.hash for nonce, waiting in mine.items() if nonce < used)

    def offer(self, nonce_of: Callable[[bytes], int]) -> Iterator[Waiting]:
        """Executable ones by arrival; a sender's next follows only if the nonce has moved on."""
        asked: set[bytes] = set()
        while True:
            ready = [
                waiting
                for sender, mine in self._by_sender.items()
                if (waiting := mine.get(nonce_of(sender))) and waiting.hash not in asked
            ]
            if not ready:
                return
            first = min(ready, key=lambda waiting: waiting.arrival)
            asked.add(first.hash)
            yield first


def outbids(new: Any, old: Any) -> bool:
    """Both fees at least ten per cent higher (EIP-1559's two; a legacy price counts as both)."""
    return bool(
        new.max_fee_per_gas * 100 >= old.max_fee_per_gas * BUMP_PERCENT
        and new.max_priority_fee_per_gas * 100 >= old.max_priority_fee_per_gas * BUMP_PERCENT
    )
