"""What noded reads of node.toml: chain, link, peers, trade times."""

from dataclasses import dataclass
from pathlib import Path

from firmware.toml import Table, address_bytes
from normal_world.errors import ConfigError


@dataclass(frozen=True)
class NodeConfig:
    """The owner's choices that bind the node's network side."""

    name: str
    rpc: str
    finality: str
    address_book: Path
    listen: str
    ca: Path
    certificate: Path
    key: Path
    peers: dict[bytes, str]  # meter id → host:port
    enrolled: frozenset[bytes]
    final_wait_s: float


def read_node(path: Path) -> NodeConfig:
    """Parse node.toml; raises ConfigError of the file and key that is wrong."""
    root = Table.of_file(path)
    node, chain, link = root.table("node"), root.table("chain"), root.table("link")
    world, meters, trade = root.table("secure_world"), root.table("meters"), root.table("trade")
    root.table("limits")  # meterd's
    home = world.take("home", str, "software")
    if home != "software":
        raise ConfigError(f"{world.where}: home = {home!r}, 'software' expected")
    here = path.parent
    config = NodeConfig(
        name=node.take("name", str),
        rpc=chain.take("rpc", str),
        finality=chain.take("finality", str, "auto"),
        address_book=here / chain.take("address_book", str, "contracts.json"),
        listen=link.take("listen", str),
        ca=here / link.take("ca", str, "pki/ca.pem"),
        certificate=here / link.take("certificate", str, "pki/node.pem"),
        key=here / link.take("key", str, "pki/node.key"),
        peers=dict(_peer(table) for table in link.tables("peers")),
        enrolled=frozenset(address_bytes(m, meters.where) for m in meters.strings("enrolled")),
        final_wait_s=trade.positive("final_wait_s", float, 5.0),
    )
    for table in (node, chain, link, world, meters, root):
        table.done()
    return config


def _peer(table: Table) -> tuple[bytes, str]:
    meter = address_bytes(table.take("meter", str), table.where)
    address = table.take("address", str)
    table.done()
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigError(f"{table.where}: address = {address!r}, host:port expected")
    return meter, address
