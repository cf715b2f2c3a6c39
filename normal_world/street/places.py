"""The transactions that brought the street's orders: how many each, and what they cost."""

from typing import Any

from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import auction
from normal_world.chain.client import Chain


def places(chain: Chain, book: AddressBook, last_slot: int) -> list[dict[str, Any]]:
    """Of slots up to this one, in the order of the chain; gas of an order rounded down."""
    orders: dict[tuple[int, str], int] = {}
    topics = [auction.Placed.topic()]
    head = chain.final_block()
    for log in chain.logs(book.deployed_block, head, address=book.auction, topics=topics):
        key = auction.Placed.decode(log).slot, log.transaction
        orders[key] = orders.get(key, 0) + 1
    found = []
    for (slot, transaction), count in orders.items():
        receipt = chain.receipt(transaction)
        if receipt is not None and slot <= last_slot:
            each = {"orders": count, "gas_used": receipt.gas_used}
            each["gas_an_order"] = receipt.gas_used // count
            found.append({"slot": slot, "transaction": transaction, **each})
    return found
