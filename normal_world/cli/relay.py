"""relay: look at it, open it, close it for a moment, test it; by meterd's hand."""

import sys
from typing import Annotated, Any

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, show
from normal_world.cli.programs import call

app = typer.Typer(help="Look at the relay, move it by hand, test it.")
SOCKET = "meterd-admin"
ASKED = "The relay will close: what is connected gets power, unpaid. Go on?"

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def status(as_json: Json = False) -> None:
    """Show whether the relay is open or closed, and by whom.

    \b
    Example:
      evlock relay status
    """
    told = call(SOCKET, "relay", action="status")
    show(told, as_json=as_json, text=_status(told))


@app.command("open")
def open_relay(as_json: Json = False) -> None:
    """Open the relay now, after `relay close`.

    A delivery is ended with: evlock stop TRADE.

    \b
    Example:
      evlock relay open
    """
    told = call(SOCKET, "relay", action="open")
    show(told, as_json=as_json, text="open")


@app.command()
def close(
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=60.0, help="Opens by itself after.")
    ],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Close the relay for some seconds, at most 60.

    Only while no trade is open.

    The meter opens it again by its own timer. What flows is counted, and unpaid.

    \b
    Example:
      evlock relay close --seconds 10
    """
    _confirm(yes)
    told = call(SOCKET, "relay", action="close", seconds=seconds)
    show(told, as_json=as_json, text=f"closed; opens by itself in {seconds:g} s")


@app.command()
def test(yes: Yes = False, as_json: Json = False) -> None:
    """Move both relays once: do they follow, how fast?

    The main relay's contact can be timed only where current flows through it.

    \b
    Example:
      evlock relay test --yes
    """
    _confirm(yes)
    told = call(SOCKET, "relay", action="test")
    text = "\n".join(
        [_moved("relay", told["main"]), _moved("reference load", told["reference_load"])]
    )
    show(told, as_json=as_json, text=text)


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageInvalid("relay: no terminal to ask at, --yes expected")
    typer.confirm(ASKED, abort=True, err=True)


def _status(told: dict[str, Any]) -> str:
    if told["fault"]:
        return f"open; fault: {told['fault']}"
    if not told["closed"]:
        return "open"
    if told["by_hand"]:
        why = f"by hand, opens in {told['opens_in_s']:.0f} s"
    else:
        why = f"by trade {told['trade'][:10]}…"
    return f"closed {why}; {told['current_a']:.3f} A"


def _moved(name: str, moved: dict[str, Any]) -> str:
    if moved["operate_ms"] is None:
        seen = "no current through it: its contact was not seen"
    else:
        release = moved["release_ms"]
        parted = "not seen to open" if release is None else f"opens in {release} ms"
        seen = f"{moved['current_a']:.3f} A, closes in {moved['operate_ms']} ms, {parted}"
    return f"{name:<16}line follows; {seen}"
