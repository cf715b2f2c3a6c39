"""One household's end of an alternating line: two relays, reference load, true energy."""

import math
from dataclasses import dataclass, field
from typing import Any

from drivers.virtual.plant.ac.trace import Mix, Phase, Piece, Signal, Trace, piece, squares
from drivers.virtual.plant.ac.waves import Waves
from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.energy import Energy
from drivers.virtual.plant.parameters import Tree
from drivers.virtual.plant.site import Load

STATE_CYCLES = 10  # RMS and power of `state` are over the last so many


@dataclass(slots=True)
class AcSite:
    """The node is the terminal; the sensor sees the line and the reference load."""

    main: Contact
    reference: Contact
    load: Load
    energy: Energy = field(default_factory=Energy)
    frequency_hz: float = math.nan
    line: Mix = (0.0, 0.0)  # current out of this board
    drawn: Mix = (0.0, 0.0)  # current into the reference load
    trace: Trace = field(init=False)
    volts: Signal = field(init=False)
    amps: Signal = field(init=False)

    def begin(self, first: Piece) -> None:
        """As if it had always been so."""
        self.trace = Trace(first)
        self.volts, self.amps = Signal(self.trace, False), Signal(self.trace, True)

    def settle(self, time_s: float, waves: Waves, phase: Phase, volts: Mix, line: Mix) -> None:
        """Take the solved circuit as the state from `time_s` on."""
        ohm = self.load.path_ohm + self.reference.ohm
        self.line, self.drawn = line, (volts[0] / ohm, volts[1] / ohm)
        amps = line[0] + self.drawn[0], line[1] + self.drawn[1]
        latest = piece(time_s, waves, phase, volts, amps)
        self.frequency_hz = phase.frequency_hz
        if hasattr(self, "trace"):
            self.trace.set(latest)
        else:
            self.begin(latest)

    def pass_time(self, begin_s: float, end_s: float) -> None:
        """Count the exact energy of a stretch in the present state."""
        now = self.trace.last
        line_j = squares(now, now.volts, self.line, begin_s, end_s).vi
        # Energy that swings to and fro within a cycle belongs to the side of the whole.
        if self.line[1] > 0.0:
            self.energy.out_j += line_j
        else:
            self.energy.in_j -= line_j
        self.energy.reference_j += squares(now, now.volts, self.drawn, begin_s, end_s).vi

    def means(self, now_s: float, seconds: float) -> dict[str, float]:
        """RMS and real power over the last `seconds`, made whole cycles (at least one)."""
        cycles = max(round(seconds * self.frequency_hz), 1)
        mean = self.trace.mean_squares(now_s - cycles / self.frequency_hz, now_s)
        return {
            "voltage_v": math.sqrt(max(mean.vv, 0.0)),
            "current_a": math.sqrt(max(mean.ii, 0.0)),
            "power_w": mean.vi,
        }

    def state(self, now_s: float) -> dict[str, Any]:
        """The truth over the last ten cycles; power is positive out of this board."""
        told = self.means(now_s, STATE_CYCLES / self.frequency_hz)
        apparent_va = told["voltage_v"] * told["current_a"]
        return {
            **told,
            "apparent_va": apparent_va,
            "power_factor": abs(told["power_w"]) / apparent_va if apparent_va else 0.0,
            "frequency_hz": self.frequency_hz,
            "relay_closed": self.main.closed,
            "reference_closed": self.reference.closed,
            **self.energy.state(),
        }

    def tree(self) -> Tree:
        """Parameters of this site."""
        return {
            "relay": {"main": self.main, "reference": self.reference},
            "reference_load": self.load,
        }
