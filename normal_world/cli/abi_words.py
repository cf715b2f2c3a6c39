"""Where the arguments of our contracts' functions lie: words of 32 bytes after the selector.

A struct's members lie one after the other, as `terms.buyerMeter`; an array or bytes has one word,
the offset of what it holds.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

# What each function does, for who has never read the contracts.
MEANINGS = {
    "offer": "puts energy up for sale",
    "reprice": "changes the price of an offer",
    "cancel": "takes an offer back",
    "buyTokens": "changes coins into tokens",
    "approve": "lets the spender take tokens",
    "deposit": "moves tokens into the meter's purse",
    "withdraw": "takes tokens out of the meter's purse",
    "buy": "buys energy: its price waits in escrow",
    "settle": "ends a trade: pays, refunds the rest",
    "report": "ends a trade: pays, refunds the rest",
    "close": "ends a trade: pays, refunds the rest",
    "commit": "promises an order unseen",
    "place": "brings orders that are signed",
    "clear": "clears a round of orders",
    "pay": "pays a round out",
    "collect": "takes what the utility owes",
    "reportProduction": "gives energy for the operator's reward",
    "buyEnergy": "buys energy of the operator",
    "purchase": "buys energy of a grid's store",
    "acknowledge": "says that energy arrived",
    "fault": "tells of a fault",
}


@cache
def words_of(contract: str, function: str) -> tuple[str, ...]:
    """Name of each word of the head, in order."""
    from normal_world.chain import abi

    return tuple(_flat(abi.entry(contract, "function", function)["inputs"], ""))


def word(contract: str, function: str, name: str) -> int:
    """Number of a word; ValueError when there is none of this name."""
    return words_of(contract, function).index(name)


def selector(contract: str, function: str) -> bytes:
    """The four bytes that stand for the function."""
    from normal_world.chain import abi

    return abi.selector(abi.entry(contract, "function", function))


@cache
def functions(contract: str) -> dict[bytes, str]:
    """Name of each function by its selector."""
    from normal_world.chain import abi

    entries = [entry for entry in abi.load(contract) if entry["type"] == "function"]
    return {abi.selector(entry): entry["name"] for entry in entries}


def _flat(inputs: list[dict[str, Any]], before: str) -> Iterator[str]:
    for item in inputs:
        name = f"{before}{item['name']}"
        if item["type"] == "tuple":
            yield from _flat(item["components"], f"{name}.")
        else:
            yield name
