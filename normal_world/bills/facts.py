"""What the chain says of a bill's rows: settlements, and the events of a grid's ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from normal_world.bills.head import Place
from normal_world.chain import hexes
from normal_world.chain.address_book import AddressBook
from normal_world.chain.answers import Log
from normal_world.chain.bindings import ledger, market, registry
from normal_world.chain.client import Chain

E = TypeVar("E")
ENDS = (market.Settled, market.Closed)


@dataclass(frozen=True)
class Settlement:
    """How a trade ended; `payment` in base units."""

    place: Place
    energy_uwh: int
    payment: int


@dataclass(frozen=True)
class Seen:
    """An event of the ledger, with its place."""

    event: Any
    place: Place
    order: tuple[int, int]


class Facts:
    """Answers of one node about the contracts of one address book; every failure a ChainError.

    Only what cannot vanish any more counts: blocks up to the network's final one.
    """

    def __init__(self, chain: Chain, book: AddressBook) -> None:
        self.chain, self.book = chain, book
        self.last = chain.final_block()
        self._date = cache(self._asked_date)

    def settlement(self, trade: bytes) -> Settlement | None:
        """None while the trade is open, not final, or unknown."""
        kinds = {kind.topic(): kind for kind in ENDS}
        for log in self._logs(self.book.market, [list(kinds), trade]):
            ended = kinds[log.topics[0]].decode(log)
            return Settlement(self.place(log), ended.energy_uwh, ended.paid)
        return None

    def account(self, meter: bytes) -> str:
        """Whose the meter is, by the registry."""
        asked = registry.account_of("0x" + meter.hex()).ask(self.chain, self.book.registry)
        return asked.lower()

    def storage(self, grid: str) -> list[Seen]:
        """StorageAdded of a grid, oldest first."""
        return self._seen(ledger.StorageAdded, _word(grid))

    def between(self, kind: Any, grid: str, customer: str) -> list[Seen]:
        """Purchased, Transferred, Acknowledged or Billed of the two, oldest first."""
        return self._seen(kind, _word(grid), _word(customer))

    def filed(self, purchaser: str, issuer: str, trade: bytes) -> bytes:
        """Digest of the issuer's bill of a trade; zeros if there is none."""
        call = ledger.filed_bill(purchaser=purchaser, issuer=issuer, trade=trade)
        return call.ask(self.chain, self.book.ledger)

    def bills(self, purchaser: str) -> Iterator[dict[str, Any]]:
        """Every bill under a purchaser, oldest first: of the ledger and of the market."""
        word = _word(purchaser)
        filed = self._seen(ledger.BillFiled, word)
        billed = [
            seen for seen in self._seen(ledger.Billed) if seen.event.customer.lower() == purchaser
        ]
        for seen in sorted((*filed, *billed), key=lambda one: one.order):
            event, of_ledger = seen.event, isinstance(seen.event, ledger.Billed)
            yield {
                "kind": "ledger" if of_ledger else "market",
                "issuer": (event.grid if of_ledger else event.issuer).lower(),
                "trade": None if of_ledger else hexes.text(event.trade),
                "digest": event.digest,
                "block": seen.place.block,
                "date": seen.place.date,
            }

    def place(self, log: Log) -> Place:
        """Block, its date and the transaction."""
        return Place(log.block, self._date(log.block), log.transaction)

    def _seen(self, kind: Any, *words: bytes) -> list[Seen]:
        logs = self._logs(self.book.ledger, [kind.topic(), *words])
        return [Seen(kind.decode(log), self.place(log), (log.block, log.index)) for log in logs]

    def _logs(self, address: str, topics: list[Any]) -> list[Log]:
        first = self.book.deployed_block
        return self.chain.logs(first, self.last, address=address, topics=topics)

    def _asked_date(self, block: int) -> str:
        found = self.chain.rpc("eth_getBlockByNumber", hex(block), False)
        time_s = hexes.quantity((found or {}).get("timestamp"), "timestamp")
        return f"{datetime.fromtimestamp(min(time_s, 253402300799), UTC):%Y-%m-%d %H:%M} UTC"


def _word(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")
