"""The chain of the demo: embedded (py-evm), anvil, or somebody else's node."""

import sys
from pathlib import Path

from normal_world.demo.home import Home, free_ports
from normal_world.demo.options import Options
from normal_world.demo.running import Program

NAME = "chain"


def chain_of(options: Options, home: Home) -> tuple[str, Program | None]:
    """URL of the chain's node, and the program to start for it (none with --rpc)."""
    if options.rpc is not None:
        return options.rpc, None
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    if options.chain == "anvil":
        return url, _anvil(port, home)
    module = [sys.executable, "-m", "normal_world.chain.devchain"]
    argv = [*module, "--port", str(port), "--state", str(home.root / "chain")]
    return url, Program(NAME, argv, home.logs / "chain.log")


def _anvil(port: int, home: Home) -> Program:
    from normal_world.chain.anvil import anvil_command

    return Program(NAME, anvil_command(port=port), home.logs / "chain.log", ready="Listening on")


def log_of(home: Home, name: str) -> Path:
    """The log of a program: `meterd:buyer` writes to buyer-meterd.log."""
    program, _, node = name.partition(":")
    return home.logs / (f"{node}-{program}.log" if node else f"{program}.log")
