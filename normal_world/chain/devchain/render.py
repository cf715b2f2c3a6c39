"""Blocks, transactions, receipts and logs as the Ethereum JSON-RPC specification spells them."""

from typing import Any

from eth.rlp.headers import BlockHeader

from normal_world.chain.devchain.engine import Engine
from normal_world.chain.devchain.store import LogRow


def data(value: bytes) -> str:
    """Bytes as DATA."""
    return "0x" + bytes(value).hex()


def block(engine: Engine, header: Any, full: bool) -> dict[str, Any]:
    """A block with its transactions' hashes, or with the transactions themselves."""
    database = engine.chain.chaindb
    if full:
        found = database.get_block_transactions(header, engine.builder)
        items: list[Any] = [mined(header, item, index) for index, item in enumerate(found)]
    else:
        items = [data(item) for item in database.get_block_transaction_hashes(header)]
    return {**_header(header), "transactions": items, "uncles": [], "withdrawals": []}


def _header(header: BlockHeader) -> dict[str, Any]:
    return {
        "number": hex(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "timestamp": hex(header.timestamp),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "stateRoot": data(header.state_root),
        "transactionsRoot": data(header.transaction_root),
        "receiptsRoot": data(header.receipt_root),
        "logsBloom": data(header.bloom.to_bytes(256, "big")),
        "miner": data(header.coinbase),
        "mixHash": data(header.mix_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.uncles_hash),
        "extraData": data(header.extra_data),
        "difficulty": hex(header.difficulty),
        "totalDifficulty": "0x0",
        "size": "0x0",
    }


def waiting(transaction: Any) -> dict[str, Any]:
    """A transaction that is in no block yet."""
    nowhere = {"blockHash": None, "blockNumber": None, "transactionIndex": None}
    return {**_transaction(transaction), **nowhere}


def mined(header: Any, transaction: Any, index: int) -> dict[str, Any]:
    """A transaction in its block."""
    return {
        **_transaction(transaction),
        "gasPrice": hex(_price(header, transaction)),
        "blockHash": data(header.hash),
        "blockNumber": hex(header.block_number),
        "transactionIndex": hex(index),
    }


def _transaction(item: Any) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "hash": data(item.hash),
        "type": hex(item.type_id or 0),
        "from": data(item.sender),
        "to": data(item.to) if item.to else None,
        "nonce": hex(item.nonce),
        "gas": hex(item.gas),
        "gasPrice": hex(item.max_fee_per_gas),
        "value": hex(item.value),
        "input": data(item.data),
        "chainId": hex(item.chain_id or 0),
        "r": hex(item.r),
        "s": hex(item.s),
    }
    if item.type_id is None:
        return {**shape, "v": hex(item.v)}
    shape |= {"v": hex(item.y_parity), "yParity": hex(item.y_parity), "accessList": []}
    if item.type_id == 2:
        shape["maxFeePerGas"] = hex(item.max_fee_per_gas)
        shape["maxPriorityFeePerGas"] = hex(item.max_priority_fee_per_gas)
    return shape


def _price(header: Any, item: Any) -> int:
    """Wei per gas that was paid (EIP-1559)."""
    paid: int = min(item.max_fee_per_gas, header.base_fee_per_gas + item.max_priority_fee_per_gas)
    return paid


def receipt(engine: Engine, header: Any, index: int) -> dict[str, Any]:
    """The receipt of the transaction at `index` of a block."""
    number = header.block_number
    transaction = engine.chain.get_canonical_transaction_by_index(number, index)
    every = engine.chain.chaindb.get_receipts(
        header, engine.chain.get_vm_class(header).get_receipt_builder()
    )
    found = every[index]
    before = every[index - 1].gas_used if index else 0
    rows = engine.store.logs("block = ? AND tx_index = ?", [number, index], 1_000_000)
    return {
        "transactionHash": data(transaction.hash),
        "transactionIndex": hex(index),
        "blockHash": data(header.hash),
        "blockNumber": hex(number),
        "from": data(transaction.sender),
        "to": data(transaction.to) if transaction.to else None,
        "type": hex(transaction.type_id or 0),
        "status": hex(int.from_bytes(found.state_root, "big")),
        "gasUsed": hex(found.gas_used - before),
        "cumulativeGasUsed": hex(found.gas_used),
        "effectiveGasPrice": hex(_price(header, transaction)),
        "contractAddress": None if transaction.to else data(_created(transaction)),
        "logs": [log(engine, row) for row in rows],
        "logsBloom": data(found.bloom.to_bytes(256, "big")),
    }


def _created(transaction: Any) -> bytes:
    """Address of the contract that a transaction creates (Yellow Paper, section 7)."""
    from eth._utils.address import generate_contract_address

    return bytes(generate_contract_address(transaction.sender, transaction.nonce))


def log(engine: Engine, row: LogRow) -> dict[str, Any]:
    """A stored log with the hash of its block."""
    number, log_index, tx_index, transaction, address, *topics, payload = row
    header = engine.header(number)
    return {
        "address": data(address),
        "topics": [data(topic) for topic in topics if topic is not None],
        "data": data(payload or b""),
        "blockNumber": hex(number),
        "blockHash": data(header.hash) if header else None,
        "transactionHash": data(transaction),
        "transactionIndex": hex(tx_index),
        "logIndex": hex(log_index),
        "removed": False,
    }
