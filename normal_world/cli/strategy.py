"""strategy: what this node sells and buys by itself, and what it would do in another moment."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli.output import Json, show, table
from normal_world.cli.programs import call

if TYPE_CHECKING:
    from normal_world.cli.strategy_trial import Trial

app = typer.Typer(help="Selling and buying by itself: settings, dry run, plug-ins.")
WIDTH = 78


@app.command("show")
def show_now(as_json: Json = False) -> None:
    """Show which strategy trades, its settings, its last decision and why.

    \b
    Example:
      evlock strategy show
    """
    told: dict[str, Any] = call("noded", "strategy.show")
    show(told, as_json=as_json, text=_shown(told))


@app.command("try")
def attempt(
    soc: Annotated[
        float | None,
        typer.Option("--soc", min=0.0, max=100.0, help="State of charge, percent."),
    ] = None,
    time: Annotated[str | None, typer.Option("--time", help="Local time of day, HH:MM.")] = None,
    day: Annotated[str | None, typer.Option("--day", help="mon, tue, … sun.")] = None,
    offer: Annotated[
        list[str] | None,
        typer.Option(
            "--offer",
            metavar="PRICE:AMOUNT",
            help="An offer on the market, base units a kWh and µWh; repeat for more.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what the strategy would do, and why.

    It is that of node.toml as on the disk; nothing is ordered.

    What is not given is as it is now; without a running node, healthy and idle is assumed.

    \b
    Example:
      evlock strategy try --soc 80 --time 19:30
      evlock strategy try --time 02:00 --offer 100000000000000000:5000000
    """
    from normal_world.cli import strategy_trial

    found = strategy_trial.attempt(soc=soc, time=time, day=day, offers=offer or [])
    show(found.to_json(), as_json=as_json, text=_tried(found))


@app.command("list")
def listing(as_json: Json = False) -> None:
    """List the strategies that node.toml may name.

    \b
    Example:
      evlock strategy list
    """
    from normal_world.strategy_host.plugins import installed

    found = installed()
    rows = [(one.name, one.package, one.fault or one.target) for one in found]
    told = {"strategies": [vars(one) for one in found]}
    show(told, as_json=as_json, text=table(("name", "package", "where"), rows))


def _shown(told: dict[str, Any]) -> str:
    lines = [f"strategy  {told['name']}, {told['state']}", *(f"  {w}" for w in told["settings"])]
    if told["state"] == "by hand":
        return "strategy  none: this node sells and buys by hand (docs/strategy.md)"
    if told["failure"]:
        lines += _wrapped("failed", f"{told['failure']} ({told['failures']} in a row)")
    lines.append(f"orders    {told['orders']} so far")
    last = told["last"]
    if last is None:
        return "\n".join([*lines, "last      nothing decided yet"])
    key = f" ({last['key']})" if last["key"] else ""
    return "\n".join(
        [
            *lines,
            f"last      {last['decision']}{key}, {last['at']}",
            *_wrapped("why", last["reason"]),
        ]
    )


def _tried(found: "Trial") -> str:
    lines = [f"strategy  {found.name}", f"would     {found.decision}"]
    lines += _wrapped("why", found.reason)
    for words in found.assumed:
        lines += _wrapped("assumed", words)
    return "\n".join(lines)


def _wrapped(name: str, text: str) -> list[str]:
    from textwrap import wrap

    return wrap(text, WIDTH, initial_indent=f"{name:<10}", subsequent_indent=" " * 10)
