"""When what is done: slots and their windows, in blocks (the calendar of EnergyAuction).

slot n                      slot n + 1
├───────── energy ─────────┤├─ commit ─┤├─ reveal ─┤├─ clear, pay …
"""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    MEASURING = "measuring"  # the slot has not ended
    COMMITTING = "committing"
    PLACING = "placing"
    CLEARING = "clearing"


@dataclass(frozen=True)
class Windows:
    """Lengths in blocks; `commit_blocks` is 0 where orders are placed at once."""

    slot_blocks: int
    commit_blocks: int
    reveal_blocks: int

    def slot_of(self, block: int) -> int:
        """The slot in which energy of this block is measured."""
        return block // self.slot_blocks

    def ends(self, slot: int) -> int:
        """First block after the slot: its orders are taken from here on."""
        return (slot + 1) * self.slot_blocks

    def place_from(self, slot: int) -> int:
        """First block in which orders of the slot are placed."""
        return self.ends(slot) + self.commit_blocks

    def clear_from(self, slot: int) -> int:
        """First block in which the slot is cleared."""
        return self.place_from(slot) + self.reveal_blocks

    def phase(self, slot: int, block: int) -> Phase:
        """What a transaction in this block may do for the slot."""
        if block < self.ends(slot):
            return Phase.MEASURING
        if block < self.place_from(slot):
            return Phase.COMMITTING
        return Phase.PLACING if block < self.clear_from(slot) else Phase.CLEARING
