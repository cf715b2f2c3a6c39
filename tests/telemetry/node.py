"""The real three programs of one node with telemetry; the chain is away, which they must bear."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from normal_world.chain.address_book import AddressBook, write_address_book
from normal_world.demo.home import free_ports
from normal_world.link import pki
from tests.firmware.rig import Rig, rig
from tests.plant_process import ROOT

TOML = """\
[node]
name = "cellar"
[chain]
rpc = "http://127.0.0.1:{ports[0]}"
[link]
listen = "127.0.0.1:{ports[1]}"
[limits]
max_trade_uwh = 1000000
max_day_uwh = 1000000
max_current_a = 10.0
{telemetry}
"""


@dataclass
class Node:
    """`rig` has secured and meterd; noded is started by `start`."""

    rig: Rig
    process: subprocess.Popen[str] | None = None
    ports: list[int] = field(default_factory=lambda: free_ports(3))

    @property
    def meter(self) -> bytes:
        meter = self.rig.secured.meter.info().meter
        assert meter is not None
        return meter

    def prepare(self, telemetry: str) -> None:
        """node.toml, certificates and address book."""
        etc = self.rig.home / "etc"
        text = TOML.format(ports=self.ports, telemetry=telemetry)
        (etc / "node.toml").write_text(text, encoding="utf-8")
        if not (etc / "contracts.json").exists():
            one, two, three = (f"0x{digit * 40}" for digit in "123")
            book = AddressBook(1337, one, two, three, 1, 10, 300, 1000)
            write_address_book(etc / "contracts.json", book)
            pki.create_authority(self.rig.home / "pki", "test", days=2)
            request = pki.read_request(self.rig.secured.admin.link_request())
            pki.issue(self.rig.home / "pki", request, days=1, output=etc / "pki")

    def start(self) -> None:
        """Start noded and wait until it is ready."""
        self.begin()
        assert self.process is not None and self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.log()

    def begin(self) -> None:
        """Start noded; its log is `home/noded.log`."""
        with (self.rig.home / "noded.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "normal_world.main"],
                cwd=ROOT,
                env={**os.environ, "EVLOCK_HOME": str(self.rig.home)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def log(self) -> str:
        return (self.rig.home / "noded.log").read_text("utf-8")

    def kill(self) -> None:
        """SIGKILL noded."""
        if self.process is not None:
            self.process.kill()
            self.end()

    def end(self) -> int:
        """Wait for its end; the exit code."""
        assert self.process is not None and self.process.stdout is not None
        code = self.process.wait(20)
        self.process.stdout.close()
        self.process = None
        return code

    def scrape(self, path: str = "/metrics") -> str:
        """The Prometheus answer."""
        url = f"http://127.0.0.1:{self.ports[2]}{path}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            text: str = answer.read().decode("utf-8")
        return text


@contextmanager
def node(telemetry: str = "", *, start: bool = True) -> Iterator[Node]:
    """`{port}` in the telemetry text becomes the port that `scrape` asks."""
    with rig() as made:
        one = Node(made)
        one.prepare(telemetry.replace("{port}", str(one.ports[2])))
        try:
            if start:
                one.start()
            yield one
        finally:
            one.kill()
