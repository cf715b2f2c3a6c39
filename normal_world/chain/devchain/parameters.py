"""Reading JSON-RPC parameters: strict, each with a message that names what was expected."""

import re
from typing import Any

from normal_world.chain.devchain.engine import Engine

QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
DATA = re.compile(r"0x([0-9a-fA-F]{2})*")
TAGS = ("latest", "pending", "safe", "finalized")


class BadParameters(ValueError):
    """A parameter is missing or is not what the method expects."""


def quantity(value: Any, name: str) -> int:
    """QUANTITY: 0x and hexadecimal digits without leading zeros."""
    if not isinstance(value, str) or not QUANTITY.fullmatch(value):
        raise BadParameters(f"{name}: expected a quantity such as 0x1f")
    return int(value, 16)


def data(value: Any, name: str, length: int | None = None) -> bytes:
    """DATA: 0x and two digits a byte; of `length` bytes if that is given."""
    if not isinstance(value, str) or not DATA.fullmatch(value):
        raise BadParameters(f"{name}: expected 0x and two hexadecimal digits a byte")
    raw = bytes.fromhex(value[2:])
    if length is not None and len(raw) != length:
        raise BadParameters(f"{name}: expected {length} bytes, got {len(raw)}")
    return raw


def number(engine: Engine, tag: Any) -> int:
    """Block number of a tag or quantity; every sealed block is final here."""
    if tag in TAGS or tag is None:
        return int(engine.head().block_number)
    return 0 if tag == "earliest" else quantity(tag, "block")


def header(engine: Engine, tag: Any) -> Any:
    """The header meant by a tag, a number or an EIP-1898 object."""
    if isinstance(tag, dict):
        if "blockHash" in tag:
            found = engine.header_by_hash(data(tag["blockHash"], "blockHash", 32))
        else:
            found = engine.header(quantity(tag.get("blockNumber"), "blockNumber"))
    else:
        found = engine.header(number(engine, tag))
    if found is None:
        raise BadParameters("header not found")
    return found


def call(value: Any) -> dict[str, Any]:
    """The call object of eth_call, eth_estimateGas and eth_sendTransaction, as bytes and ints."""
    if not isinstance(value, dict):
        raise BadParameters("call: expected an object")
    given = {key: item for key, item in value.items() if item is not None}
    payload = given.get("input", given.get("data", "0x"))
    return {
        "from": data(given.get("from", "0x" + "00" * 20), "from", 20),
        "to": data(given["to"], "to", 20) if "to" in given else b"",
        "data": data(payload, "data"),
        **{
            name: quantity(given[key], key) if key in given else None
            for name, key in (
                ("gas", "gas"),
                ("nonce", "nonce"),
                ("gas_price", "gasPrice"),
                ("max_fee", "maxFeePerGas"),
                ("max_priority_fee", "maxPriorityFeePerGas"),
            )
        },
        "value": quantity(given.get("value", "0x0"), "value"),
    }


def log_filter(engine: Engine, value: Any) -> tuple[str, list[bytes | int]]:
    """An SQL condition and its arguments for eth_getLogs' filter object."""
    if not isinstance(value, dict):
        raise BadParameters("filter: expected an object")
    if "blockHash" in value:
        first = last = header(engine, {"blockHash": value["blockHash"]}).block_number
    else:
        first = number(engine, value.get("fromBlock", "latest"))
        last = number(engine, value.get("toBlock", "latest"))
    where, arguments = ["block BETWEEN ? AND ?"], [first, min(last, engine.head().block_number)]
    columns = [("address", value.get("address"), 20)]
    topics = value.get("topics") or []
    if not isinstance(topics, list) or len(topics) > 4:
        raise BadParameters("topics: expected at most four")
    columns += [(f"topic{place}", topic, 32) for place, topic in enumerate(topics)]
    for column, wanted, length in columns:
        if wanted is None or wanted == []:
            continue
        options = wanted if isinstance(wanted, list) else [wanted]
        if len(options) > 100:
            raise BadParameters(f"{column}: expected at most 100 alternatives")
        where.append(f"{column} IN ({', '.join('?' * len(options))})")
        arguments += [data(option, column, length) for option in options]
    return " AND ".join(where), arguments
