"""Integers of the protocol as a person reads them; nothing here is ever computed with."""

from decimal import Decimal

UWH_PER_MWH = 1_000
BASE_UNITS_PER_TOKEN = 10**18
DASH = "–"


def energy(uwh: int | None) -> str:
    """Microwatt-hours as milliwatt-hours, all digits: `66.000 mWh`."""
    return DASH if uwh is None else f"{uwh / UWH_PER_MWH:,.3f} mWh"


def tokens(base_units: int | None) -> str:
    """Base units as tokens, exact and without an exponent: `0.0000099 token`."""
    if base_units is None:
        return DASH
    return f"{(Decimal(base_units) / BASE_UNITS_PER_TOKEN).normalize():f} token"


def seconds(value: float | None) -> str:
    """`20.31 s`"""
    return DASH if value is None else f"{value:.2f} s"


def number(value: float | None, unit: str, digits: int = 2) -> str:
    """`12.42 V`"""
    # Rounded first, and plus zero: a current of nothing is not told as "-0.00".
    return DASH if value is None else f"{round(value, digits) + 0.0:.{digits}f} {unit}"


def error_percent(measured: int | None, true: int | None) -> float | None:
    """Deviation of the measured from the true energy, percent; None where one is missing."""
    if measured is None or not true:
        return None
    return round(100.0 * (measured - true) / true, 4)
