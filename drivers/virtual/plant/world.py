"""The plant as a whole: two sites and a line, carried through time step by step."""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from drivers.virtual.plant.circuit import solve
from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.energy import Energy
from drivers.virtual.plant.parameters import parameter
from drivers.virtual.plant.site import Site

STEP_S = 0.01  # between two solutions of the circuit while no contact moves
EVENTS = 4096  # contact movements remembered


@dataclass(slots=True, kw_only=True)
class Line:
    """Both conductors together."""

    ohm: float = parameter(0.001, 1e3)


class Movement(NamedTuple):
    """A contact arrived."""

    time_s: float
    board: str
    line: str  # "main" or "reference"
    closed: bool


class World:
    """Within a step everything is constant; steps end exactly where a contact moves."""

    def __init__(
        self, seller: Site, buyer: Site, line: Line, start_s: float, step_s: float = STEP_S
    ) -> None:
        self.seller, self.buyer, self.line = seller, buyer, line
        self.sites = {"seller": seller, "buyer": buyer}
        self.start_s = self.time_s = start_s
        self.step_s = step_s
        self.movements: deque[Movement] = deque(maxlen=EVENTS)
        self.line_loss_j = 0.0
        self._contacts: list[tuple[str, str, Contact]] = []
        for name, site in self.sites.items():
            site.begin(start_s)
            self._contacts += [(name, "main", site.main), (name, "reference", site.reference)]
        self.horizon_s = start_s  # the present state holds until here
        self.resolve()

    def advance(self, now_s: float) -> None:
        """Complete every step that has ended by `now_s`."""
        while self.horizon_s <= now_s:
            self._turn(self.horizon_s)

    def flush(self, now_s: float) -> None:
        """Advance and count the begun step as well: energy is exact at `now_s`."""
        self.advance(now_s)
        if now_s > self.time_s:
            self._turn(now_s)

    def command(self, contact: Contact, closed: bool, now_s: float) -> None:
        """Switch a relay's coil."""
        self.advance(now_s)
        contact.command(closed, now_s)
        self.horizon_s = min(self.horizon_s, contact.moves_s)

    def resolve(self) -> None:
        """Solve the circuit for the present moment, after anything has changed."""
        age_s = self.time_s - self.start_s
        path_ohm = self.line.ohm + self.seller.main.ohm + self.buyer.main.ohm
        flow = solve(self.seller.source(age_s), self.buyer.source(age_s), path_ohm)
        self.seller.settle(self.time_s, flow.seller_v, flow.line_a)
        self.buyer.settle(self.time_s, flow.buyer_v, -flow.line_a)
        moves_s = min(contact.moves_s for _, _, contact in self._contacts)
        self.horizon_s = min(self.time_s + self.step_s, moves_s)

    def reset_energy(self, now_s: float) -> None:
        """Begin to count true energy at `now_s`."""
        self.flush(now_s)
        self.line_loss_j = 0.0
        for site in self.sites.values():
            site.energy = Energy()

    def _turn(self, end_s: float) -> None:
        seconds = end_s - self.time_s
        for site in self.sites.values():
            site.pass_time(seconds)
        difference_v = self.seller.voltage_v - self.buyer.voltage_v
        self.line_loss_j += difference_v * self.seller.line_a * seconds
        self.time_s = end_s
        for board, name, contact in self._contacts:
            if contact.moves_s <= end_s:
                contact.move()
                self.movements.append(Movement(end_s, board, name, contact.closed))
        self.resolve()
