"""Everything that a plant process simulates, built from a seed; what people ask of it."""

from collections.abc import Mapping
from typing import Any

from drivers.errors import ParameterError, RequestError
from drivers.virtual.board import Board
from drivers.virtual.plant.draw import draw_instrument, draw_world
from drivers.virtual.plant.energy import uwh_rounded_down
from drivers.virtual.plant.parameters import Tree, assign, flatten
from drivers.virtual.plant.site import Site


class Machine:
    """World, boards and instrument; every method takes the present time."""

    def __init__(self, seed: int, start_s: float) -> None:
        self.seed = seed
        self.world = draw_world(seed, start_s)
        self.boards = {name: Board(seed, name, self.world) for name in self.world.sites}
        self.instrument = draw_instrument(seed)

    def tree(self) -> Tree:
        """The root of all parameters."""
        boards = {name: board.tree() for name, board in self.boards.items()}
        return {**boards, "line": self.world.line, "instrument": self.instrument}

    def parameters(self) -> dict[str, Any]:
        """{"seed", "parameters": {path: value}}."""
        return {"seed": self.seed, "parameters": flatten(self.tree())}

    def change(self, values: Mapping[str, object], now_s: float) -> dict[str, float]:
        """Set parameters from now on: all of them, or none and ParameterError."""
        self.world.flush(now_s)
        tree = self.tree()
        before = flatten(tree)
        try:
            for path, value in values.items():
                assign(tree, path, value)
        except ParameterError:
            for path in values.keys() & before.keys():
                assign(tree, path, before[path])
            raise
        self.world.resolve()
        after = flatten(tree)
        return {path: after[path] for path in values}

    def state(self, now_s: float) -> dict[str, Any]:
        """The truth at this moment."""
        world = self.world
        world.flush(now_s)
        return {
            "time_s": now_s,
            "boards": {name: _site_state(site) for name, site in world.sites.items()},
            "line": {
                "current_a": world.seller.line_a,
                "ohm": world.line.ohm,
                "loss_uwh": uwh_rounded_down(world.line_loss_j),
            },
            "sent_true_uwh": uwh_rounded_down(world.seller.energy.out_j),
            "delivered_true_uwh": uwh_rounded_down(world.buyer.energy.in_j),
            "solar_w": world.seller.solar_w,
        }

    def events(self, now_s: float) -> dict[str, Any]:
        """Contact movements, oldest first."""
        self.world.advance(now_s)
        return {"events": [movement._asdict() for movement in self.world.movements]}

    def measure(self, board: str, seconds: float, now_s: float) -> dict[str, float]:
        """What the technician's multimeter shows as the mean of the last seconds."""
        if board not in self.boards:
            raise RequestError(f"board: {board[:40]!r} given, one of {list(self.boards)} expected")
        self.world.advance(now_s)
        site = self.world.sites[board]
        volts, amps = self.instrument.measure(site.volts, site.amps, now_s, seconds)
        return {"voltage_v": volts, "current_a": amps}


def _site_state(site: Site) -> dict[str, Any]:
    return {
        "voltage_v": site.voltage_v,
        "current_a": site.sensor_a,
        "power_w": site.voltage_v * site.sensor_a,
        "soc": site.battery.soc,
        "solar_w": site.solar_w,
        "relay_closed": site.main.closed,
        "reference_closed": site.reference.closed,
        "energy_out_uwh": uwh_rounded_down(site.energy.out_j),
        "energy_in_uwh": uwh_rounded_down(site.energy.in_j),
        "reference_uwh": uwh_rounded_down(site.energy.reference_j),
    }
