"""The policy of a trader in words of the contracts: exactly the calls that a role needs."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook
    from secure_world.protocol import PolicyRule

# Contract and function of every call that noded makes for a role; True: it may carry money.
CALLS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    "seller": (
        ("market", "offer", False),
        ("market", "cancel", False),
        ("market", "reprice", False),
    ),
    "buyer": (
        ("token", "buyTokens", True),
        ("token", "approve", False),
        ("market", "buy", False),
    ),
}
BOTH = (("market", "settle", False), ("market", "report", False), ("market", "close", False))
ARTEFACTS = {"market": "EnergyMarket", "token": "EnergyToken"}


def rules_for(roles: Iterable[str], book: "AddressBook", max_value_wei: int) -> "list[PolicyRule]":
    """The rules of these roles for the contracts of an address book."""
    from normal_world.chain import abi
    from secure_world.protocol import PolicyRule

    calls = [call for role in roles for call in _calls(role)]
    return [
        PolicyRule(
            chain_id=book.chain_id,
            to=bytes.fromhex(getattr(book, contract)[2:]),
            selector=abi.selector(abi.entry(ARTEFACTS[contract], "function", function)),
            max_value=max_value_wei if payable else 0,
        )
        for contract, function, payable in dict.fromkeys([*calls, *BOTH])
    ]


def _calls(role: str) -> tuple[tuple[str, str, bool], ...]:
    if role not in CALLS:
        raise UsageInvalid(f"role {role!r}: seller or buyer expected")
    return CALLS[role]
