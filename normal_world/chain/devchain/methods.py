"""The JSON-RPC methods of the development chain: a table from name to function."""

from collections.abc import Callable
from typing import Any

from normal_world.chain.devchain import calls, parameters, render
from normal_world.chain.devchain.engine import ADDRESSES, KEYS, Engine
from normal_world.chain.devchain.pool import PoolError

TIP_WEI = 10**9
MAX_LOGS = 10_000
MAX_HISTORY = 1024

Method = Callable[[Engine, list[Any]], Any]


def at(params: list[Any], index: int, default: Any = None) -> Any:
    """The parameter at `index`, or the default if the caller left it out."""
    return params[index] if len(params) > index else default


def _balance(engine: Engine, params: list[Any]) -> str:
    state = engine.state(parameters.header(engine, at(params, 1)))
    return hex(state.get_balance(parameters.data(at(params, 0), "address", 20)))


def _code(engine: Engine, params: list[Any]) -> str:
    state = engine.state(parameters.header(engine, at(params, 1)))
    return render.data(state.get_code(parameters.data(at(params, 0), "address", 20)))


def _storage(engine: Engine, params: list[Any]) -> str:
    state = engine.state(parameters.header(engine, at(params, 2)))
    address = parameters.data(at(params, 0), "address", 20)
    slot = int.from_bytes(parameters.data(at(params, 1), "slot"), "big")
    return render.data(state.get_storage(address, slot).to_bytes(32, "big"))


def _count(engine: Engine, params: list[Any]) -> str:
    address = parameters.data(at(params, 0), "address", 20)
    nonce = engine.state(parameters.header(engine, at(params, 1))).get_nonce(address)
    return hex(engine.pool.next_nonce(address, nonce) if at(params, 1) == "pending" else nonce)


def _block_by_number(engine: Engine, params: list[Any]) -> Any:
    header = engine.header(parameters.number(engine, at(params, 0)))
    return header and render.block(engine, header, bool(at(params, 1)))


def _block_by_hash(engine: Engine, params: list[Any]) -> Any:
    header = engine.header_by_hash(parameters.data(at(params, 0), "block hash", 32))
    return header and render.block(engine, header, bool(at(params, 1)))


def _transaction(engine: Engine, params: list[Any]) -> Any:
    transaction = parameters.data(at(params, 0), "transaction hash", 32)
    if waiting := engine.pool.get(transaction):
        return render.waiting(waiting.transaction)
    if not (place := engine.place(transaction)):
        return None
    found = engine.chain.get_canonical_transaction_by_index(*place)
    return render.mined(engine.header(place[0]), found, place[1])


def _receipt(engine: Engine, params: list[Any]) -> Any:
    place = engine.place(parameters.data(at(params, 0), "transaction hash", 32))
    return place and render.receipt(engine, engine.header(place[0]), place[1])


def _logs(engine: Engine, params: list[Any]) -> list[Any]:
    rows = engine.store.logs(*parameters.log_filter(engine, at(params, 0)), MAX_LOGS)
    if len(rows) > MAX_LOGS:
        raise parameters.BadParameters(f"query returned more than {MAX_LOGS} results")
    return [render.log(engine, row) for row in rows]


def _call(engine: Engine, params: list[Any]) -> str:
    header = parameters.header(engine, at(params, 1))
    return render.data(calls.call(engine, header, parameters.call(at(params, 0))))


def _estimate(engine: Engine, params: list[Any]) -> str:
    return hex(calls.estimate(engine, parameters.call(at(params, 0))))


def _send_raw(engine: Engine, params: list[Any]) -> str:
    return render.data(engine.submit(parameters.data(at(params, 0), "transaction")))


def _send(engine: Engine, params: list[Any]) -> str:
    wish = parameters.call(at(params, 0))
    if wish["from"] not in ADDRESSES:
        raise PoolError(f"unknown account {render.data(wish['from'])}")
    head = engine.head()
    nonce = wish["nonce"]
    if nonce is None:
        used = engine.state(head).get_nonce(wish["from"])
        nonce = engine.pool.next_nonce(wish["from"], used)
    tip = min(wish["max_priority_fee"] or TIP_WEI, wish["max_fee"] or wish["gas_price"] or TIP_WEI)
    unsigned = engine.builder.new_unsigned_dynamic_fee_transaction(
        chain_id=engine.chain.chain_id,
        nonce=nonce,
        max_priority_fee_per_gas=tip,
        max_fee_per_gas=wish["max_fee"] or wish["gas_price"] or _suggested(engine),
        gas=wish["gas"] or calls.estimate(engine, wish),
        to=wish["to"],
        value=wish["value"],
        data=wish["data"],
        access_list=(),
    )
    key = KEYS[ADDRESSES.index(wish["from"])]
    return render.data(engine.submit(unsigned.as_signed_transaction(key).encode()))


def _suggested(engine: Engine) -> int:
    return int(engine.head().base_fee_per_gas) * 2 + TIP_WEI


def _fee_history(engine: Engine, params: list[Any]) -> dict[str, Any]:
    wanted = at(params, 0)
    count = parameters.quantity(wanted, "count") if isinstance(wanted, str) else wanted
    if not isinstance(count, int) or not 1 <= count <= MAX_HISTORY:
        raise parameters.BadParameters(f"count: expected 1 to {MAX_HISTORY}")
    last = parameters.header(engine, at(params, 1)).block_number
    first = max(0, last - count + 1)
    headers: list[Any] = [engine.header(number) for number in range(first, last + 1)]
    following = engine.chain.create_header_from_parent(headers[-1]).base_fee_per_gas
    answer: dict[str, Any] = {
        "oldestBlock": hex(first),
        "baseFeePerGas": [hex(h.base_fee_per_gas) for h in headers] + [hex(following)],
        "gasUsedRatio": [h.gas_used / h.gas_limit for h in headers],
    }
    if percentiles := at(params, 2):
        answer["reward"] = [[hex(TIP_WEI)] * len(percentiles) for _ in headers]
    return answer


def _mine(engine: Engine, params: list[Any]) -> str:
    stamp = at(params, 0)
    if isinstance(stamp, str):
        stamp = parameters.quantity(stamp, "timestamp")
    if stamp is not None and not isinstance(stamp, int):
        raise parameters.BadParameters("timestamp: expected seconds")
    engine.seal(stamp)
    return "0x0"


def _revert(engine: Engine, params: list[Any]) -> bool:
    engine.revert_to(parameters.quantity(at(params, 0), "snapshot"))
    return True


METHODS: dict[str, Method] = {
    "web3_clientVersion": lambda engine, _: "evlock-devchain/py-evm",
    "net_version": lambda engine, _: str(engine.chain.chain_id),
    "net_listening": lambda engine, _: True,
    "eth_chainId": lambda engine, _: hex(engine.chain.chain_id),
    "eth_syncing": lambda engine, _: False,
    "eth_blockNumber": lambda engine, _: hex(engine.head().block_number),
    "eth_accounts": lambda engine, _: [render.data(address) for address in ADDRESSES],
    "eth_gasPrice": lambda engine, _: hex(engine.head().base_fee_per_gas + TIP_WEI),
    "eth_maxPriorityFeePerGas": lambda engine, _: hex(TIP_WEI),
    "eth_feeHistory": _fee_history,
    "eth_getBalance": _balance,
    "eth_getCode": _code,
    "eth_getStorageAt": _storage,
    "eth_getTransactionCount": _count,
    "eth_getBlockByNumber": _block_by_number,
    "eth_getBlockByHash": _block_by_hash,
    "eth_getTransactionByHash": _transaction,
    "eth_getTransactionReceipt": _receipt,
    "eth_getLogs": _logs,
    "eth_call": _call,
    "eth_estimateGas": _estimate,
    "eth_sendRawTransaction": _send_raw,
    "eth_sendTransaction": _send,
    "evm_mine": _mine,
    "evm_snapshot": lambda engine, _: hex(engine.head().block_number),
    "evm_revert": _revert,
}
