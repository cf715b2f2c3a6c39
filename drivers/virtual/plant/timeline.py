"""What every plant does with time: contacts that move, steps between, true energy so far."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.energy import Energy
from drivers.virtual.plant.parameters import Tree

EVENTS = 4096  # contact movements remembered


class Movement(NamedTuple):
    """A contact arrived."""

    time_s: float
    board: str
    line: str  # "main" or "reference"
    closed: bool


class Signal(Protocol):
    """A quantity with its recent past."""

    def mean(self, begin_s: float, end_s: float) -> float: ...


class Burnable(Protocol):
    """A resistor that can be burnt out."""

    burnt: bool


class Terminal(Protocol):
    """What a board, people and tools need of one end of the line."""

    main: Contact
    reference: Contact
    energy: Energy

    @property
    def load(self) -> Burnable: ...
    @property
    def volts(self) -> Signal: ...
    @property
    def amps(self) -> Signal: ...
    def tree(self) -> Tree: ...
    def state(self, now_s: float) -> dict[str, Any]: ...
    def means(self, now_s: float, seconds: float) -> dict[str, float]: ...


class Timeline(ABC):
    """Between two turns nothing changes; turns come exactly where a contact moves."""

    sites: Mapping[str, Terminal]

    def __init__(self, start_s: float) -> None:
        self.start_s = self.time_s = start_s
        self.movements: deque[Movement] = deque(maxlen=EVENTS)
        self.line_loss_j = 0.0
        self._contacts: list[tuple[str, str, Contact]] = []
        for name, site in self.sites.items():
            self._contacts += [(name, "main", site.main), (name, "reference", site.reference)]
        self.horizon_s = start_s  # the present state holds until here

    @abstractmethod
    def resolve(self) -> None:
        """Solve the circuit for the present moment, after anything has changed."""

    @abstractmethod
    def tree(self) -> Tree:
        """Parameters that belong to no board."""

    @abstractmethod
    def state(self, now_s: float) -> dict[str, Any]:
        """The truth at `now_s`, up to which the plant has been flushed."""

    @abstractmethod
    def _pass(self, end_s: float) -> None:
        """Count the energy from `time_s` to `end_s`."""

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

    def hold(self, contact: Contact, closed: bool | None, now_s: float) -> None:
        """A contact moves at once and stays, or (None) follows its coil again."""
        self.flush(now_s)
        contact.held = closed
        contact.command(contact.coil, now_s)
        if closed is not None and contact.closed != closed:
            contact.moves_s = now_s
            self._move(now_s)
        self.resolve()

    def reset_energy(self, now_s: float) -> None:
        """Begin to count true energy at `now_s`."""
        self.flush(now_s)
        self.line_loss_j = 0.0
        for site in self.sites.values():
            site.energy = Energy()

    @property
    def next_move_s(self) -> float:
        """When the next contact arrives; infinite when none is on its way."""
        return min(contact.moves_s for _, _, contact in self._contacts)

    def _turn(self, end_s: float) -> None:
        self._pass(end_s)
        self.time_s = end_s
        self._move(end_s)
        self.resolve()

    def _move(self, now_s: float) -> None:
        for board, name, contact in self._contacts:
            if contact.moves_s <= now_s:
                contact.move()
                self.movements.append(Movement(now_s, board, name, contact.closed))
