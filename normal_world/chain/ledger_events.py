"""Alerts of the grid's ledger, for people: storage, purchases, transfers, faults, bills."""

from collections.abc import Callable
from typing import Any

from normal_world.chain.answers import Log
from normal_world.chain.bindings import ledger
from normal_world.chain.client import Chain

# In the words of a person; amounts stay integers.
_EVENTS: tuple[tuple[type[Any], str], ...] = (
    (ledger.StorageAdded, "{added_uwh} µWh added, {available_uwh} available, rate {rate}"),
    (ledger.Purchased, "{quantity_uwh} µWh purchased for {cost}, {available_uwh} left"),
    (ledger.Transferred, "{amount_uwh} µWh through {device}"),
    (ledger.Acknowledged, "{amount_uwh} µWh arrived"),
    (ledger.Billed, "bill 0x{digest} over {acknowledged_uwh} µWh"),
    (ledger.BillFiled, "bill 0x{digest} of trade 0x{trade}"),
    (ledger.Fault, "fault {code}, reported by {reporter}"),
)


def read_events(
    chain: Chain,
    address: str,
    first_block: int,
    *,
    grid: str | None = None,
    customer: str | None = None,
) -> list[dict[str, Any]]:
    """Events of the ledger from a block on, oldest first, of a grid or a customer if one is named.

    New storage is an alert to every customer; a bill of a trade is its purchaser's.
    """
    kinds = {kind.topic(): (kind, words) for kind, words in _EVENTS}
    rows = []
    for log in chain.logs(first_block, chain.head(), address=address, topics=[list(kinds)]):
        kind, words = kinds[log.topics[0]]
        row = _row(log, kind.decode, words)
        values = row["values"]
        who = values.get("customer", values.get("purchaser", customer))
        if grid in (None, values.get("grid")) and customer in (None, who):
            rows.append(row)
    return rows


def _row(log: Log, decode: Callable[[Log], Any], words: str) -> dict[str, Any]:
    made = decode(log)
    values = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in made._asdict().items()
    }
    return {
        "block": log.block,
        "event": type(made).__name__,
        "what": words.format(**values),
        "transaction": log.transaction,
        "values": values,
    }
