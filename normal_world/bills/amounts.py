"""Energy and money as a household reads them; the exact integers are in the JSON."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

KWH, WH, MWH = 10**9, 10**6, 10**3  # µWh
TOKEN = 10**18  # base units
DIGITS = 4  # that the smallest amount of a column keeps


class Unit:
    """One unit and one number of decimals for a whole column."""

    def __init__(self, name: str, size: int, values: Sequence[int], least: int) -> None:
        self.name, self.size = name, size
        smallest = min((abs(value) for value in values if value), default=size)
        # Digits before the point count against those behind it; below one, zeros are added.
        above = Decimal(smallest).adjusted() - Decimal(size).adjusted()
        self.places = min(Decimal(size).adjusted(), max(least, DIGITS - 1 - above))

    def told(self, value: int, *, unit: bool = True) -> str:
        """`1,234.500 kWh`"""
        step = Decimal(1).scaleb(-self.places)
        rounded = (Decimal(value) / self.size).quantize(step, ROUND_HALF_EVEN)
        return f"{rounded:,f}" + (f" {self.name}" if unit else "")


def energy_unit(values: Sequence[int]) -> Unit:
    """KWh, or Wh and mWh for the small amounts of a demonstration."""
    most = max(values, default=0)
    name, size = ("kWh", KWH) if most >= KWH // 10 else ("Wh", WH) if most >= WH else ("mWh", MWH)
    return Unit(name, size, values, 3 if size > MWH else 0)


def money_unit(values: Sequence[int]) -> Unit:
    """Tokens."""
    return Unit("token", TOKEN, values, 2)
