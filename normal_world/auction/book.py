"""An order book of one slot, and what a clearing makes of it; all of it whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from normal_world.auction import wide
from normal_world.auction.errors import BookInvalid
from normal_world.auction.wide import U64, Index, Wide

MAX_ENERGY_UWH = 2**64 - 1
MAX_PRICE = 2**96 - 1


class Rule(StrEnum):
    """Which price a matched pair trades at."""

    DISCRIMINATORY = "discriminatory"  # the mean of its own two limits: the contract's rule
    UNIFORM = "uniform"  # pay as clear, k = 0.5: the mean of the last pair's limits, for all


@dataclass(frozen=True)
class Side:
    """All sells or all buys in the order of their placement; `price` is the limit of each."""

    energy_uwh: U64
    price: Wide  # base units a kWh

    @classmethod
    def of(cls, energies_uwh: Sequence[int], prices: Sequence[int]) -> "Side":
        """From Python integers; raises BookInvalid."""
        if len(energies_uwh) != len(prices):
            raise BookInvalid(
                f"{len(energies_uwh)} energies, {len(prices)} prices: as many of both"
            )
        _check(energies_uwh, MAX_ENERGY_UWH, "energy", "µWh")
        _check(prices, MAX_PRICE, "price", "base units a kWh")
        return cls(np.array(energies_uwh, dtype=np.uint64), wide.limbs(prices))

    def __post_init__(self) -> None:
        """Arrays made elsewhere: the right kind, and as many of both. Raises BookInvalid."""
        kinds, shape = {self.energy_uwh.dtype, self.price.dtype}, self.price.shape
        if kinds != {np.dtype(np.uint64)} or shape not in [(n, len(self)) for n in (1, 2)]:
            raise BookInvalid(
                f"energies {self.energy_uwh.shape}, prices {shape}: "
                "uint64 of shapes (orders) and (1 or 2, orders) expected"
            )

    def __len__(self) -> int:
        return len(self.energy_uwh)


@dataclass(frozen=True)
class Clearing:
    """The trades in the order of the rule, how much of each order they fill, and what is left.

    `sell` and `buy` are places in the book; `price` in base units a kWh, `payment` in base units.
    """

    rule: Rule
    sell: Index
    buy: Index
    energy_uwh: U64
    price: Wide
    payment: Wide
    sells_filled_uwh: U64
    buys_filled_uwh: U64
    sells_left_uwh: U64  # for the utility
    buys_left_uwh: U64

    def __len__(self) -> int:
        return len(self.sell)

    @property
    def matched_uwh(self) -> int:
        """Energy that changes hands."""
        return wide.total(self.energy_uwh[np.newaxis])

    @property
    def paid(self) -> int:
        """Base units that buyers pay and sellers get."""
        return wide.total(self.payment)


def _check(values: Sequence[int], most: int, name: str, unit: str) -> None:
    for place, value in enumerate(values):
        if not 0 <= value <= most:
            raise BookInvalid(f"order {place}: {name} {value} {unit}: 0 to {most} expected")
