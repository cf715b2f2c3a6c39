"""plant: the virtual boards' physics as a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.errors import Unfinished
from normal_world.cli.output import Json, note, show


def plant(
    socket: Annotated[
        Path, typer.Option("--socket", metavar="PATH", help="Bus and pins of the boards.")
    ],
    control: Annotated[
        Path, typer.Option("--control", metavar="PATH", help="JSON-RPC: state, instrument, set.")
    ],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses all tolerances.")] = 1,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Parameters of your own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the virtual boards until Ctrl-C.

    Batteries, sun, wires and chips of a seller and a buyer, computed.

    \b
    Example:
      evlock plant --socket /tmp/plant.sock --control /tmp/control.sock --seed 7
    """
    argv = [sys.executable, "-m", "drivers.virtual", "--socket", str(socket)]
    argv += ["--control", str(control), "--seed", str(seed)]
    argv += [] if config is None else ["--config", str(config)]
    told = {"socket": str(socket), "control": str(control), "seed": seed}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip() == "ready":
                    show(told, as_json=as_json)
                    note("ready; Ctrl-C ends it")
            code = process.wait()
        finally:
            process.terminate()
    if code != 0:
        raise Unfinished(f"plant: ended with exit code {code}; its own line says why")
