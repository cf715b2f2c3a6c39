"""Amounts in plain words, exact: made of integers, never computed with."""

from decimal import Decimal, localcontext

DIGITS = 60  # more than 2^128 - 1 has: nothing is rounded


def energy(uwh: int) -> str:
    """`1.5 Wh`"""
    return f"{_scaled(uwh, 6)} Wh"


def money(base_units: int) -> str:
    """`0.0000099 token`"""
    return f"{_scaled(base_units, 18)} token"


def price(base_units: int) -> str:
    """`0.15 token a kWh`"""
    return f"{money(base_units)} a kWh"


def percent(permille: int) -> str:
    """`61.5 %`"""
    return f"{_scaled(permille, 1)} %"


def clock(minute: int) -> str:
    """`18:05`"""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _scaled(number: int, places: int) -> str:
    with localcontext(prec=DIGITS):
        return f"{Decimal(number).scaleb(-places).normalize():f}"
