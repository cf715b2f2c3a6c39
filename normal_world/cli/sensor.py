"""sensor: what the meter's sensors say, once, again and again, or as a plot."""

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import call

app = typer.Typer(help="Read, watch and plot the sensors of this meter.")
TURN_S = 1.0
RUNNING = "the meter trades: means of its last window, without noise and raw values"


class What(StrEnum):
    current = "current"
    voltage = "voltage"


@app.command()
def read(
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.05, max=60.0, help="Length of the measurement.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Measure for a moment: volts, amperes, watts, noise, raw values.

    \b
    Example:
      evlock sensor read --seconds 5
    """
    from firmware.errors import RpcFailed
    from normal_world.cli.sensor_text import reading

    try:
        told: dict[str, Any] = {"trading": False}
        told |= call("meterd-admin", "sensor.read", seconds=seconds)
    except RpcFailed as error:
        if error.code != "METER-BUSY":
            raise
        told = {"trading": True}
        note(RUNNING)
    status = call("meterd-admin", "status")
    show({**status, **told}, as_json=as_json, text=reading(status, told))


@app.command()
def watch(
    count: Annotated[
        int, typer.Option("--count", min=0, help="End after so many readings; 0: at Ctrl-C.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Show the values once a second until Ctrl-C.

    On a terminal a screen; piped, a line each.

    \b
    Examples:
      evlock sensor watch
      evlock sensor watch --count 60 > minute.txt
    """
    from normal_world.cli.sensor_screen import lines, objects, screen

    way = objects if as_json else screen if sys.stdout.isatty() else lines
    try:
        way(_statuses(count))
    except KeyboardInterrupt:
        return


@app.command()
def plot(
    what: Annotated[What, typer.Option("--what", help="Which channel.")] = What.current,
    count: Annotated[int, typer.Option("--count", min=10, max=1000, help="Samples.")] = 400,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE.svg", help="Write it as SVG.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.")] = False,
    as_json: Json = False,
) -> None:
    """Draw raw samples over time, at the full rate of the converters.

    \b
    Examples:
      evlock sensor plot
      evlock sensor plot --what voltage --count 800 --output voltage.svg
    """
    from normal_world.cli.sensor_plot import svg, terminal

    if output is not None and output.suffix != ".svg":
        raise UsageInvalid(f"--output {output}: a name that ends in .svg expected")
    if output is not None and output.exists() and not force:
        raise UsageInvalid(f"--output {output}: exists already; --force replaces it")
    told = call("meterd-admin", "sensor.samples", count=count)
    times, values, unit = told["time_s"], told[_key(what)], "A" if what is What.current else "V"
    text = terminal(times, values, unit)
    if output is not None:
        output.write_text(svg(times, values, f"{what.value}, {unit}"), encoding="utf-8")
        text = f"{output}: {len(values)} samples"
        told = {"file": str(output), "samples": len(values)}
    show(told, as_json=as_json, text=text)


def _key(what: What) -> str:
    return "current_a" if what is What.current else "voltage_v"


def _statuses(count: int) -> Any:
    """The status once a second: by its own clock, not a sleep after another."""
    given, next_s = 0, time.monotonic()
    while True:
        yield call("meterd-admin", "status")
        given += 1
        if given == count:
            return
        next_s += TURN_S
        time.sleep(max(0.0, next_s - time.monotonic()))
