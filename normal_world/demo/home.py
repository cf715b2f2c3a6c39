"""The throw-away home of the demo: two nodes with their settings, as a technician would write."""

import contextlib
import os
import random
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

import board_configs
from firmware.places import Places

LOWEST_PORT = 10_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
NODE = """\
[node]
name = "{node}"
[secure_world]
home = "software"
[chain]
rpc = "{rpc}"
finality = "auto"
address_book = "contracts.json"
[link]
listen = "127.0.0.1:{port}"
ca = "pki/ca.pem"
device = "pki/device.pem"
[[link.peers]]
meter = "{peer}"
address = "127.0.0.1:{peer_port}"
[limits]
max_trade_uwh = {amount_uwh}
max_day_uwh = {amount_uwh}
max_current_a = {max_current_a}
[trade]
reading_interval_s = 1.0
silence_s = 1.5
pause_s = 30.0
tolerance_permille = 50
[meters]
enrolled = ["{peer}"]
"""


@dataclass(frozen=True)
class Home:
    """`root` holds plant, chain, logs and one EVLOCK_HOME for each node."""

    root: Path

    @classmethod
    def make(cls, root: Path | None) -> "Home":
        """A new folder, a short one: the paths of UNIX sockets have little room."""
        given = cls(root.absolute() if root else Path(tempfile.gettempdir()) / "evlock-12345678")
        given.places("seller").socket("secured-admin")  # raises if the folder's path is too long
        if root is None:
            home = cls(Path(tempfile.mkdtemp(prefix="evlock-")))
        else:
            home = given
            home.root.mkdir(parents=True, mode=0o700)
        pki = [home.etc(node) / "pki" for node in ("seller", "buyer")]
        for folder in (home.logs, home.owner_key("seller").parent, *pki):
            folder.mkdir(parents=True)
        for node in ("seller", "buyer"):
            home.places(node).run.mkdir()
        return home

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def plant_socket(self) -> Path:
        return self.root / "plant.sock"

    @property
    def plant_control(self) -> Path:
        return self.root / "plant-control.sock"

    @property
    def pki(self) -> Path:
        return self.root / "pki"

    def node(self, node: str) -> Path:
        """The node's EVLOCK_HOME."""
        return self.root / node

    def places(self, node: str) -> Places:
        return Places.under(self.node(node))

    def etc(self, node: str) -> Path:
        return self.places(node).etc

    def factor(self, node: str) -> Path:
        """The file that makes this node's meter dishonest (dishonest.py)."""
        return self.root / f"factor-{node}"

    def owner_key(self, node: str) -> Path:
        """Of the node's owner: beside the nodes, as it is never on a device."""
        return self.root / "owner" / f"{node}.key"

    def board(self, node: str) -> Path:
        return self.etc(node) / "board.toml"

    def write_board(self, node: str, board: str) -> None:
        """board.toml: the board file's text, with the plant's parts in place of real ones."""
        _write(self.board(node), board_configs.with_plant(board, self.plant_socket, node))

    def write_node(
        self,
        node: str,
        *,
        rpc: str,
        ports: tuple[int, int],
        peer: str,
        amount_uwh: int,
        max_current_a: float,
    ) -> None:
        """node.toml; `ports` are the node's own and its counterpart's, `peer` the other meter."""
        port, peer_port = ports
        text = NODE.format(
            node=node,
            rpc=rpc,
            port=port,
            peer_port=peer_port,
            peer=peer,
            amount_uwh=amount_uwh,
            max_current_a=max_current_a,
        )
        _write(self.etc(node) / "node.toml", text)


def free_ports(count: int) -> list[int]:
    """Different TCP ports of the loopback that nobody listens on at this moment.

    Below those that the kernel gives to connections: it must not take them before their program.
    """
    highest = int(EPHEMERAL.read_text(encoding="ascii").split()[0]) - 1
    found: set[int] = set()
    while len(found) < count:
        port = random.randint(min(LOWEST_PORT, highest), highest)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    return list(found)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    os.chmod(path, 0o600)  # noqa: PTH101
