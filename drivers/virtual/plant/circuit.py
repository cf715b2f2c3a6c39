"""The circuit: two sources with their own loads, joined by one line. Exact for one instant."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Source:
    """A board's terminal: battery (emf, inner resistance), injected solar current, own load."""

    emf_v: float
    ohm: float
    injected_a: float
    load_ohm: float  # infinite when its relay is open

    def thevenin(self) -> tuple[float, float]:
        """(open voltage, inner resistance) of all of it as seen from the line."""
        conductance = 1.0 / self.ohm + 1.0 / self.load_ohm
        return (self.emf_v / self.ohm + self.injected_a) / conductance, 1.0 / conductance


class Flow(NamedTuple):
    """Terminal voltages, and the current from seller to buyer."""

    seller_v: float
    buyer_v: float
    line_a: float


def solve(seller: Source, buyer: Source, line_ohm: float) -> Flow:
    """Kirchhoff for both terminals; an infinite `line_ohm` is an open relay."""
    seller_v, seller_ohm = seller.thevenin()
    buyer_v, buyer_ohm = buyer.thevenin()
    line_a = (seller_v - buyer_v) / (seller_ohm + buyer_ohm + line_ohm)
    return Flow(seller_v - line_a * seller_ohm, buyer_v + line_a * buyer_ohm, line_a)
