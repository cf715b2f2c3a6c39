"""The plant of alternating current: mains at the seller, a line, the load behind the buyer.

The buyer's terminal hangs on the same mains: seller's voltage minus line current x line resistance.
The load's current flows while both main relays are closed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.virtual.plant.ac.site import AcSite
from drivers.virtual.plant.ac.trace import Phase
from drivers.virtual.plant.ac.waves import Waves
from drivers.virtual.plant.energy import uwh_rounded_down
from drivers.virtual.plant.parameters import Tree, parameter
from drivers.virtual.plant.timeline import Timeline
from drivers.virtual.plant.world import Line

SURGE_S, SURGE_OVER, SURGE_STEP_S = 0.15, 10, 0.01  # a starting motor's time constant


@dataclass(slots=True, kw_only=True)
class Mains:
    """`nominal_v` is what the waves' voltage was made for; `voltage_v` (RMS) is what there is."""

    nominal_v: float
    voltage_v: float = parameter(1.0, 500.0)
    frequency_hz: float = parameter(40.0, 70.0)


class AcWorld(Timeline):
    """Turns come where a contact moves or a surge has sunk; between them all is periodic."""

    def __init__(
        self,
        sites: Mapping[str, AcSite],
        line: Line,
        mains: Mains,
        waves: Waves,
        phase: float,
        start_s: float,
    ) -> None:
        self.sites: Mapping[str, AcSite] = sites
        self.seller, self.buyer = sites["seller"], sites["buyer"]
        self.line, self.mains, self.waves = line, mains, waves
        self._phase = Phase(start_s, phase, mains.frequency_hz)
        self._flows_since_s = math.inf
        super().__init__(start_s)
        self.resolve()

    def play(self, waves: Waves, now_s: float) -> None:
        """Another load from now on."""
        self.flush(now_s)
        self.waves, self._flows_since_s = waves, math.inf
        self.resolve()

    def resolve(self) -> None:
        """Solve the circuit for the present moment, after anything has changed."""
        if self.mains.frequency_hz != self._phase.frequency_hz:
            cycles = self._phase.at(self.time_s)
            self._phase = Phase(self.time_s, cycles, self.mains.frequency_hz)
        path_ohm = self.line.ohm + self.seller.main.ohm + self.buyer.main.ohm
        flow, until_s = self._flow(math.isfinite(path_ohm))
        scale = self.mains.voltage_v / self.mains.nominal_v
        drop = -flow * path_ohm if flow else 0.0
        here = self.time_s, self.waves, self._phase
        self.seller.settle(*here, (scale, 0.0), (0.0, flow))
        self.buyer.settle(*here, (scale, drop), (0.0, -flow))
        self.horizon_s = min(self.next_move_s, until_s)

    def tree(self) -> Tree:
        """Parameters that belong to no board."""
        return {"line": self.line, "mains": self.mains}

    def state(self, now_s: float) -> dict[str, Any]:
        """The truth at `now_s`, up to which the plant has been flushed."""
        boards = {name: site.state(now_s) for name, site in self.sites.items()}
        return {
            "time_s": now_s,
            "mains": "ac",
            "load": self.waves.name,
            "frequency_hz": self.mains.frequency_hz,
            "boards": boards,
            "line": {
                "current_a": abs(self.seller.line[1]) * self.waves.amps_rms,
                "ohm": self.line.ohm,
                "loss_uwh": uwh_rounded_down(self.line_loss_j),
            },
            "sent_true_uwh": uwh_rounded_down(self.seller.energy.out_j),
            "delivered_true_uwh": uwh_rounded_down(self.buyer.energy.in_j),
        }

    def _flow(self, closed: bool) -> tuple[float, float]:
        """How many times the load's current flows, and until when that holds."""
        if not closed:
            self._flows_since_s = math.inf
            return 0.0, math.inf
        self._flows_since_s = min(self._flows_since_s, self.time_s)
        # In steps that count from the closing: who asks meanwhile does not change the truth.
        steps = math.floor((self.time_s - self._flows_since_s) / SURGE_STEP_S + 1e-6)
        age = steps * SURGE_STEP_S / SURGE_S
        if not self.waves.surge or age > SURGE_OVER:
            return 1.0, math.inf
        until_s = self._flows_since_s + (steps + 1) * SURGE_STEP_S
        return 1.0 + self.waves.surge * math.exp(-age), until_s

    def _pass(self, end_s: float) -> None:
        before_j = self.seller.energy.out_j - self.buyer.energy.in_j
        for site in self.sites.values():
            site.pass_time(self.time_s, end_s)
        self.line_loss_j += self.seller.energy.out_j - self.buyer.energy.in_j - before_j
