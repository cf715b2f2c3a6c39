"""What a fee payer pays for: functions, gas, price, and how much an account may cost a day."""

from dataclasses import dataclass

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook

DAY_BLOCKS = 86_400  # at a block a second
NONCES_AHEAD = 16  # as many as a node's outbox has in flight
# Contract, its name in the address book, and the functions that a meter needs of it.
FUNCTIONS = (
    ("EnergyToken", "token", ("approve",)),
    (
        "EnergyMarket",
        "market",
        ("offer", "cancel", "reprice", "buy", "settle", "report", "close", "deposit", "withdraw"),
    ),
    (
        "EnergyAuction",
        "auction",
        ("commit", "place", "clear", "pay", "collect", "deposit", "withdraw"),
    ),
    ("GridOperator", "operator", ("buyEnergy",)),
    ("SmartMeter", "smart_meter", ("reportProduction",)),
    ("GridLedger", "ledger", ("purchase", "acknowledge", "fault", "fileBill")),
)


@dataclass(frozen=True)
class Limits:
    """Per call: `gas`, `price_percent` of what the node asks now. Per account: the rest."""

    gas: int = 2_000_000
    price_percent: int = 200
    reverts_a_day: int = 5
    wei_a_day: int = 10**18


def functions(book: AddressBook) -> dict[tuple[bytes, bytes], str]:
    """What may be called: (contract's address, selector) → a name for people."""
    found: dict[tuple[bytes, bytes], str] = {}
    for contract, place, names in FUNCTIONS:
        address = str(getattr(book, place, ""))
        if not address:
            continue
        for item in abi.load(contract):
            if item["type"] == "function" and item["name"] in names:
                key = bytes.fromhex(address[2:]), abi.selector(item)
                found[key] = f"{contract}.{item['name']}"
    return found
