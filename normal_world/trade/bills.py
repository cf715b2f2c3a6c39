"""Bills of this node's sales, put on the chain under its own account."""

from typing import Any

from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import ledger
from normal_world.errors import ConfigError
from normal_world.trade.sender import Sender


class BillSide:
    """What the node can do for a bill; every coroutine may raise ChainError."""

    def __init__(self, sender: Sender, book: AddressBook) -> None:
        self._sender, self._book = sender, book

    async def file(self, key: str, trade: str, purchaser: str, digest: str) -> int | None:
        """Block of the digest under purchaser, this account and trade; None while under way.

        StateError when it failed, ConfigError without a ledger.
        """
        if not self._book.ledger:
            raise ConfigError("the address book names no ledger", "CONFIG-ADDRESS-BOOK")
        data = ledger.file_bill(
            purchaser=purchaser, trade=bytes.fromhex(trade[2:]), digest=bytes.fromhex(digest[2:])
        )
        return await self._sender.done(_intent(key), self._book.ledger, data, "fileBill")

    async def transactions(self, key: str) -> list[dict[str, Any]]:
        """What was sent under this key."""
        return await self._sender.transactions(_intent(key))


def _intent(key: str) -> str:
    return f"bill:{key}"
