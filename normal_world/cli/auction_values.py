"""Values of `evlock auction`, checked; prices exact, as tokens a kWh."""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from normal_world.cli.errors import UsageInvalid

PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
PRICE_MAX = 18  # tokens a kWh: below 2^64 base units
TOKEN = 10**18
YEARS = range(1900, 2200)
Choice = TypeVar("Choice", bound=StrEnum)


def price(option: str, text: str) -> int:
    """Base units a kWh, of `0.30`; raises UsageInvalid."""
    if PRICE.fullmatch(text) is None or Decimal(text) > PRICE_MAX:
        raise UsageInvalid(
            f"{option} {text!r}: tokens a kWh, 0 to {PRICE_MAX}, expected, like 0.30"
        )
    return int(Decimal(text) * TOKEN)


def day(option: str, text: str) -> date:
    """A date; raises UsageInvalid."""
    try:
        found = date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise UsageInvalid(
            f"{option} {text!r}: YYYY-MM-DD of {YEARS[0]} to {YEARS[-1]} expected, like 2026-06-15"
        )
    return found


def choice(option: str, text: str, among: type[Choice]) -> Choice:
    """One of a few words; raises UsageInvalid."""
    try:
        return among(text)
    except ValueError:
        names = ", ".join(among)
        raise UsageInvalid(f"{option} {text!r}: one of {names} expected") from None
