"""The options of the street, checked before anything is started."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from normal_world.demo.errors import DemoArgument

NODES, SLOTS, SLOT_BLOCKS = (2, 16), (1, 10), (24, 900)
SEED_MAX = 2**63 - 1
SAMPLES_A_SECOND = 128  # of each converter in place of 860: many meters share one machine
PREPARATION_S, A_NODE_S = 240.0, 45.0


_CRASH = re.compile(r"(secured|meterd|noded):(h\d\d)@(\d{1,4})")
PAUSE_S = 2.0  # before a program that was killed is started again


class Crash(NamedTuple):
    """SIGKILL a program so many seconds after the first whole slot has begun."""

    program: str
    node: str
    after_s: int


@dataclass(frozen=True)
class StreetOptions:
    """Blocks are a second long."""

    nodes: int = 10
    slots: int = 2
    slot_blocks: int = 30
    seed: int = 1
    home: Path | None = None
    keep: bool = False
    crash: tuple[Crash, ...] = ()
    relay: bool = False  # orders of all nodes go through one relay

    def checked(self) -> "StreetOptions":
        """The same; raises DemoArgument."""
        _within("--nodes", self.nodes, *NODES)
        _within("--slots", self.slots, *SLOTS)
        _within("--slot-blocks", self.slot_blocks, *SLOT_BLOCKS)
        _within("--seed", self.seed, 0, SEED_MAX)
        if self.home is not None and self.home.exists():
            raise DemoArgument(f"--home {self.home}: exists already, a new folder expected")
        for crash in self.crash:
            if crash.node not in self.names:
                raise DemoArgument(f"--crash {crash.node}: h01 to {self.names[-1]} expected")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Of the households: h01, h02, …"""
        return tuple(f"h{number:02d}" for number in range(1, self.nodes + 1))

    @property
    def commit_blocks(self) -> int:
        """A third of a slot for commitments, and as much for placing."""
        return self.slot_blocks // 3

    @property
    def limit_s(self) -> float:
        """After this the demo gives up."""
        slots = self.slots + 3  # one to wait for, one to clear, one of patience
        return PREPARATION_S + A_NODE_S * self.nodes + slots * self.slot_blocks


def parse_crash(text: str) -> Crash:
    """`noded:h03@40`; raises DemoArgument."""
    found = _CRASH.fullmatch(text)
    if found is None:
        expected = "secured, meterd or noded, :hNN and @seconds expected, as noded:h03@40"
        raise DemoArgument(f"--crash {text[:40]}: {expected}")
    return Crash(found[1], found[2], int(found[3]))


def _within(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise DemoArgument(f"{option} {value}: {low} to {high} expected")
