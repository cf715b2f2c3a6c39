"""evlock-noded: put the parts together and run."""

import argparse
import asyncio
import logging
import sqlite3
import sys
from typing import Any

from firmware.errors import ConfigError as FileError
from firmware.errors import FirmwareError, told
from firmware.jsonrpc_server import Server
from firmware.listeners import take_listeners
from firmware.notify import Notifier
from firmware.places import Places
from firmware.safe_mode import SafeMode
from firmware.signals import until_signal
from normal_world.auction.node import AuctionNode, refusals
from normal_world.chain.address_book import AddressBook, read_address_book
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.config import NodeConfig, read_node
from normal_world.control import Control
from normal_world.errors import ConfigError, NormalWorldError, StateError
from normal_world.fee_payer.client import paid_signer
from normal_world.fee_payer.errors import FeeRefused
from normal_world.link.errors import LinkError
from normal_world.link.link import Identity, LinkHub, Peer
from normal_world.meter_client import MeterClient
from normal_world.strategy_host.observer import Observer, Ways
from normal_world.strategy_host.runner import Runner
from normal_world.telemetry.node_numbers import node_numbers
from normal_world.telemetry.service import Telemetry
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
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    places = Places.of_environment()
    try:
        config = read_node(places.etc / "node.toml")
        return asyncio.run(serve(places, config, options.safe_mode_after))
    except (FirmwareError, NormalWorldError, SecureWorldError) as error:
        print(*told(error), sep="\n", file=sys.stderr)
        return int(getattr(error, "exit_code", 3))


async def serve(places: Places, config: NodeConfig, safe_mode_after: int = 0) -> int:
    """Compose the node and run it until SIGTERM or SIGINT."""
    notifier, given = Notifier(), take_listeners()
    telemetry = Telemetry(config.telemetry, places, config.name)
    telemetry.start()
    world, link_world = (SecureWorld(places.socket("secured-node")) for _ in range(2))
    info = await _identity(world)
    if info.account is None or info.meter is None:
        raise StateError("the secure world holds no keys: run `evlock key provision`")
    account, meter = "0x" + info.account.hex(), "0x" + info.meter.hex()
    book = read_address_book(config.address_book)
    state = places.state("noded")
    chain = Chain(
        config.rpc,
        finality=config.finality,
        chain_id=book.chain_id,
        delegated=bool(config.fee_payer),
    )
    signer = paid_signer(config.fee_payer, world.sign_transaction, state / "fee-payer")
    refused = (SecureWorldRefused, FeeRefused)
    outbox = Outbox(state / "outbox.sqlite", chain, account, signer, refused=refused)
    side = ChainSide(chain, outbox, book, account, meter)
    side.partners = {"0x" + other.hex() for other in config.enrolled}
    store = TradeStore(state / "noded.sqlite")
    safe_mode = SafeMode(state / "starts.json", safe_mode_after)
    methods: dict[str, Any] = {}
    server = Server(places.socket("noded"), methods, given=given.get("noded"))
    identity = Identity(config.ca, config.device, link_world, config.revoked)
    if identity.own_meter() != info.meter:
        raise ConfigError(
            f"{config.device}: certificate of meter 0x{identity.own_meter().hex()}, "
            f"this node is {meter}"
        )
    parts = _Parts(config, book, store, side, server, places, identity, world)
    safe_mode.begin()  # no second noded can be meant: the outbox is ours; and the files are right
    parts.safe_mode = parts.orders.safe_mode = parts.engine.safe_mode = safe_mode
    parts.auction = AuctionNode.make(
        config.auction, state, (chain, outbox, side), world, server.publish, safe_mode
    )
    parts.auction.beside(parts.engine)
    methods.update(parts.control(config.name).methods(), **parts.strategy.methods())
    methods.update(parts.auction.methods(), **({} if config.market else refusals()))
    telemetry.attach(node_numbers(store, side, parts.links, lambda: safe_mode.on))
    try:
        await _load(parts.strategy, places, safe_mode)
        await parts.hub.start()
        await server.start()
        notifier.ready(parts.told())
        print("ready", flush=True)
        await until_signal(
            parts.meter.run(),
            parts.work(),
            *([parts.strategy.run()] if config.market else []),
            safe_mode.run(),
            notifier.watch(lambda: parts.steps, parts.told),
        )
        notifier.stopping()
        safe_mode.stopped()
    finally:
        await telemetry.stop()
        await server.stop()
        await parts.hub.close()
        parts.auction.close()
        side.close()
        store.close()
        world.close()
        link_world.close()
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
        identity: Identity,
        world: SecureWorld,
    ) -> None:
        self.store, self.side, self.peers = store, side, config.peers
        self.steps = 0  # of the work, for the watchdog: each waits for the chain at most
        self.safe_mode = SafeMode.off()
        self.auction = AuctionNode()
        self._tell, self._world, self._enrolled = server.publish, world, config.enrolled
        self.meter = MeterClient(places.socket("meterd"), self._on_meter_event, self._on_meter_up)
        self.hub = LinkHub(
            config.listen,
            identity,
            config.peers,
            lambda: config.enrolled,
            self._on_message,
            self._on_link_up,
            self._on_link_down,
        )
        domain = (book.chain_id, bytes.fromhex(book.market[2:]))
        self.messages = Messages(store, self.hub, self.meter, domain, server.publish)
        self.engine = Engine(
            store, side, self.meter, self.messages, config.final_wait_s, self._publish
        )
        self.orders = Orders(store, side, self._publish)
        self.watch = Watch(store, side, self.engine)
        ways = Ways(self._meter_status, self._registers, self.watch.taken_in, self._may_trade)
        observer = Observer(config.strategy, store, side, ways)
        self.strategy = Runner(
            config.strategy, store, self.orders, observer, self.meter.require_sound
        )

    def control(self, name: str) -> Control:
        return Control(
            name, self.store, self.side, self.orders, self.meter, self.links, self.strategy.show
        )

    async def work(self) -> None:
        """Chain, orders and trades, again and again."""
        while True:
            try:
                steps = (self.watch.step, self.orders.step, self.engine.step, self.auction.step)
                for step in steps:
                    await step()
                    self.steps += 1
            except sqlite3.Error as error:
                log.error("STORE %s; full disk? nothing goes on until it can be written", error)
                self.steps += 1
                await asyncio.sleep(STORE_RETRY_S)
            await asyncio.sleep(POLL_S)

    def told(self) -> str:
        """One line for `systemctl status`."""
        up = sum(self.hub.connected(meter) for meter in self.peers)
        state = f"{up} of {len(self.peers)} counterparts connected"
        return f"safe mode (no trades): {state}" if self.safe_mode.on else state

    def _publish(self, kind: str, **fields: Any) -> None:
        self._tell(kind, **fields)
        self.strategy.on_event(kind, fields)

    async def _meter_status(self) -> dict[str, Any]:
        status: dict[str, Any] = await self.meter.call("status")
        status["safe_mode"] = bool(status.get("safe_mode")) or self.safe_mode.on
        return status

    async def _registers(self) -> tuple[int, int]:
        info = await asyncio.to_thread(self._world.info)
        return info.import_uwh, info.export_uwh

    def _may_trade(self, meter: str) -> bool:
        other = bytes.fromhex(meter[2:])
        return other in self._enrolled and self.hub.connected(other)

    def links(self) -> dict[str, bool]:
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


async def _load(strategy: Runner, places: Places, safe_mode: SafeMode) -> None:
    try:
        await strategy.load(places.etc / "node.toml", safe_mode=safe_mode.on)
    except (ConfigError, FileError):
        safe_mode.stopped()  # a wrong setting does not count as a start that failed
        raise


async def _identity(world: SecureWorld) -> Info:
    """Who this node is; waits for a secure world that is still starting."""
    while True:
        try:
            return await asyncio.to_thread(world.info)
        except SecureWorldUnreachable as error:
            log.warning("%s %s; waiting", error.code, error)
            await asyncio.sleep(0.5)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evlock-noded",
        description="The node's network side: chain, counterpart link, trades.",
        epilog="Settings: $EVLOCK_HOME/etc or /etc/evlock (node.toml).",
    )
    parser.add_argument(
        "--safe-mode-after",
        type=int,
        default=0,
        metavar="N",
        help="do not trade after N starts in a row that did not last (the service: 3; 0: never)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
