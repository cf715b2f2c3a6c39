"""The plant of a feeder: any number of households, each by its own wire on one busbar of the grid.

    battery + solar ─ meter ─ main relay ─ wire ─┐
    battery + solar ─ meter ─ main relay ─ wire ─┼─ busbar ─ grid (stiff source)
    …                                            ┘

What one household gives and no other takes, the grid takes, and the other way round.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.virtual.plant.energy import uwh_rounded_down
from drivers.virtual.plant.parameters import Tree, parameter
from drivers.virtual.plant.site import Site
from drivers.virtual.plant.timeline import Timeline
from drivers.virtual.plant.world import STEP_S, Line


@dataclass(slots=True, kw_only=True)
class Grid:
    """The utility's end: it gives and takes what is left over."""

    emf_v: float = parameter(1.0, 60.0)
    ohm: float = parameter(1e-4, 10.0)


@dataclass(slots=True)
class Household:
    """A site and its wire to the busbar."""

    site: Site
    wire: Line


class Feeder(Timeline):
    """Within a step everything is constant; steps end exactly where a contact moves."""

    def __init__(
        self,
        households: Mapping[str, Household],
        grid: Grid,
        start_s: float,
        step_s: float = STEP_S,
    ) -> None:
        self.households, self.grid, self.step_s = dict(households), grid, step_s
        self.sites: Mapping[str, Site] = {name: h.site for name, h in self.households.items()}
        self.busbar_v = grid.emf_v
        super().__init__(start_s)
        for site in self.sites.values():
            site.begin(start_s)
        self.resolve()

    def resolve(self) -> None:
        """Kirchhoff for the busbar, then for every terminal."""
        age_s = self.time_s - self.start_s
        conductance = 1.0 / self.grid.ohm
        current_a = self.grid.emf_v * conductance
        ends = []
        for household in self.households.values():
            site = household.site
            open_v, inner_ohm = site.source(age_s).thevenin()
            path_ohm = inner_ohm + household.wire.ohm + site.main.ohm
            conductance += 1.0 / path_ohm
            current_a += open_v / path_ohm
            ends.append((site, open_v, inner_ohm, path_ohm))
        self.busbar_v = current_a / conductance
        for site, open_v, inner_ohm, path_ohm in ends:
            line_a = (open_v - self.busbar_v) / path_ohm
            site.settle(self.time_s, open_v - line_a * inner_ohm, line_a)
        self.horizon_s = min(self.time_s + self.step_s, self.next_move_s)

    def tree(self) -> Tree:
        """Parameters that belong to no board."""
        return {"grid": self.grid, "wire": {name: h.wire for name, h in self.households.items()}}

    def state(self, now_s: float) -> dict[str, Any]:
        """The truth at `now_s`, up to which the plant has been flushed."""
        sites = self.sites.values()
        return {
            "time_s": now_s,
            "mains": "dc",
            "load": None,
            "boards": {name: site.state(now_s) for name, site in self.sites.items()},
            "grid": {
                "voltage_v": self.busbar_v,
                "current_a": -sum(site.line_a for site in sites),  # positive into the feeder
                "loss_uwh": uwh_rounded_down(self.line_loss_j),
            },
            "sent_true_uwh": uwh_rounded_down(sum(site.energy.out_j for site in sites)),
            "delivered_true_uwh": uwh_rounded_down(sum(site.energy.in_j for site in sites)),
            "solar_w": sum(site.solar_w for site in sites),
        }

    def _pass(self, end_s: float) -> None:
        seconds = end_s - self.time_s
        for site in self.sites.values():
            site.pass_time(seconds)
            self.line_loss_j += (site.voltage_v - self.busbar_v) * site.line_a * seconds
