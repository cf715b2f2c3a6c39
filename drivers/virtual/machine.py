"""Everything that a plant process simulates, built from a seed; what people ask of it."""

from collections.abc import Mapping
from typing import Any

from drivers.errors import LoadError, ParameterError, RequestError, WiringError
from drivers.virtual.board import Board
from drivers.virtual.faults import FAULTS, Active
from drivers.virtual.plant.ac.draw import draw_ac_world, draw_waves
from drivers.virtual.plant.ac.world import AcWorld
from drivers.virtual.plant.draw import draw_feeder, draw_instrument, draw_world
from drivers.virtual.plant.feeder import Feeder
from drivers.virtual.plant.parameters import Tree, assign, flatten
from drivers.virtual.plant.world import World
from drivers.virtual.wiring import DEFAULT, Wiring

DEFAULTS = {"seller": DEFAULT, "buyer": DEFAULT}


class Machine:
    """World, boards and instrument; every method takes the present time."""

    def __init__(
        self,
        seed: int,
        start_s: float,
        wirings: Mapping[str, Wiring] | None = None,
        load: str | None = None,
        households: Mapping[str, Wiring] | None = None,
    ) -> None:
        self.seed = seed
        wirings = {**DEFAULTS, **(wirings or {})} if not households else {**households}
        self.world: World | AcWorld | Feeder = (
            _feeder(seed, start_s, wirings) if households else _world(seed, start_s, wirings, load)
        )
        self.boards = {
            name: Board(seed, name, self.world, wiring) for name, wiring in wirings.items()
        }
        self.faults = {name: Active(board) for name, board in self.boards.items()}
        self.instrument = draw_instrument(seed)

    def tree(self) -> Tree:
        """The root of all parameters."""
        boards = {name: board.tree() for name, board in self.boards.items()}
        return {**boards, **self.world.tree(), "instrument": self.instrument}

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
        self.world.flush(now_s)
        told = self.world.state(now_s)
        for name, faults in self.faults.items():
            told["boards"][name]["faults"] = dict(faults.strengths)
        return told

    def events(self, now_s: float) -> dict[str, Any]:
        """Contact movements, oldest first."""
        self.world.advance(now_s)
        return {"events": [movement._asdict() for movement in self.world.movements]}

    def measure(self, board: str, seconds: float, now_s: float) -> dict[str, float]:
        """What the technician's multimeter shows as the mean of the last seconds."""
        site = self._board(board).site
        self.world.advance(now_s)
        return self.instrument.measure(site, now_s, seconds)

    def cause(self, board: str, fault: str, strength: float | None, now_s: float) -> dict[str, Any]:
        """Let a fault happen; its moment. Raises FaultError."""
        self.faults[self._board(board).name].cause(fault, strength, now_s)
        return {"time_s": now_s}

    def clear(self, board: str, now_s: float) -> dict[str, Any]:
        """Repair a board; the moment."""
        self.faults[self._board(board).name].clear(now_s)
        return {"time_s": now_s}

    def play(self, load: str, now_s: float) -> dict[str, Any]:
        """Another load on alternating current; raises LoadError."""
        if not isinstance(self.world, AcWorld):
            raise LoadError(f"load {load[:80]!r}: boards on alternating current expected")
        waves = draw_waves(self.seed, load, self.world.mains.nominal_v)
        self.world.play(waves, now_s)
        return {
            "time_s": now_s,
            "load": waves.name,
            "power_w": waves.power_w,
            "current_a": waves.amps_rms,
        }

    def known_faults(self) -> dict[str, Any]:
        """Every fault there is, and what is broken now."""
        return {
            "faults": [fault.describe(name) for name, fault in FAULTS.items()],
            "active": {name: dict(faults.strengths) for name, faults in self.faults.items()},
        }

    def _board(self, name: str) -> Board:
        if name not in self.boards:
            raise RequestError(f"board: {name[:40]!r} given, one of {list(self.boards)} expected")
        return self.boards[name]


def _feeder(seed: int, start_s: float, wirings: Mapping[str, Wiring]) -> Feeder:
    """Households on one busbar: direct current of one voltage."""
    if any((w.mains, w.nominal_v) != ("dc", 12.0) for w in wirings.values()):
        raise WiringError("--household: boards on direct current of 12 V expected")
    return draw_feeder(seed, start_s, wirings)


def _world(
    seed: int, start_s: float, wirings: Mapping[str, Wiring], load: str | None
) -> World | AcWorld:
    """Both boards hang on one line: their mains must agree."""
    kinds = {(wiring.mains, wiring.nominal_v, wiring.frequency_hz) for wiring in wirings.values()}
    if len(kinds) > 1:
        found = ", ".join(
            f"{name} {wiring.mains} {wiring.nominal_v:g} V {wiring.frequency_hz:g} Hz"
            for name, wiring in wirings.items()
        )
        raise WiringError(f"mains: {found}: the same on both boards expected (a --board for each)")
    if kinds.pop()[0] == "ac":
        return draw_ac_world(seed, start_s, wirings, load)
    if load is not None:
        raise LoadError(f"load {load[:80]!r}: boards on alternating current expected")
    return draw_world(seed, start_s, wirings)
