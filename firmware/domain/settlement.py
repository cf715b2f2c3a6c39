"""Which of the integrated energy is booked, to which direction; nothing is lost in between."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from firmware.domain.integrals import ZERO, Sums


@dataclass
class Settlement:
    """Energy since the last settling goes to `book` (positive is export), or is none at all."""

    book: Callable[[float], None]
    cycle_s: float
    counting: bool = False
    settled: Sums = ZERO  # up to where energy was booked, or dismissed
    _begun_s: float = 0.0  # counting began
    _direction: float = 0.0  # sign of what was booked last; 0 since counting began
    _owed_j: float = 0.0  # given back after the last window, to be taken off the next

    def count(self, counting: bool, now: Sums, floor_w: float) -> None:
        """Begin or end at `now`: contacts do not wait for a zero crossing."""
        if counting and not self.counting:
            self.settled = now._replace(energy_j=now.energy_j - self._owed_j)
            self._direction = self._owed_j = 0.0
            self._begun_s = now.time_s
        elif not counting:
            self.rest(now, floor_w)
        self.counting = counting

    def settle(self, at: Sums, flows: bool) -> None:
        """A window ends: everything up to `at` is energy, if current flows, and noise else.

        Less than a cycle since counting began waits for the next one: its sign tells nothing.
        """
        if not self.counting or at.time_s - self._begun_s >= self.cycle_s:
            self._settle(at, flows)

    def _settle(self, at: Sums, flows: bool) -> None:
        amount_j, self.settled = at.energy_j - self.settled.energy_j, at
        if self.counting and flows:
            self.book(amount_j)
            self._direction = math.copysign(1.0, amount_j)

    def rest(self, now: Sums, floor_w: float) -> None:
        """What flowed since the last window, which need not be whole cycles.

        A coil gives back what it had borrowed: that is no energy of the other direction.
        """
        rest = now.minus(self.settled)
        if not self.counting or rest.time_s <= 0.0:
            return
        if rest.energy_j * self._direction < 0.0:
            self._owed_j, self.settled = rest.energy_j, now
        else:
            self._settle(now, abs(rest.energy_j) > floor_w * rest.time_s)

    def pending_j(self, cycle: Sums, now_s: float, power_w: float) -> float:
        """What is not booked yet: up to the last cycle's end, and from there at its power."""
        if not self.counting or cycle.time_s < self.settled.time_s:
            return 0.0
        return cycle.energy_j - self.settled.energy_j + power_w * (now_s - cycle.time_s)
