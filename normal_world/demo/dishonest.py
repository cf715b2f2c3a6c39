"""A meter daemon whose owner cheats: what it has signed is what it measures, times a factor.

The factor comes into force when the file named by EVLOCK_DEMO_FACTOR appears. All else is the
genuine daemon: the cheat controls its own normal world, but not its secure world.
"""

import os
import sys
from pathlib import Path

from firmware import main as daemon
from firmware.secured import Secured
from secure_world.protocol import Register, SignedReading

FILE = "EVLOCK_DEMO_FACTOR"


class Falsifier:
    """Totals that grow by the factor from the moment at which the file is there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._factor: float | None = None
        self._base: list[int] = []

    def __call__(self, totals: tuple[int, int]) -> tuple[int, int]:
        if self._factor is None:
            if not self._path.exists():
                return totals
            self._factor, self._base = float(self._path.read_text("ascii")), list(totals)
        false = [
            base + int((total - base) * self._factor)
            for base, total in zip(self._base, totals, strict=True)
        ]
        return false[0], false[1]


class DishonestSecured(Secured):
    """Hands falsified totals to the (genuine) secure world."""

    falsify = Falsifier(Path(os.environ.get(FILE, "/nonexistent")))

    async def sign_reading(
        self, trade: bytes, final: bool, imported_uwh: int, exported_uwh: int
    ) -> SignedReading:
        totals = self.falsify((imported_uwh, exported_uwh))
        return await super().sign_reading(trade, final, *totals)

    async def count(self, imported_uwh: int, exported_uwh: int) -> Register:
        return await super().count(*self.falsify((imported_uwh, exported_uwh)))


if __name__ == "__main__":
    daemon.Secured = DishonestSecured  # type: ignore[attr-defined]
    sys.exit(daemon.main())
