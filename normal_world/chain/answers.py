"""Receipts, logs and errors out of a node's JSON; a malformed answer is ChainUnreachable."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from normal_world.chain import hexes, reverts
from normal_world.errors import ChainError, ChainRejected, ChainUnreachable, ContractReverted

Value = TypeVar("Value")


@dataclass(frozen=True)
class Log:
    """An event as the chain keeps it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    transaction: str
    index: int


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction; `block_hash` tells one branch from another."""

    transaction: str
    block: int
    block_hash: str
    succeeded: bool
    gas_used: int
    gas_price: int
    contract: str | None
    logs: tuple[Log, ...]


def read(reader: Callable[[Any], Value], answer: Any, what: str) -> Value:
    """`reader(answer)`; ChainUnreachable if the answer has not the shape that it needs."""
    try:
        return reader(answer)
    except (KeyError, TypeError, AttributeError) as error:
        raise ChainUnreachable(f"{what}: the node's answer has an unknown shape") from error


def receipt(found: Any) -> Receipt:
    """A receipt of eth_getTransactionReceipt."""
    contract = found.get("contractAddress")
    return Receipt(
        transaction=found["transactionHash"].lower(),
        block=hexes.count(found["blockNumber"], "blockNumber"),
        block_hash=found["blockHash"].lower(),
        succeeded=hexes.quantity(found["status"], "status") == 1,
        gas_used=hexes.count(found["gasUsed"], "gasUsed"),
        gas_price=hexes.quantity(found.get("effectiveGasPrice", "0x0"), "effectiveGasPrice"),
        contract=contract.lower() if contract else None,
        logs=tuple(log(item) for item in found["logs"]),
    )


def log(item: Any) -> Log:
    """One entry of eth_getLogs."""
    return Log(
        address=item["address"].lower(),
        topics=tuple(hexes.data(topic, "topic") for topic in item["topics"]),
        data=hexes.data(item["data"], "log data"),
        block=hexes.count(item["blockNumber"], "blockNumber"),
        transaction=item["transactionHash"].lower(),
        index=hexes.count(item["logIndex"], "logIndex"),
    )


def named_error(method: str, params: Sequence[Any], error: Any) -> ChainError:
    """The error object of a JSON-RPC answer as an error of ours."""
    if not isinstance(error, dict):
        error = {"message": str(error)}
    message, code = str(error.get("message", error))[:300], error.get("code", 0)
    data = reverts.revert_data(error)
    if data is None or method == "eth_sendRawTransaction":
        return ChainRejected(f"{method}: {message}", rpc_code=code if isinstance(code, int) else 0)
    call = params[0] if params and isinstance(params[0], dict) else {}
    calldata = hexes.data(call.get("data", call.get("input", "0x")), "calldata")
    if not data and "revert" not in message.lower():
        return ContractReverted(f"{reverts.known().call_name(calldata)} failed: {message}")
    return ContractReverted(reverts.known().line(calldata, data), data=data)
