"""Calls, results, events and errors of our contracts, by their committed ABIs."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eth_abi.abi import decode as decode_values
from eth_abi.abi import encode as encode_values
from eth_abi.exceptions import DecodingError
from eth_utils.abi import (
    abi_to_signature,
    function_signature_to_4byte_selector,
    get_abi_input_types,
    get_abi_output_types,
)
from eth_utils.crypto import keccak

import contracts
from normal_world.errors import ChainUnreachable

NAMES = contracts.names()
Entry = dict[str, Any]


@cache
def load(name: str) -> list[Entry]:
    """The ABI of one contract."""
    abi: list[Entry] = contracts.load(name)["abi"]
    return abi


@cache
def entry(contract: str, kind: str, name: str) -> Entry:
    """The ABI entry of a function or event; LookupError names what is missing."""
    for item in load(contract):
        if item["type"] == kind and item.get("name") == name:
            return item
    raise LookupError(f"{contract} has no {kind} {name}")


def selector(item: Mapping[str, Any]) -> bytes:
    """The four bytes that stand for a function or an error."""
    return bytes(function_signature_to_4byte_selector(abi_to_signature(item)))  # type: ignore[arg-type]


def encode(contract: str, function: str, arguments: Sequence[Any]) -> bytes:
    """Calldata: addresses as 0x strings, structs as tuples in the ABI's order."""
    item = entry(contract, "function", function)
    return selector(item) + encode_values(get_abi_input_types(item), arguments)  # type: ignore[arg-type]


def decode(contract: str, function: str, answer: bytes) -> tuple[Any, ...]:
    """A view's results, in the ABI's order."""
    types = get_abi_output_types(entry(contract, "function", function))  # type: ignore[arg-type]
    return tuple(decode_values(types, answer))


def topic(contract: str, event: str) -> bytes:
    """The first topic of an event."""
    return bytes(keccak(text=abi_to_signature(entry(contract, "event", event))))  # type: ignore[arg-type]


def decode_event(contract: str, event: str, topics: Sequence[bytes], payload: bytes) -> Entry:
    """An event's arguments by name; indexed ones come from the topics (value types only).

    ChainUnreachable for a log of another shape: no node would give it.
    """
    inputs = entry(contract, "event", event)["inputs"]
    indexed = [item for item in inputs if item["indexed"]]
    plain = [item for item in inputs if not item["indexed"]]
    try:
        values = [
            decode_values([item["type"]], word)[0]
            for item, word in zip(indexed, topics[1:], strict=True)
        ]
        values += decode_values([item["type"] for item in plain], payload)
    except (DecodingError, ValueError, OverflowError) as error:
        told = f"{contract}.{event}: the log has an unknown shape"
        raise ChainUnreachable(told) from error
    return dict(zip([item["name"] for item in indexed + plain], values, strict=True))
