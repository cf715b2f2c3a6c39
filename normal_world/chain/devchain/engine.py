"""The development chain itself: py-evm (Prague rules), a pool, one sealed block after the other.

Not thread-safe: the server holds one lock around it. Everything that a method answers is already
in the store, so a process killed at any instruction comes back to what it has shown.
"""

import time
from collections.abc import Callable
from typing import Any

from eth.chains.base import MiningChain
from eth.constants import GENESIS_PARENT_HASH
from eth.db.atomic import AtomicDB
from eth.db.chain import ChainDB
from eth.db.schema import SchemaV1
from eth.exceptions import HeaderNotFound, PyEVMError, TransactionNotFound
from eth.vm.forks.prague import PragueVM
from eth_keys.datatypes import PrivateKey
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from normal_world.chain.devchain.pool import Pool, PoolError, Waiting
from normal_world.chain.devchain.store import LogRow, Store
from normal_world.chain.finality import EMBEDDED

GAS_LIMIT = 30_000_000
COINBASE = bytes(20)
ACCOUNTS = 10
BALANCE_WEI = 10**24
# The keys 1 to 10, as eth-tester has them: everybody knows them, they hold nothing of worth.
KEYS = [PrivateKey(number.to_bytes(32, "big")) for number in range(1, ACCOUNTS + 1)]
ADDRESSES = [key.public_key.to_canonical_address() for key in KEYS]

_Chain = MiningChain.configure(
    __name__="DevelopmentChain", chain_id=EMBEDDED, vm_configuration=((0, PragueVM),)
)


class Engine:
    """Opens the chain in `store`, or begins one whose genesis bears the current time."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self.store = store
        self.now = now
        self.pool = Pool()
        database = AtomicDB(store.kv)
        if SchemaV1.make_canonical_head_hash_lookup_key() in store.kv:
            self.chain = _Chain(database)
        else:
            self.chain = _Chain.from_genesis(database, self._genesis(), _allocation())
            store.commit()
        self.builder = PragueVM.get_transaction_builder()
        for raw in store.pool():
            self.pool.add(self.builder.decode(raw), raw)

    def _genesis(self) -> dict[str, Any]:
        return {
            "coinbase": COINBASE,
            "difficulty": 0,
            "gas_limit": GAS_LIMIT,
            "timestamp": int(self.now()),
            "nonce": bytes(8),
        }

    def head(self) -> Any:
        """The latest sealed header."""
        return self.chain.get_canonical_head()

    def header(self, number: int) -> Any | None:
        """The sealed header of that number, or nothing."""
        if not 0 <= number <= self.head().block_number:
            return None
        return self.chain.get_canonical_block_header_by_number(number)

    def header_by_hash(self, block: bytes) -> Any | None:
        """The header, if it belongs to the chain (and not to a branch that was reverted)."""
        try:
            header = self.chain.get_block_header_by_hash(block)
        except HeaderNotFound:
            return None
        return header if self.header(header.block_number) == header else None

    def state(self, header: Any, free: bool = False) -> Any:
        """World state after that block; `free` for calls, which pay no base fee (as geth)."""
        return self.chain.get_vm(header.copy(base_fee_per_gas=0) if free else header).state

    def place(self, transaction: bytes) -> tuple[int, int] | None:
        """(block, index) of a mined transaction."""
        try:
            number, index = self.chain.get_canonical_transaction_index(transaction)
        except TransactionNotFound:
            return None
        return number, index

    def submit(self, raw: bytes) -> bytes:
        """Takes a signed transaction into the pool, durably, and gives its hash."""
        try:
            transaction = self.builder.decode(raw)
            transaction.validate()
            transaction.check_signature_validity()
            sender = transaction.sender
        except (PyEVMError, ValidationError, RLPException, ValueError, TypeError) as error:
            raise PoolError(f"invalid transaction: {error}") from error
        self._check(transaction, self.state(self.head()), sender)
        replaced = self.pool.check(transaction)
        self.store.add_to_pool(transaction.hash, raw, replaced.hash if replaced else None)
        self.pool.add(transaction, raw)
        return bytes(transaction.hash)

    def _check(self, transaction: Any, state: Any, sender: bytes) -> None:
        if transaction.chain_id != EMBEDDED:
            raise PoolError(f"invalid chain id for signer: have {transaction.chain_id}")
        if transaction.type_id not in (None, 1, 2):
            raise PoolError("transaction type not supported")
        if transaction.nonce < (nonce := state.get_nonce(sender)):
            raise PoolError(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.gas > GAS_LIMIT:
            raise PoolError("exceeds block gas limit")
        if transaction.gas < transaction.intrinsic_gas:
            raise PoolError("intrinsic gas too low")
        cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
        if cost > (have := state.get_balance(sender)):
            raise PoolError(
                f"insufficient funds for gas * price + value: balance {have}, tx cost {cost}"
            )

    def seal(self, timestamp: int | None = None) -> Any:
        """Makes the next block of what waits, stores it, shows it. Never runs backwards in time."""
        parent = self.head()
        stamp = max(parent.timestamp + 1, int(self.now()) if timestamp is None else timestamp)
        header = self.chain.create_header_from_parent(
            parent, gas_limit=parent.gas_limit, timestamp=stamp
        )
        vm = self.chain.get_vm(header)
        header, done, receipts, impossible = self._execute(vm, header)
        try:
            block = vm.set_block_transactions_and_withdrawals(
                vm.get_block(), header, done, receipts
            )
            block = vm.mine_block(block, mix_hash=parent.hash).block
            self.chain.persist_block(block)
            gone = [bytes(transaction.hash) for transaction in done] + impossible
            self.store.commit(_log_rows(block.number, done, receipts), gone)
        except BaseException:
            self.store.discard()
            raise
        self._forget(gone)
        return block.header

    def _execute(self, vm: Any, header: Any) -> tuple[Any, list[Any], list[Any], list[bytes]]:
        done: list[Any] = []
        receipts: list[Any] = []
        impossible: list[bytes] = []
        for waiting in self.pool.offer(vm.state.get_nonce):
            if not _fits(waiting, header):
                continue
            snapshot = vm.state.snapshot()
            try:
                receipt, _ = vm.apply_transaction(header, waiting.transaction)
            except ValidationError:  # the sender's balance went elsewhere meanwhile
                vm.state.revert(snapshot)
                impossible.append(waiting.hash)
                continue
            header = vm.add_receipt_to_header(header, receipt)
            done.append(waiting.transaction)
            receipts.append(receipt)
        return header, done, receipts, impossible

    def _forget(self, gone: list[bytes]) -> None:
        for transaction in gone:
            self.pool.remove(transaction)
        stale = list(self.pool.stale(self.state(self.head()).get_nonce))
        if stale:
            self.store.commit(gone=stale)
            for transaction in stale:
                self.pool.remove(transaction)

    def revert_to(self, number: int) -> None:
        """Makes an earlier block the head again and empties the pool (evm_revert)."""
        header = self.header(number)
        if header is None:
            raise PoolError(f"no block {number} to revert to")
        database = self.chain.chaindb.db
        for above in range(number + 1, self.head().block_number + 1):
            for transaction in self.chain.chaindb.get_block_transaction_hashes(self.header(above)):
                del database[SchemaV1.make_transaction_hash_to_block_lookup_key(transaction)]
        ChainDB._set_as_canonical_chain_head(database, header, GENESIS_PARENT_HASH)
        self.store.rewind(number)
        self.pool.clear()


def _fits(waiting: Waiting, header: Any) -> bool:
    transaction = waiting.transaction
    return bool(
        transaction.max_fee_per_gas >= header.base_fee_per_gas
        and header.gas_used + transaction.gas <= header.gas_limit
    )


def _allocation() -> dict[bytes, dict[str, Any]]:
    account = {"balance": BALANCE_WEI, "nonce": 0, "code": b"", "storage": {}}
    return dict.fromkeys(ADDRESSES, account)


def _log_rows(number: int, transactions: list[Any], receipts: list[Any]) -> list[LogRow]:
    rows: list[LogRow] = []
    for index, (transaction, receipt) in enumerate(zip(transactions, receipts, strict=True)):
        for log in receipt.logs:
            topics = [topic.to_bytes(32, "big") for topic in log.topics] + [None] * 4
            rows.append(
                (
                    *(number, len(rows), index, bytes(transaction.hash), bytes(log.address)),
                    *(topics[0], topics[1], topics[2], topics[3], bytes(log.data)),
                )
            )
    return rows
