"""How many strangers may stand at the door: bounds on handshakes in progress (attack A15).

When the house or an address is full, the oldest of the busiest address goes, not the newcomer:
an honest handshake takes milliseconds, a slow one that means harm has to wait in the queue.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(eq=False)
class Visit:
    """A connection that has not shown yet who it is."""

    address: str
    abort: Callable[[], None]
    pushed_out: bool = False


class Gate:
    def __init__(self, per_address: int, total: int) -> None:
        self._per_address = per_address
        self._total = total
        self._visits: list[Visit] = []  # oldest first

    @contextmanager
    def visit(self, address: str, abort: Callable[[], None]) -> Iterator[Visit]:
        """Hold a place during the handshake; `abort` is called when another takes it."""
        self._make_room(address)
        visit = Visit(address, abort)
        self._visits.append(visit)
        try:
            yield visit
        finally:
            if visit in self._visits:
                self._visits.remove(visit)

    def clear(self) -> None:
        """Send everybody away."""
        while self._visits:
            self._push_out(self._visits[0])

    def __len__(self) -> int:
        return len(self._visits)

    def _make_room(self, newcomer: str) -> None:
        counts = Counter(visit.address for visit in self._visits)
        if counts[newcomer] >= self._per_address:
            self._push_out_oldest(newcomer)
        elif len(self._visits) >= self._total:
            self._push_out_oldest(max(counts, key=counts.__getitem__))

    def _push_out_oldest(self, address: str) -> None:
        self._push_out(next(visit for visit in self._visits if visit.address == address))

    def _push_out(self, visit: Visit) -> None:
        visit.pushed_out = True
        self._visits.remove(visit)
        visit.abort()
