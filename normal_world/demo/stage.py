"""The programs of the demo's two nodes, and the questions that the demo asks them."""

import sys
import time
from collections.abc import Callable, Collection
from typing import Any

from firmware.errors import RpcError, RpcFailed
from firmware.jsonrpc import Client
from normal_world.demo.chains import log_of
from normal_world.demo.home import Home
from normal_world.demo.running import Program
from normal_world.demo.supervisor import Supervisor

NODES = ("seller", "buyer")
MODULES = {"secured": "secure_world.main", "meterd": "firmware.main", "noded": "normal_world.main"}
RETRY_S = 0.2
REFUSED = ("ORDER-FAILED", "OFFERS-SHORT", "SAFE-MODE")
DISHONEST = "normal_world.demo.dishonest"
CALL_LIMIT_S = 75.0  # noded itself gives an order a minute


class Stage:
    """Home and supervisor together: starts the nodes' programs, calls them."""

    def __init__(self, home: Home, supervisor: Supervisor, cheats: Collection[str] = ()) -> None:
        self.home = home
        self.supervisor = supervisor
        self._cheats = cheats  # nodes whose meter daemon is a dishonest one

    def plant(self, seed: int, load: str | None) -> Program:
        """The physics of both boards."""
        argv = [sys.executable, "-m", "drivers.virtual", "--seed", str(seed)]
        argv += ["--socket", str(self.home.plant_socket)]
        argv += ["--control", str(self.home.plant_control)]
        for node in NODES:
            argv += ["--board", f"{node}={self.home.board(node)}"]
        argv += ["--load", load] if load is not None else []
        return Program("plant", argv, log_of(self.home, "plant"))

    def program(self, name: str, node: str) -> Program:
        """secured, meterd or noded of a node, as its service file would start it."""
        module = DISHONEST if name == "meterd" and node in self._cheats else MODULES[name]
        argv = [sys.executable, "-m", module]
        return Program(
            name=f"{name}:{node}",
            argv=argv,
            log=log_of(self.home, f"{name}:{node}"),
            environment={
                "EVLOCK_HOME": str(self.home.node(node)),
                "EVLOCK_DEMO_FACTOR": str(self.home.factor(node)),
            },
            stop_post=[*argv, "--open-relays"] if name == "meterd" else (),
        )

    def start_pair(self, name: str) -> None:
        """The same program of both nodes, side by side."""
        for node in NODES:
            self.supervisor.spawn(self.program(name, node))
        for node in NODES:
            self.supervisor.wait_ready(f"{name}:{node}")

    def ask_plant(self, method: str, **params: Any) -> Any:
        with Client(self.home.plant_control) as client:
            return client.call(method, **params)

    def ask(self, program: str, node: str, method: str, **params: Any) -> Any:
        """One call to meterd or noded of a node."""
        with Client(self.home.places(node).socket(program), CALL_LIMIT_S) as client:
            return client.call(method, **params)

    def order(
        self, node: str, method: str, meanwhile: Callable[[], None], **params: Any
    ) -> dict[str, Any]:
        """An order to noded, again under the same key while noded or the chain is away."""
        while True:
            try:
                told: dict[str, Any] = self.ask(
                    "noded", node, method, key=f"demo-{method}", **params
                )
                return told
            except RpcFailed as error:
                if error.code in REFUSED or error.exit_code in (1, 2, 3, 4):
                    raise
            except RpcError:
                pass  # killed on purpose: its restart finds the order under its key
            meanwhile()
            time.sleep(RETRY_S)
