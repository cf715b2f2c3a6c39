"""Claims of a policy in words, and which contracts its calls show themselves to be of."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from normal_world.cli import units
from normal_world.cli.abi_words import functions
from normal_world.cli.claim_rules import AUCTION, LEDGER, MOST_PRICE, OPERATOR, SMART_METER, TOKEN

if TYPE_CHECKING:
    from secure_world.protocol import ClaimRule, Rules

# By the name in words: the contract, and the function that shows it (None: any of its own).
SHOWN = {
    "token": (TOKEN, None),
    "auction": (AUCTION, "place"),
    "smart meter": (SMART_METER, "reportProduction"),
    "operator": (OPERATOR, "buyEnergy"),
    "ledger": (LEDGER, "purchase"),
}
CONTRACTS = {name: contract for name, (contract, _) in SHOWN.items()}
WAYS = ("energy received", "energy sent")  # by direction


def names_of(rules: "Rules", meter: bytes) -> dict[bytes, str]:
    """Contracts beside the market, as far as the rules themselves tell.

    A name stands for one address, and an address has one name: of those that could be more, none.
    """
    seen = {
        name: {call.to for call in rules.calls if call.selector in selectors}
        - {rules.market, meter}
        for name, selectors in _selectors().items()
    }
    found = [(at, name) for name, ats in seen.items() for at in ats]
    times = Counter(at for at, _ in found)
    return {at: name for at, name in found if times[at] == 1 and len(seen[name]) == 1}


def words(rules: "Rules", names: Mapping[bytes, str]) -> dict[str, Any]:
    """What may be claimed, for people and for JSON; nothing of it where that is nothing."""
    if not rules.claims or rules.registry is None:
        return {}
    return {
        "claims": [
            {
                "contract": names.get(claim.consumer, _hex(claim.consumer)),
                "energy": WAYS[claim.direction],
                "price": _price(claim),
            }
            for claim in rules.claims
        ],
        "registry": _hex(rules.registry),
    }


def lines(told: Mapping[str, Any]) -> list[str]:
    """For a terminal."""
    if "claims" not in told:
        return []
    head = f"may be claimed  (measured energy, once; registry {told['registry']})"
    return [head, *[f"  {fact(claim)}" for claim in told["claims"]]]


def fact(claim: Mapping[str, Any]) -> str:
    """One claim, whole in itself."""
    return f"{claim['contract']}: {claim['energy']}, {claim['price']}"


def _price(claim: "ClaimRule") -> str:
    low, high = (f"{units.tokens(n)} a kWh" for n in (claim.min_price, claim.max_price))
    if claim.max_price == MOST_PRICE:
        return f"at least {low}" if claim.min_price else "at any price"
    return f"{low} to {high}" if claim.min_price else f"at most {high}"


@cache
def _selectors() -> dict[str, frozenset[bytes]]:
    """Of each name."""
    return {
        name: frozenset(
            found for found, known in functions(contract).items() if shown in (None, known)
        )
        for name, (contract, shown) in SHOWN.items()
    }


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
