"""A fee payer over a development chain that takes 0x31 by word of mouth.

The development chain is an EVM without Kaia's transaction types. So views, estimates, nonces and
logs are its own; what would be handed in as 0x31 is kept, and made a receipt when a test says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from normal_world.chain import abi, delegation
from normal_world.chain.address_book import AddressBook
from normal_world.chain.answers import Receipt
from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.operator import Operator, deploy, enroll, node_operator
from normal_world.errors import ChainRejected
from normal_world.fee_payer.books import Books
from normal_world.fee_payer.limits import Limits, functions
from normal_world.fee_payer.members import Members
from normal_world.fee_payer.payer import FeePayer

PAYER, SENDER = PrivateKey(b"\x22" * 32), PrivateKey(b"\x11" * 32)
ACCOUNT, METER = SENDER.public_key.to_address(), "0x" + "aa" * 20
PRICE_PER_KWH = 10**18


class KaiaChain(Chain):
    """`sent`: raw transactions handed in; `receipts`: what became of them; `down`: refuse them."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self.sent: dict[str, bytes] = {}
        self.receipts: dict[str, Receipt] = {}
        self.down = False

    def send_raw(self, signed: bytes) -> str:
        if signed[:1] != b"\x31":
            return super().send_raw(signed)
        if self.down:
            raise ChainRejected("txpool is full")
        delegation.read_paid(signed, self.chain_id)  # both signatures, as a node checks
        name = "0x" + keccak(signed).hex()
        self.sent[name] = signed
        return name

    def knows(self, transaction: str) -> bool:
        return transaction in self.sent or super().knows(transaction)

    def receipt(self, transaction: str) -> Receipt | None:
        return self.receipts.get(transaction) or super().receipt(transaction)

    def mine(self, transaction: str, *, succeeded: bool = True) -> None:
        """Puts a delegated call into the newest block."""
        head = self.head()
        self.receipts[transaction] = Receipt(
            transaction, head, self.block_hash(head), succeeded, 50_000, 1, None, ()
        )


@dataclass
class World:
    """Contracts, a fee payer, and one account with an enrolled meter and no coins."""

    chain: KaiaChain
    book: AddressBook
    operator: Operator
    books: Books
    limits: Limits = field(default_factory=Limits)

    @property
    def payer(self) -> FeePayer:
        members = Members(self.chain, self.book)
        allowed = functions(self.book)
        return FeePayer(self.chain, PAYER, members, self.books, allowed, self.limits)

    def offer(self, number: int = 1) -> bytes:
        return abi.encode("EnergyMarket", "offer", [METER, number, 1000, PRICE_PER_KWH, 0])

    def call(self, data: bytes | None = None, **changes: Any) -> delegation.Delegated:
        fields: dict[str, Any] = {
            "chain_id": self.chain.chain_id,
            "nonce": 0,
            "price": self.chain.gas_price(),
            "gas": 200_000,
            "to": bytes.fromhex(self.book.market[2:]),
            "value": 0,
            "sender": bytes.fromhex(ACCOUNT[2:]),
            "data": self.offer() if data is None else data,
        }
        return delegation.Delegated(**(fields | changes))

    def signed(self, call: delegation.Delegated, key: PrivateKey = SENDER) -> bytes:
        signature = delegation.signed(call.unsigned(), call.chain_id, key)
        return b"\x31" + bytes(rlp.encode([*call.fields(), [signature]]))


@pytest.fixture(scope="session")
def devchain() -> Iterator[DevChain]:
    server = DevChain("127.0.0.1", 0, None, 0)
    yield server
    server.close()


@pytest.fixture(scope="session")
def market(devchain: DevChain) -> AddressBook:
    chain = Chain(devchain.url)
    mined = _mining(chain)
    operator = node_operator(mined)
    book = deploy(operator)
    enroll(operator, book, METER, ACCOUNT, feeder=1, rated_power_w=2300, credit=10)
    return book


@pytest.fixture
def world(devchain: DevChain, market: AddressBook, tmp_path: Path) -> Iterator[World]:
    chain = KaiaChain(devchain.url, chain_id=market.chain_id)
    books = Books(tmp_path / "fee-payer.sqlite")
    yield World(chain, market, node_operator(_mining(Chain(devchain.url))), books)
    books.close()


def _mining(chain: Chain) -> Chain:
    """A chain whose every question for a receipt is preceded by a block."""
    ask = chain.receipt

    def receipt(transaction: str) -> Receipt | None:
        chain.rpc("evm_mine")
        return ask(transaction)

    chain.receipt = receipt  # type: ignore[method-assign]
    return chain
