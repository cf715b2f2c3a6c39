"""The street while it runs: slots pass, the weather changes, the plant's truth is written down."""

import time
from dataclasses import dataclass, field
from typing import Any

from normal_world.auction.windows import Windows
from normal_world.chain.bindings import auction
from normal_world.chain.client import Chain
from normal_world.demo.errors import DemoTimeout
from normal_world.street.limits import PURSE
from normal_world.street.machine import cpu_seconds
from normal_world.street.options import PAUSE_S, Crash, StreetOptions
from normal_world.street.preparation import Street, Tell
from normal_world.street.stage import READY_LIMIT_S, StreetStage

TURN_S = 0.4
DONE = 2  # IEnergyAuction.Stage
Energies = dict[str, tuple[int, int]]  # household: µWh (in, out)


@dataclass
class Seen:
    """`truth`: the plant's energies when each slot ended; CPU in seconds of the slots' time."""

    slots: list[int] = field(default_factory=list)
    truth: dict[int, Energies] = field(default_factory=dict)
    watched_s: float = 0.0
    cpu_s: dict[str, float] = field(default_factory=dict)
    weather: list[str] = field(default_factory=list)


class Watch:
    """`run` returns when the last slot is cleared and paid."""

    def __init__(
        self, options: StreetOptions, stage: StreetStage, street: Street, tell: Tell
    ) -> None:
        self._options, self._stage, self._street, self._tell = options, stage, street, tell
        self._chain = Chain(street.rpc)
        self.windows = Windows(options.slot_blocks, options.commit_blocks, options.commit_blocks)
        self.seen = Seen()
        self._until_s = 0.0
        self._due: list[tuple[float, Crash]] = []

    def run(self, until_s: float) -> Seen:
        """Until monotonic `until_s` at the latest; raises DemoTimeout."""
        self._until_s = until_s
        self._tell("waiting for every connection to stand, and for every purse to be filled")
        while not self._is_ready():
            self._turn()
        first = self.windows.slot_of(self._chain.head() + 1) + 1
        self.seen.slots = list(range(first, first + self._options.slots))
        self._pass_slots()
        self._tell("waiting for the clearing and the payouts of the last slot")
        while not all(self._is_done(slot) for slot in self.seen.slots):
            self._turn()
        return self.seen

    def _pass_slots(self) -> None:
        begun_s, cpu = 0.0, {}
        for slot in [self.seen.slots[0] - 1, *self.seen.slots]:
            if slot in self.seen.slots:
                self._tell(f"slot {slot}: {self._options.slot_blocks} blocks of measured energy")
            while self._chain.head() + 1 < self.windows.ends(slot):
                self._turn()
            self.seen.truth[slot] = energies(self._stage)
            if slot == self.seen.slots[0] - 1:
                begun_s, cpu = time.monotonic(), cpu_seconds()
                self._due = [(begun_s + crash.after_s, crash) for crash in self._options.crash]
            if slot == self.seen.slots[0]:
                self._change_weather()
        self.seen.watched_s = time.monotonic() - begun_s
        after = cpu_seconds()
        self.seen.cpu_s = {kind: after[kind] - cpu.get(kind, 0.0) for kind in after}

    def _change_weather(self) -> None:
        """After the first slot a cloud covers the first roof, and sun charges the second."""
        first, second = self._options.names[:2]
        self._stage.ask_plant("set", **{f"{first}.solar.peak_w": 0.0})
        self._stage.ask_plant("set", **{f"{second}.battery.soc": 1.0})
        self.seen.weather = [f"a cloud over {first}", f"{second} has energy to sell now"]
        self._tell("; ".join(self.seen.weather))

    def _is_ready(self) -> bool:
        boards = self._stage.ask_plant("state")["boards"].values()
        if not all(board["relay_closed"] for board in boards):
            return False
        return all(self._purse(meter) >= PURSE // 2 for meter in self._street.meters.values())

    def _purse(self, meter: str) -> int:
        return auction.purse_of(meter).ask(self._chain, self._street.book.auction)

    def _is_done(self, slot: int) -> bool:
        if self._chain.final_block() < self.windows.clear_from(slot):
            return False
        found = auction.round_of(slot).ask(self._chain, self._street.book.auction)
        return found.stage == DONE or found.sells + found.buys == 0

    def _turn(self) -> None:
        if time.monotonic() > self._until_s:
            raise DemoTimeout(f"not over within {self._options.limit_s:.0f} s: an end was expected")
        self._stage.supervisor.raise_if_fallen()
        while self._due and min(self._due)[0] <= time.monotonic():
            self._due.remove(found := min(self._due))
            self._crash(found[1])
        time.sleep(TURN_S)

    def _crash(self, crash: Crash) -> None:
        name = f"{crash.program}:{crash.node}"
        self._tell(f"! kill -9 of {name}")
        self._stage.supervisor.kill(name)
        time.sleep(PAUSE_S)
        self._stage.supervisor.restart(name, READY_LIMIT_S)


def energies(stage: StreetStage) -> Energies:
    """True energy of every household so far, µWh."""
    boards: dict[str, Any] = stage.ask_plant("state")["boards"]
    return {name: (b["energy_in_uwh"], b["energy_out_uwh"]) for name, b in boards.items()}
