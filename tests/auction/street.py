"""Households of a test: real contracts on a chain without a clock, the worker, a played meter."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from normal_world.auction.rows import AuctionRows
from normal_world.auction.settings import AuctionConfig
from normal_world.auction.side import AuctionSide
from normal_world.auction.windows import Windows
from normal_world.auction.worker import Worker
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import auction, registry, token
from normal_world.chain.client import Chain
from normal_world.chain.deployment import Deployment
from normal_world.chain.deployment_plan import Numbers
from normal_world.chain.operator import Operator, node_operator
from normal_world.chain.outbox import Outbox
from secure_world.errors import ErrorCode
from secure_world.keys import sign_compact
from secure_world.protocol import Info, SecureWorldRefused, SignedClaim
from secure_world.structures import EnergyClaim, claim_purpose
from tests.chain.tools import Account, mine

CENT = 10**16
SLOT, WINDOW = 16, 5
FEE, DEPOSIT, PURSE, FUNDS = 10**12, 10**14, 10**16, 10**17
NUMBERS = Numbers(
    slot_blocks=SLOT,
    commit_blocks=WINDOW,
    reveal_blocks=WINDOW,
    deposit=DEPOSIT,
    order_fee=FEE,
    grid_buy_price=30 * CENT,
    feed_in_price=8 * CENT,
)
WINDOWS = Windows(SLOT, WINDOW, WINDOW)
CONTRACTS = ("token", "registry", "market", "gate", "auction")


class Miner(Operator):
    """Its transactions are in a block at once."""

    def submit(self, *given: Any, **named: Any) -> str:
        sent = super().submit(*given, **named)
        mine(self.chain)
        return sent


def deploy(chain: Chain) -> tuple[Miner, AddressBook]:
    """Contracts, and a utility with money."""
    operator = Miner(chain, node_operator(chain).account)
    book = Deployment(operator, NUMBERS, CONTRACTS).run()
    operator.send(book.token, token.buy_tokens(), FUNDS)
    operator.send(book.token, token.approve(book.auction, FUNDS))
    operator.send(book.auction, auction.fund(FUNDS))
    return operator, book


@dataclass
class Meter:
    """Signs claims as the secure world does: all that is not claimed, the same again."""

    key: Any
    chain_id: int
    registry: bytes
    registers: list[int] = field(default_factory=lambda: [0, 0])  # import, export
    claimed: list[int] = field(default_factory=lambda: [0, 0])
    given: dict[tuple[int, int], tuple[int, tuple[int, int]]] = field(default_factory=dict)
    refusal: str = ""
    signed: int = 0

    def info(self) -> Info:
        found = type("Info", (), {})()
        found.import_uwh, found.export_uwh = self.registers
        return cast(Info, found)

    def sign_claim(
        self,
        chain_id: int,
        direction: int,
        consumer: bytes,
        reference: int,
        price: int,
        least_from_uwh: int = 0,
    ) -> SignedClaim:
        if self.refusal:
            raise SecureWorldRefused(ErrorCode[self.refusal], "refused")
        begin = max(self.claimed[direction], least_from_uwh)
        if (direction, reference) not in self.given and begin >= self.registers[direction]:
            raise SecureWorldRefused(ErrorCode.CLAIM_EMPTY, "nothing")
        fresh = (price, (begin, self.registers[direction]))
        known, interval = self.given.setdefault((direction, reference), fresh)
        assert (chain_id, known) == (self.chain_id, price), "another price for a known slot"
        self.claimed[direction], self.signed = interval[1], self.signed + 1
        purpose = claim_purpose(consumer, reference, price)
        address = self.key.public_key.to_canonical_address()
        claim = EnergyClaim(address, direction, *interval, purpose)
        digest = claim.digest(chain_id, self.registry)
        from coincurve import PrivateKey as Signer

        return SignedClaim(*interval, sign_compact(Signer(self.key.to_bytes()), digest))


@dataclass
class Heads:
    head: int = 0
    final: int = 0


Wrap = Callable[[str, Any], Any]


@dataclass
class House:
    """One node's auction; `start` after `stop` is its restart."""

    chain: Chain
    book: AddressBook
    folder: Path
    account: Account
    meter: Meter
    config: AuctionConfig
    heads: Heads = field(default_factory=Heads)
    events: list[tuple[int, str]] = field(default_factory=list)
    wrap: Wrap = lambda _name, part: part

    @property
    def id(self) -> str:
        return str(self.meter.key.public_key.to_address())

    def start(self) -> None:
        path = self.folder / "outbox.sqlite"
        self.outbox = Outbox(path, self.chain, self.account.address, self.account.sign)
        self.rows = AuctionRows(self.folder / "auction.sqlite")
        addresses = (self.book.auction, self.book.token)
        self.side = AuctionSide(
            self.chain,
            self.wrap("outbox", self.outbox),
            self.heads,
            addresses,
            (self.account.address, self.id),
        )
        self.worker = Worker(
            self.config,
            self.wrap("rows", self.rows),
            self.side,
            self.wrap("world", self.meter),
            self.book.deployed_block,
            lambda _kind, slot, state, reason: self.events.append((slot, state)),
        )

    def stop(self) -> None:
        self.side.close()
        self.rows.close()
        self.outbox.close()

    def turn(self) -> None:
        """What noded does four times a second."""
        self.outbox.step()
        self.heads.head, self.heads.final = self.chain.head(), self.chain.final_block()
        asyncio.run(self.worker.step())

    def state(self, slot: int) -> str:
        row = self.rows.own(slot)
        return row["state"] if row else ""


def house(operator: Miner, book: AddressBook, folder: Path, name: str, **settings: Any) -> House:
    """Enrolled, with coins, not started; its purse is kept filled."""
    key = PrivateKey(keccak(text=f"meter {folder} {name}"))
    account = Account(PrivateKey(keccak(text=f"account {folder} {name}")))
    account.fund(operator.chain)
    place = folder / name
    place.mkdir()
    meter = Meter(key, book.chain_id, bytes.fromhex(book.registry[2:]))
    settings = {"sell_price": 10 * CENT, "buy_price": 20 * CENT, "purse": PURSE, **settings}
    config = AuctionConfig(enabled=True, **settings)
    made = House(operator.chain, book, place, account, meter, config)
    data = registry.enroll(
        meter=made.id, account=account.address, feeder=1, rated_power_w=10_000, credit=0
    )
    operator.send(book.registry, data)
    return made


def pass_to(houses: list[House], block: int) -> None:
    """Turns and blocks, until this one is the next to be mined."""
    chain = houses[0].chain
    while chain.head() + 1 < block:
        for one in houses:
            one.turn()
        mine(chain)
    for one in houses:
        one.turn()


def next_slot(chain: Chain) -> int:
    """The first slot that has not begun."""
    return WINDOWS.slot_of(chain.head() + 1) + 1
