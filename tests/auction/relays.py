"""A relay of a test on the chain without a clock: its steps are taken by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from normal_world.auction.packing import commitment
from normal_world.auction.relay.books import Books
from normal_world.auction.relay.placement import packed
from normal_world.auction.relay.relay import Limits, Relay
from normal_world.auction.relay.service import RelayService
from normal_world.chain.address_book import AddressBook
from normal_world.chain.answers import Log
from normal_world.chain.bindings import auction, registry, token
from normal_world.chain.bindings.auction import Placement
from normal_world.chain.client import Chain
from normal_world.chain.operator import Operator
from normal_world.chain.outbox import Outbox
from tests.auction.street import CENT, WINDOWS, Meter, Miner, next_slot
from tests.chain.tools import RICH, Account, mine

NEVER_S = 10**6  # steps are taken by hand
FILL = 10**15
MORE = 100_000
Wrap = Callable[[str, Any], Any]


@dataclass
class Desk:
    """A relay with its own key and files."""

    chain: Chain
    book: AddressBook
    folder: Path
    limits: Limits = field(default_factory=Limits)
    wrap: Wrap = lambda _name, part: part

    def __post_init__(self) -> None:
        self.account = Account(PrivateKey(keccak(text=f"relay {self.folder}")))
        self.account.fund(self.chain)

    def start(self) -> "Desk":
        self.books = Books(self.folder / "relay" / "orders.sqlite")
        path = self.folder / "relay" / "outbox.sqlite"
        self.outbox = Outbox(path, self.chain, self.account.address, self.account.sign)
        parts = (self.wrap("books", self.books), self.wrap("outbox", self.outbox))
        self.relay = Relay(self.chain, self.account.address, self.book, parts, self.limits)
        return self

    def serve(self) -> RelayService:
        return RelayService(self.relay, "127.0.0.1", 0, NEVER_S)

    def stop(self) -> None:
        self.books.close()
        self.outbox.close()

    def turn(self, blocks: int = 1) -> None:
        """A step, then a block."""
        for _ in range(blocks):
            self.relay.step()
            mine(self.chain)


@dataclass
class Bidder:
    """A meter that has committed to an order, and the order."""

    meter: Meter
    account: Account
    placement: Placement

    @property
    def id(self) -> str:
        return str(self.meter.key.public_key.to_address())

    @property
    def data(self) -> bytes:
        return packed(self.placement)


def bidders(
    operator: Miner, book: AddressBook, folder: Path, count: int
) -> tuple[list[Bidder], int]:
    """So many, enrolled, with purses, committed; the chain stands at the opening of the window."""
    chain, made = operator.chain, []
    operator.send(book.token, token.buy_tokens(), count * FILL)
    operator.send(book.token, token.approve(book.auction, count * FILL))
    for number in range(count):
        key = PrivateKey(keccak(text=f"meter {folder} {number}"))
        account = Account(PrivateKey(keccak(text=f"bidder {folder} {number}")))
        chain.rpc(
            "eth_sendTransaction", {"from": RICH, "to": account.address, "value": hex(10**18)}
        )
        meter = Meter(key, book.chain_id, bytes.fromhex(book.registry[2:]), [MORE, MORE])
        address = str(key.public_key.to_address())
        wish = {"meter": address, "account": account.address, "feeder": 1}
        data = registry.enroll(**wish, rated_power_w=10_000, credit=0)  # type: ignore[arg-type]
        operator.send(book.registry, data)
        operator.send(book.auction, auction.deposit(address, FILL))
        made.append((meter, account))
    slot = next_slot(chain)
    mine(chain, WINDOWS.ends(slot) - chain.head())
    found = [
        _committed(chain, book, slot, meter, account, number % 2)
        for number, (meter, account) in enumerate(made)
    ]
    mine(chain, WINDOWS.place_from(slot) - chain.head())
    return found, slot


def _committed(
    chain: Chain, book: AddressBook, slot: int, meter: Meter, account: Account, way: int
) -> Bidder:
    price, salt = (20 * CENT, 10 * CENT)[way], 7
    claim = meter.sign_claim(book.chain_id, way, bytes.fromhex(book.auction[2:]), slot, price)
    ends, mine_address = (claim.from_uwh, claim.to_uwh), str(meter.key.public_key.to_address())
    hidden = commitment(book.chain_id, book.auction, slot, mine_address, way, ends, price, salt)
    data = auction.commit(slot, mine_address, hidden)
    Operator(chain, account.address, account.key).submit(book.auction, data)
    vs = claim.signature
    placement = Placement(mine_address, way, *ends, price, salt, vs[:32], vs[32:])
    return Bidder(meter, account, placement)


def placed(chain: Chain, book: AddressBook, slot: int) -> dict[str, list[str]]:
    """Who is in the slot, by transaction."""
    found: dict[str, list[str]] = {}
    logs: list[Log] = chain.logs(WINDOWS.ends(slot), chain.head(), address=book.auction)
    for log in logs:
        if log.topics[0] == auction.Placed.topic():
            event = auction.Placed.decode(log)
            if event.slot == slot:
                found.setdefault(log.transaction, []).append(event.meter.lower())
    return found
