"""What noded reads of node.toml: chain, link, peers, trade times."""

from dataclasses import dataclass, field
from pathlib import Path

from firmware.config import TABLES
from firmware.toml import Table, reading
from normal_world.auction.settings import AuctionConfig, read_auction, read_market
from normal_world.strategy_host.settings import StrategyConfig, read_strategy
from normal_world.telemetry.settings import TelemetryConfig, read_telemetry


@dataclass(frozen=True)
class NodeConfig:
    """The owner's choices that bind the node's network side."""

    name: str
    rpc: str
    finality: str
    fee_payer: str  # URL; empty: the node pays for its own gas
    address_book: Path
    listen: str
    ca: Path
    device: Path
    revoked: Path | None
    peers: dict[bytes, str]  # meter id → host:port
    enrolled: frozenset[bytes]
    final_wait_s: float
    strategy: StrategyConfig
    telemetry: TelemetryConfig
    market: bool = True  # the bilateral market
    auction: AuctionConfig = field(default_factory=AuctionConfig)


def read_node(path: Path) -> NodeConfig:
    """Parse node.toml; raises ConfigError with a line for each wrong key."""
    here = path.parent
    with reading(path) as root:
        node, chain, link = root.table("node"), root.table("chain"), root.table("link")
        world, meters, trade = root.table("secure_world"), root.table("meters"), root.table("trade")
        world.one_of("home", ("software",), "software")
        config = NodeConfig(
            name=node.take("name", str),
            rpc=chain.take("rpc", str),
            finality=chain.take("finality", str, "auto"),
            fee_payer=chain.take("fee_payer", str, ""),
            address_book=here / chain.take("address_book", str, "contracts.json"),
            listen=link.take("listen", str),
            ca=here / link.take("ca", str, "pki/ca.pem"),
            device=here / link.take("device", str, "pki/device.pem"),
            revoked=here / name if (name := link.take("revoked", str, "")) else None,
            peers=dict(_peer(table) for table in link.tables("peers")),
            enrolled=frozenset(meters.addresses("enrolled")),
            final_wait_s=trade.positive("final_wait_s", float, 5.0),
            strategy=read_strategy(root),
            telemetry=read_telemetry(root, here),
            market=read_market(root),
            auction=read_auction(root),
        )
        for table in (node, chain, link, world, meters):
            table.done()
        root.skip(*TABLES)
    return config


def _peer(table: Table) -> tuple[bytes, str]:
    meter, address = table.address("meter"), table.take("address", str)
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536) and table.sound("address"):
        table.wrong("address", "host:port expected")
    table.done()
    return meter, address
