"""A relay's contact: it follows its coil with a delay, and is never quite a short circuit."""

import math
from dataclasses import dataclass

from drivers.virtual.plant.parameters import parameter


@dataclass(slots=True, kw_only=True)
class Contact:
    """Times and resistance as Songle's SRD-05VDC states them: <= 10 ms, <= 5 ms, <= 100 mΩ."""

    operate_s: float = parameter(0.0, 1.0)
    release_s: float = parameter(0.0, 1.0)
    contact_ohm: float = parameter(0.0, 10.0)
    closed: bool = False
    moves_s: float = math.inf
    coil: bool = False  # what was commanded last
    held: bool | None = None  # a fault: welded closed, or stuck open

    def command(self, closed: bool, now_s: float) -> None:
        """The coil is switched; the contact moves later, or stays if the coil changed its mind."""
        self.coil = closed
        if self.held is not None or closed == self.closed:
            self.moves_s = math.inf
        elif self.moves_s == math.inf:
            self.moves_s = now_s + (self.operate_s if closed else self.release_s)

    def move(self) -> None:
        """The contact arrives at its other side."""
        self.closed, self.moves_s = not self.closed, math.inf

    @property
    def ohm(self) -> float:
        return self.contact_ohm if self.closed else math.inf
