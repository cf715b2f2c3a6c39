"""meter: check and calibrate the sensors of this node; only while no trade is open."""

from typing import Annotated, Any

import typer

from normal_world.cli.errors import Unfinished, UsageInvalid
from normal_world.cli.output import Json, show
from normal_world.cli.programs import call

app = typer.Typer(help="Check and calibrate the meter (technician).")

Seconds = Annotated[
    float, typer.Option("--seconds", min=0.05, max=60.0, help="Length of the measurement.")
]


@app.command()
def zero(seconds: Seconds = 1.5, as_json: Json = False) -> None:
    """Measure the zero point, both relays open. Do this first.

    \b
    Example:
      evlock meter zero
    """
    show(call("meterd-admin", "calibrate.zero", seconds=seconds), as_json=as_json)


@app.command()
def load(
    state: Annotated[str, typer.Argument(metavar="STATE", help="on or off.")],
    as_json: Json = False,
) -> None:
    """Switch the reference load: 15 W, on for seconds only.

    \b
    Example:
      evlock meter load on
    """
    if state not in ("on", "off"):
        raise UsageInvalid(f"STATE {state!r}: on or off expected")
    show(call("meterd-admin", "reference_load", closed=state == "on"), as_json=as_json)


@app.command()
def gain(
    voltage_v: Annotated[float, typer.Option("--voltage-v", help="The instrument's, V.")],
    current_a: Annotated[float, typer.Option("--current-a", help="The instrument's, A.")],
    seconds: Seconds = 1.5,
    as_json: Json = False,
) -> None:
    """Set both gains by an instrument at the reference load.

    \b
    Example:
      evlock meter gain --voltage-v 12.405 --current-a 1.2484
    """
    values = {"voltage_v": voltage_v, "current_a": current_a}
    show(call("meterd-admin", "calibrate.load", seconds=seconds, **values), as_json=as_json)


@app.command()
def check(as_json: Json = False) -> None:
    """Zero, reference load, zero again: exit code 1 unless it passes.

    \b
    Example:
      evlock meter check
    """
    told: dict[str, Any] = call("meterd-admin", "self_check")
    show(told, as_json=as_json)
    if told["verdict"] != "passed":
        raise Unfinished(f"self-check: {told['verdict']}")
