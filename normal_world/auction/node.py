"""The auction's part of noded: made of the node's parts, asked over its control socket."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.jsonrpc_server import Method
from firmware.safe_mode import SafeMode
from normal_world.auction.rows import AuctionRows
from normal_world.auction.settings import AuctionConfig
from normal_world.auction.side import AuctionSide
from normal_world.auction.worker import Worker, World
from normal_world.chain.address_book import AddressBook
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.errors import ConfigError, StateError
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.engine import Engine

OFF = "[market] enabled = false in node.toml: this node does not work the bilateral market"
BILATERAL = ("sell", "buy", "deposit", "withdraw")


class AuctionNode:
    """`worker` is None where the auction is not enabled: then nothing else of it exists either."""

    def __init__(self, worker: Worker | None = None, close: Callable[[], None] = lambda: None):
        self.worker, self.close = worker, close

    @classmethod
    def make(
        cls,
        config: AuctionConfig,
        folder: Path,
        chain: tuple[Chain, Outbox, ChainSide],
        world: World,
        publish: Callable[..., None],
        safe_mode: SafeMode,
    ) -> "AuctionNode":
        """Of node.toml's [auction]; ConfigError where the network has none."""
        if not config.enabled:
            return cls()
        client, outbox, heads = chain
        book = heads.book
        addresses = _addresses(book)
        names = (heads.account, heads.meter)
        rows = AuctionRows(folder / "auction.sqlite")
        side = AuctionSide(client, outbox, heads, addresses, names)

        def close() -> None:
            side.close()
            rows.close()

        worker = Worker(config, rows, side, world, book.deployed_block, publish)
        worker.may_order = lambda: not safe_mode.on
        return cls(worker, close)

    def beside(self, engine: Engine) -> None:
        """Orders and trades of a direction in turn: the registry claims energy as it was measured.

        A claim that comes before an older one bars that one for good.
        """
        if self.worker is not None:
            self.worker.unsettled, engine.is_ordered = engine.unsettled, self.worker.has_order

    async def step(self) -> None:
        """What is due in the auction."""
        if self.worker is not None:
            await self.worker.step()

    def methods(self) -> dict[str, Method]:
        """For noded's control socket."""
        return {"auction.status": self._status}

    async def _status(self) -> dict[str, Any]:
        if self.worker is None:
            text = "[auction] enabled = true in node.toml expected: this node gives no orders"
            raise StateError(text, "AUCTION-OFF")
        return await self.worker.told()


def refusals() -> dict[str, Method]:
    """In place of the market's orders, where the owner has switched it off."""

    async def refuse(**_params: Any) -> None:
        raise StateError(OFF, "MARKET-OFF")

    return dict.fromkeys(BILATERAL, refuse)


def _addresses(book: AddressBook) -> tuple[str, str]:
    if not book.auction:
        text = "[auction] enabled, but contracts.json has no auction: deployed with one?"
        raise ConfigError(text, "CONFIG-ADDRESS-BOOK")
    return book.auction, book.token
