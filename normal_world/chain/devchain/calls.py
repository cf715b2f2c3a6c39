"""Running a call without a block: eth_call and eth_estimateGas, with the revert's bytes kept."""

from typing import Any

from eth.exceptions import Revert
from eth.vm.spoof import SpoofTransaction
from eth_utils.exceptions import ValidationError

from normal_world.chain.devchain.engine import GAS_LIMIT, Engine

STIPEND = 2300


class CallFailed(Exception):
    """The EVM stopped with an error that is not a revert (out of gas, invalid opcode, …)."""


class CallReverted(Exception):
    """The contract reverted; `data` are the bytes that it gave as its reason."""

    def __init__(self, data: bytes) -> None:
        super().__init__("execution reverted")
        self.data = data


def run(engine: Engine, header: Any, call: dict[str, Any], gas: int) -> Any:
    """The finished computation of `call` on the state after `header`; nothing of it is kept."""
    state = engine.state(header, free=True)
    sender = call["from"]
    unsigned = engine.builder.new_unsigned_dynamic_fee_transaction(
        chain_id=engine.chain.chain_id,
        nonce=state.get_nonce(sender),
        max_priority_fee_per_gas=0,
        max_fee_per_gas=0,
        gas=gas,
        to=call["to"],
        value=call["value"],
        data=call["data"],
        access_list=(),
    )
    transaction = SpoofTransaction(unsigned, from_=sender)
    if gas < transaction.intrinsic_gas:
        raise CallFailed("intrinsic gas too low")
    try:
        return state.apply_transaction(transaction)
    except ValidationError as error:
        raise CallFailed(f"insufficient funds for transfer: {error}") from error
    finally:
        engine.store.discard()


def call(engine: Engine, header: Any, arguments: dict[str, Any]) -> bytes:
    """What the call returns; CallReverted or CallFailed otherwise."""
    computation = run(engine, header, arguments, min(arguments["gas"] or GAS_LIMIT, GAS_LIMIT))
    _raise_if_failed(computation)
    return bytes(computation.output)


def _raise_if_failed(computation: Any) -> None:
    if computation.is_error:
        if isinstance(computation.error, Revert):
            raise CallReverted(bytes(computation.output))
        raise CallFailed(str(computation.error) or type(computation.error).__name__)


def estimate(engine: Engine, arguments: dict[str, Any]) -> int:
    """Gas with which the call succeeds, at most 1.5 % above the least (as geth searches it)."""
    header = engine.head()
    high: int = min(arguments["gas"] or GAS_LIMIT, GAS_LIMIT)
    computation = run(engine, header, arguments, high)
    _raise_if_failed(computation)
    used = high - computation.get_gas_remaining()
    floor: int = used + computation.data_floor_gas
    # EIP-150 keeps a 64th back at every nested call; try that first, then halve.
    guess = min((floor + STIPEND) * 64 // 63, high)
    low = used - 1
    if not run(engine, header, arguments, floor).is_error:
        return floor
    while high - low > high * 15 // 1000:
        if run(engine, header, arguments, guess).is_error:
            low = guess
        else:
            high = guess
        guess = (low + high) // 2
    return high
