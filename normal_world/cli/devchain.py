"""devchain: a development chain with a block every second, without any other software."""

import io
import json
import logging
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated, TextIO

import typer

from normal_world.cli.output import Json


def devchain(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="TCP port.")] = 8545,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Keep the chain here.")
    ] = None,
    block_seconds: Annotated[
        float, typer.Option("--block-seconds", min=0.01, max=60.0, help="Time between blocks.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Serve a development chain until Ctrl-C.

    A block every second. The keys of its accounts are public: never send it real money.

    \b
    Example:
      evlock devchain --port 8545 --state /tmp/chain
    """
    from normal_world.chain.devchain import run_devchain

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    told = json.dumps({"rpc": f"http://{host}:{port}", "block_seconds": block_seconds})
    with redirect_stdout(_Announcement(told, sys.stdout)) if as_json else nullcontext():
        run_devchain(host, port, state, block_seconds)


class _Announcement(io.StringIO):
    """Says the JSON object where the server says "ready"."""

    def __init__(self, told: str, stream: TextIO) -> None:
        super().__init__()
        self._told, self._stream = told, stream

    def write(self, text: str) -> int:
        if text.strip() == "ready":
            print(self._told, file=self._stream, flush=True)
        return len(text)
