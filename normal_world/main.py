"""evlock-noded: put the parts together and run."""

import argparse
import asyncio
import logging
import sqlite3
import sys
from typing import Any

from firmware.errors import FirmwareError
from firmware.jsonrpc_server import Server
from firmware.places import Places
from firmware.signals import until_signal
from normal_world.chain.address_book import AddressBook, read_address_book
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.config import NodeConfig, read_node
from normal_world.control import Control
from normal_world.errors import ConfigError, NormalWorldError, StateError
from normal_world.link.errors import LinkError
from normal_world.link.link import Credentials, LinkHub, Peer
from normal_world.meter_client import MeterClient
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.engine import Engine
from normal_world.trade.messages import Messages
from normal_world.trade.orders import Orders
from normal_world.trade.store import TradeStore
from normal_world.trade.watch import Watch
from secure_world.protocol import (
    Info,
    SecureWorld,
    SecureWorldError,
    SecureWorldRefused,
    SecureWorldUnreachable,
)

log = logging.getLogger("evlock-noded")
POLL_S = 0.25
STORE_RETRY_S = 2.0


def main(arguments: list[str] | None = None) -> int:
    """The program's entry; returns its exit code."""
    argparse.ArgumentParser(
        prog="evlock-noded",
        description="The node's network side: chain, counterpart link, trades.",
        epilog="Settings: $EVLOCK_HOME/etc or /etc/evlock (node.toml).",
    ).parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    places = Places.of_environment()
    try:
        return asyncio.run(serve(places, read_node(places.etc / "node.toml")))
    except (FirmwareError, NormalWorldError, SecureWorldError) as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return int(getattr(error, "exit_code", 3))


async def serve(places: Places, config: NodeConfig) -> int:
    """Compose the node and run it until SIGTERM or SIGINT."""
    world = SecureWorld(places.socket("secured-node"))
    info = await _identity(world)
    if info.account is None or info.meter is None:
        raise StateError("the secure world holds no keys: run `evlock key provision`")
    account, meter = "0x" + info.account.hex(), "0x" + info.meter.hex()
    book = read_address_book(config.address_book)
    state = places.state("noded")
    chain = Chain(config.rpc, finality=config.finality, chain_id=book.chain_id)
    refused = (SecureWorldRefused,)
    outbox = Outbox(
        state / "outbox.sqlite", chain, account, world.sign_transaction, refused=refused
    )
    side = ChainSide(chain, outbox, book, account, meter)
    store = TradeStore(state / "noded.sqlite")
    methods: dict[str, Any] = {}
    server = Server(places.socket("noded"), methods)
    parts = _Parts(config, book, store, side, server, places, info.meter)
    methods.update(parts.control(config.name).methods())
    try:
        await parts.hub.start()
        await server.start()
        print("ready", flush=True)
        await until_signal(parts.meter.run(), parts.work())
    finally:
        await server.stop()
        await parts.hub.close()
        side.close()
        store.close()
        world.close()
    return 0


class _Parts:
    """The node's objects, which know one another through their handlers."""

    def __init__(
        self,
        config: NodeConfig,
        book: AddressBook,
        store: TradeStore,
        side: ChainSide,
        server: Server,
        places: Places,
        own_meter: bytes,
    ) -> None:
        self.store, self.side, self.peers = store, side, config.peers
        self.meter = MeterClient(places.socket("meterd"), self._on_meter_event, self._on_meter_up)
        credentials = Credentials(config.ca, config.certificate, config.key)
        self.hub = LinkHub(
            config.listen,
            credentials,
            config.peers,
            lambda: config.enrolled,
            self._on_message,
            self._on_link_up,
            self._on_link_down,
        )
        if self.hub.meter != own_meter:
            raise ConfigError(
                f"{config.certificate}: certificate of meter 0x{self.hub.meter.hex()}, "
                f"this node is 0x{own_meter.hex()}"
            )
        domain = (book.chain_id, bytes.fromhex(book.market[2:]))
        self.messages = Messages(store, self.hub, self.meter, domain, server.publish)
        self.engine = Engine(
            store, side, self.meter, self.messages, config.final_wait_s, server.publish
        )
        self.orders = Orders(store, side, server.publish)
        self.watch = Watch(store, side, self.engine)

    def control(self, name: str) -> Control:
        return Control(name, self.store, self.side, self.orders, self.meter, self._links)

    async def work(self) -> None:
        """Chain, orders and trades, again and again."""
        while True:
            try:
                await self.watch.step()
                await self.orders.step()
                await self.engine.step()
            except sqlite3.Error as error:
                log.error("STORE %s; full disk? nothing goes on until it can be written", error)
                await asyncio.sleep(STORE_RETRY_S)
            await asyncio.sleep(POLL_S)

    def _links(self) -> dict[str, bool]:
        return {"0x" + meter.hex(): self.hub.connected(meter) for meter in self.peers}

    async def _on_meter_event(self, event: dict[str, Any]) -> None:
        await self.engine.on_meter_event(event)

    async def _on_meter_up(self) -> None:
        await self.engine.on_meter_up()

    async def _on_message(self, peer: Peer, kind: str, body: dict[str, Any]) -> None:
        await self.messages.on_message(peer.meter, kind, body)

    async def _on_link_up(self, peer: Peer) -> None:
        log.info("LINK-UP 0x%s at %s", peer.meter.hex(), peer.address)
        await self.messages.on_up(peer.meter)

    async def _on_link_down(self, peer: Peer, error: LinkError) -> None:
        log.info("LINK-DOWN 0x%s: %s", peer.meter.hex(), error)


async def _identity(world: SecureWorld) -> Info:
    """Who this node is; waits for a secure world that is still starting."""
    while True:
        try:
            return await asyncio.to_thread(world.info)
        except SecureWorldUnreachable as error:
            log.warning("%s %s; waiting", error.code, error)
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
