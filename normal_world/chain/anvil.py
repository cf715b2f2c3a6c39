"""Finds Foundry's anvil, a development chain in Rust, and says how to run it for Evlock."""

import os
import shutil
from pathlib import Path

from normal_world.errors import ConfigError

VARIABLE = "EVLOCK_ANVIL"
PLACES = ("bin/anvil", "node_modules/@foundry-rs/anvil-*/bin/anvil", "anvil-*/bin/anvil")


def find_anvil() -> Path:
    """The program: $EVLOCK_ANVIL (it, or the folder of the npm package), else the PATH."""
    given = os.environ.get(VARIABLE)
    if given:
        return _below(Path(given))
    found = shutil.which("anvil")
    if found is None:
        raise ConfigError(
            f"anvil is not on the PATH: `npm install @foundry-rs/anvil@1.7.1` somewhere and set "
            f"{VARIABLE} to that folder, or leave --chain anvil out",
            "CONFIG-ANVIL",
        )
    return Path(found)


def _below(given: Path) -> Path:
    candidates = [given] if given.is_file() else []
    if given.is_dir():
        candidates = sorted(path for place in PLACES for path in given.glob(place))
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    raise ConfigError(f"{VARIABLE}={given}: no program anvil there", "CONFIG-ANVIL")


def anvil_command(
    host: str = "127.0.0.1",
    port: int = 8545,
    *,
    block_seconds: int = 1,
    state: Path | None = None,
) -> list[str]:
    """Command line: a block every `block_seconds` (0: only by evm_mine), empty or not."""
    command = [str(find_anvil()), "--host", host, "--port", str(port)]
    command += ["--block-time", str(block_seconds)] if block_seconds else ["--no-mining"]
    if state is not None:  # written every second: what was made since is lost with the process
        command += ["--state", str(state / "anvil.json"), "--state-interval", "1"]
    return command
