"""The programs of a street: plant, chain, and three for each household, on one machine."""

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from normal_world.demo.chains import log_of
from normal_world.demo.home import Home
from normal_world.demo.running import Program
from normal_world.demo.stage import Stage
from normal_world.demo.supervisor import Supervisor
from normal_world.street.options import StreetOptions

AT_ONCE = 4  # programs that start side by side: more only wait for each other
READY_LIMIT_S = 120.0
RELAY_KEY, BOOK = "relay.key", "contracts.json"


class StreetStage(Stage):
    """Starts the programs of all households, a few at a time."""

    def __init__(self, home: Home, supervisor: Supervisor, options: StreetOptions) -> None:
        super().__init__(home, supervisor)
        self.options = options

    def feeder(self) -> Program:
        """The physics of all households on one busbar."""
        argv = [sys.executable, "-m", "drivers.virtual", "--seed", str(self.options.seed)]
        argv += ["--socket", str(self.home.plant_socket)]
        argv += ["--control", str(self.home.plant_control)]
        for node in self.options.names:
            argv += ["--household", f"{node}={self.home.board(node)}"]
        return Program("plant", argv, log_of(self.home, "plant"))

    def relay(self, rpc: str, url: str) -> Program:
        """Who brings the orders of all together, with a key of its own."""
        argv = [sys.executable, "-m", "normal_world.cli.main", "auction", "relay"]
        argv += ["--rpc", rpc, "--port", url.rpartition(":")[2]]
        argv += ["--key", str(self.home.root / RELAY_KEY), "--book", str(self.home.root / BOOK)]
        argv += ["--state", str(self.home.root / "relay")]
        return Program("relay", argv, log_of(self.home, "relay"))

    def start_all(self, name: str) -> None:
        """The same program of every household."""
        names = list(self.options.names)
        for first in range(0, len(names), AT_ONCE):
            batch = names[first : first + AT_ONCE]
            for node in batch:
                self.supervisor.spawn(self.program(name, node))
            for node in batch:
                self.supervisor.wait_ready(f"{name}:{node}", READY_LIMIT_S)

    def each(self, action: Callable[[str], object], names: Iterable[str] = ()) -> None:
        """Do it for every household, side by side; raises what the first that failed raised."""
        with ThreadPoolExecutor(len(self.options.names), "street") as pool:
            for done in [pool.submit(action, node) for node in names or self.options.names]:
                done.result()
