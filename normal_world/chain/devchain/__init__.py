"""A development chain: py-evm behind HTTP JSON-RPC, a block every second, state that survives."""

from pathlib import Path


def run_devchain(
    host: str = "127.0.0.1",
    port: int = 8545,
    state: Path | None = None,
    block_seconds: float = 1.0,
) -> None:
    """Serves until SIGTERM; `state` is a folder (None: nothing is kept). Blocks from 0.01 s."""
    from normal_world.chain.devchain.server import run_devchain as serve  # py-evm takes a second

    serve(host, port, state, block_seconds)
