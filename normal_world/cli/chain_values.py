"""Energy, money, places and names of contracts on the command line of the chain's commands."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook

UINT64_MAX, UINT96_MAX, UINT128_MAX, UINT256_MAX = (2**bits - 1 for bits in (64, 96, 128, 256))
E6_DEGREES = 10**6

EnergyUwh = Annotated[
    int,
    typer.Option("--energy-uwh", min=1, max=UINT64_MAX, help="Energy, µWh; 10^9 are a kWh."),
]
Amount = Annotated[
    int,
    typer.Option("--amount", min=1, max=UINT128_MAX, help="Base units; 10^18 are a token."),
]
Meter = Annotated[str, typer.Option("--meter", help="Meter id, 0x and 40 digits.")]


def degrees_e6(option: str, text: str, most: int) -> int:
    """Millionths of a degree from `48.137154`; UsageInvalid beyond ±most or finer than that."""
    try:
        value = Decimal(text) * E6_DEGREES
    except ArithmeticError:  # no number, or far too large
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > most * E6_DEGREES or value != int(value):
        told = f"-{most} to {most} degrees, at most six decimals expected"
        raise UsageInvalid(f"{option} {text!r}: {told}")
    return int(value)


def contract_or_address(option: str, text: str, book: "AddressBook") -> str:
    """An address, given as such or as a name in the address book (market, auction, …)."""
    from normal_world.chain import hexes

    known = book.contracts()
    if text in known:
        return known[text]
    try:
        return hexes.address(text)
    except ValueError:
        names = ", ".join(known)
        raise UsageInvalid(f"{option} {text!r}: 0x and 40 digits, or {names} expected") from None


def hex_address(text: str, option: str) -> str:
    """The address in lower case; UsageInvalid if it is none."""
    from normal_world.cli.values import address

    return "0x" + address(text, option).hex()
