"""plant: the virtual boards' physics as a process of its own, and what can break in it."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli.errors import Unfinished, UsageInvalid
from normal_world.cli.output import Json, note, show, table

app = typer.Typer()
USAGE = 2
CONTROL = "plant-control.sock"  # of the folder in which one works with a plant

Control = Annotated[
    Path,
    typer.Option(
        "--control", metavar="PATH", envvar="EVLOCK_PLANT", help="The plant's control socket."
    ),
]
Board = Annotated[str, typer.Option("--board", metavar="NAME", help="seller or buyer.")]


@app.callback(invoke_without_command=True)
def plant(
    context: typer.Context,
    socket: Annotated[
        Path | None, typer.Option("--socket", metavar="PATH", help="Bus and pins of the boards.")
    ] = None,
    control: Annotated[
        Path | None,
        typer.Option("--control", metavar="PATH", help="JSON-RPC: state, instrument, set."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses all tolerances.")] = 1,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Parameters of your own.")
    ] = None,
    board: Annotated[
        list[str] | None,
        typer.Option("--board", metavar="NAME=FILE", help="Wire a board as its board.toml says."),
    ] = None,
    load: Annotated[
        str | None,
        typer.Option("--load", metavar="LOAD", help="Alternating current: see plant load --help."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the virtual boards until Ctrl-C; see docs/plant.md.

    Batteries, sun, wires and chips of a seller and a buyer, computed.

    \b
    Example:
      evlock plant --socket /tmp/plant.sock --control /tmp/control.sock --seed 7
    """
    if context.invoked_subcommand is not None:
        return
    if socket is None or control is None:
        raise UsageInvalid("plant: --socket PATH and --control PATH expected; see --help")
    argv = [sys.executable, "-m", "drivers.virtual", "--socket", str(socket)]
    argv += ["--control", str(control), "--seed", str(seed)]
    argv += [] if config is None else ["--config", str(config)]
    argv += [f"--board={wiring}" for wiring in board or ()]
    argv += [] if load is None else [f"--load={load}"]
    _serve(argv, {"socket": str(socket), "control": str(control), "seed": seed}, as_json)


@app.command()
def fault(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A fault; or: list, clear.")],
    control: Control = Path(CONTROL),
    board: Board = "",
    strength: Annotated[
        float | None, typer.Option("--strength", metavar="X", help="See: evlock plant fault list.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Break a part of a virtual board, list what can break, or repair it.

    \b
    Example:
      evlock plant fault list
      evlock plant fault sensor-scaled --board buyer --strength 0.8
      evlock plant fault clear --board buyer
    """
    if name == "list":
        known = _ask(control, "faults")
        return show(known, as_json=as_json, text=_faults(known))
    if board not in ("seller", "buyer"):
        raise UsageInvalid(f"--board {board!r}: seller or buyer expected")
    if name == "clear":
        cleared = _ask(control, "fault.clear", board=board)
        return show({"fault": "none", "board": board, **cleared}, as_json=as_json)
    given = {} if strength is None else {"strength": strength}
    told = _ask(control, "fault", board=board, name=name, **given)
    return show({"fault": name, "board": board, **told}, as_json=as_json)


@app.command("load")
def set_load(
    load: Annotated[str, typer.Argument(metavar="LOAD", help="NAME, NAME:WATTS, or a recording.")],
    control: Control = Path(CONTROL),
    as_json: Json = False,
) -> None:
    """Change what draws the current (alternating current only).

    Names: resistive, rectifier, dimmer, motor. Recordings: .npz, .csv, and
    .wav with the amperes at full scale, as kettle.wav:20; see docs/plant.md.

    \b
    Example:
      evlock plant load rectifier:300
    """
    # A file's name is meant from here, not from where the plant was started.
    meant = str(Path(load).absolute()) if Path(load.partition(":")[0]).suffix else load
    show(_ask(control, "load", load=meant), as_json=as_json)


@app.command()
def state(control: Control = Path(CONTROL), as_json: Json = False) -> None:
    """Show the truth that the meters try to measure.

    \b
    Example:
      evlock plant state --control plant-control.sock
    """
    show(_ask(control, "state"), as_json=as_json)


def _serve(argv: list[str], told: dict[str, Any], as_json: bool) -> None:
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
    if code == USAGE:
        raise typer.Exit(code)  # the plant has said why
    if code != 0:
        raise Unfinished(f"plant: ended with exit code {code}; its own line says why")


def _ask(control: Path, method: str, **params: Any) -> dict[str, Any]:
    from firmware.jsonrpc import Client

    with Client(control) as client:
        told: dict[str, Any] = client.call(method, **params)
    return told


def _faults(known: dict[str, Any]) -> str:
    """Every fault as two lines, and what is broken now."""
    lines = []
    for fault in known["faults"]:
        lines += [fault["name"], f"    {fault['text']}"]
        if fault["strength"]:
            lines.append(
                f"    --strength: {fault['strength']}"
                f" ({fault['minimum']:g} to {fault['maximum']:g}, default {fault['default']:g})"
            )
    broken = [
        (board, name, strength)
        for board, faults in known["active"].items()
        for name, strength in faults.items()
    ]
    return "\n".join([*lines, "", table(("board", "broken now", "strength"), broken)])
