"""The plant of direct current: two sites and a line, carried through time step by step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.virtual.plant.circuit import solve
from drivers.virtual.plant.energy import uwh_rounded_down
from drivers.virtual.plant.parameters import Tree, parameter
from drivers.virtual.plant.site import Site
from drivers.virtual.plant.timeline import Timeline

STEP_S = 0.01  # between two solutions of the circuit while no contact moves


@dataclass(slots=True, kw_only=True)
class Line:
    """Both conductors together."""

    ohm: float = parameter(0.001, 1e3)


class World(Timeline):
    """Within a step everything is constant; steps end exactly where a contact moves."""

    def __init__(
        self, seller: Site, buyer: Site, line: Line, start_s: float, step_s: float = STEP_S
    ) -> None:
        self.seller, self.buyer, self.line = seller, buyer, line
        self.sites: Mapping[str, Site] = {"seller": seller, "buyer": buyer}
        self.step_s = step_s
        super().__init__(start_s)
        for site in (seller, buyer):
            site.begin(start_s)
        self.resolve()

    def resolve(self) -> None:
        """Solve the circuit for the present moment, after anything has changed."""
        age_s = self.time_s - self.start_s
        path_ohm = self.line.ohm + self.seller.main.ohm + self.buyer.main.ohm
        flow = solve(self.seller.source(age_s), self.buyer.source(age_s), path_ohm)
        self.seller.settle(self.time_s, flow.seller_v, flow.line_a)
        self.buyer.settle(self.time_s, flow.buyer_v, -flow.line_a)
        self.horizon_s = min(self.time_s + self.step_s, self.next_move_s)

    def tree(self) -> Tree:
        """Parameters that belong to no board."""
        return {"line": self.line}

    def state(self, now_s: float) -> dict[str, Any]:
        """The truth at `now_s`, up to which the plant has been flushed."""
        return {
            "time_s": now_s,
            "mains": "dc",
            "load": None,
            "boards": {name: site.state(now_s) for name, site in self.sites.items()},
            "line": {
                "current_a": self.seller.line_a,
                "ohm": self.line.ohm,
                "loss_uwh": uwh_rounded_down(self.line_loss_j),
            },
            "sent_true_uwh": uwh_rounded_down(self.seller.energy.out_j),
            "delivered_true_uwh": uwh_rounded_down(self.buyer.energy.in_j),
            "solar_w": self.seller.solar_w,
        }

    def _pass(self, end_s: float) -> None:
        seconds = end_s - self.time_s
        for site in (self.seller, self.buyer):
            site.pass_time(seconds)
        difference_v = self.seller.voltage_v - self.buyer.voltage_v
        self.line_loss_j += difference_v * self.seller.line_a * seconds
