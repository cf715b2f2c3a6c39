"""Slots: which code may open the keys, each with the keys' key wrapped for its measurement."""

from typing import Annotated

from secure_world.fields import Octets
from secure_world.message import U32, Hash, Message
from secure_world.store import Store

MOST = 8  # versions beside each other; the oldest gives way


class Slot(Message):
    """`version` is that of its manifest, or the floor at its enrolment at first use."""

    measurement: Hash
    version: U32
    wrapped: Annotated[bytes, Octets(12 + 32 + 16)]


class Slots:
    """All slots, in memory as stored."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all: dict[bytes, Slot] = {}

    def load(self) -> None:
        """Take them from the store."""
        rows = self._store.rows("SELECT measurement, version, wrapped FROM slot")
        self._all = {row[0]: Slot(*row) for row in rows}

    def all(self) -> tuple[Slot, ...]:
        """In the order of their versions."""
        return tuple(sorted(self._all.values(), key=lambda slot: slot.version))

    def of(self, measurement: bytes) -> Slot | None:
        """The slot of this code."""
        return self._all.get(measurement)

    def put(self, slot: Slot) -> None:
        """Add one, or replace that of its measurement."""
        self._store.write(
            "INSERT INTO slot VALUES (?, ?, ?) ON CONFLICT (measurement)"
            " DO UPDATE SET version = excluded.version, wrapped = excluded.wrapped",
            slot.measurement,
            slot.version,
            slot.wrapped,
        )
        self._all[slot.measurement] = slot

    def drop_below(self, floor: int) -> None:
        """Take away those of earlier versions."""
        for slot in self.all():
            if slot.version < floor:
                self._drop(slot.measurement)

    def make_room(self, *keep: Slot | None) -> None:
        """Take away the oldest of too many, but none of these."""
        spare = [slot for slot in self.all() if slot not in keep]
        for slot in spare[: max(0, len(self._all) - MOST)]:
            self._drop(slot.measurement)

    def clear(self) -> None:
        """Take all away."""
        self._store.write("DELETE FROM slot")
        self._all = {}

    def _drop(self, measurement: bytes) -> None:
        self._store.write("DELETE FROM slot WHERE measurement = ?", measurement)
        del self._all[measurement]
