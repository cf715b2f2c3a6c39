"""What the demos of the grid operator's contracts print: a line a step, a block at the end."""

import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli.output import pairs, show
from normal_world.cli.units import tokens

if TYPE_CHECKING:
    from normal_world.scenario.stage import Stage, Step

Rpc = Annotated[
    str | None,
    typer.Option("--rpc", metavar="URL", help="A chain's node; else a chain of its own."),
]
HIDDEN = ("chain_id", "contracts", "steps")
MONEY = ("price", "rate", "reward", "cost", "paid", "earned", "reserve", "base_units")
INDENT = " " * 4
UWH_PER_WH = 10**6


def run(
    play: "Callable[[Stage], dict[str, Any]]",
    rpc: str | None,
    key: Path | None,
    network: str,
    *,
    as_json: bool,
) -> None:
    """Plays a scenario and tells it."""
    from normal_world.scenario.stage import staged

    def tell(step: "Step") -> None:
        if not as_json:
            print(line(step), flush=True)

    with staged(rpc, key, network, tell) as stage:
        told = play(stage)
    shown = {name: value for name, value in told.items() if name not in HIDDEN}
    alerts = shown.pop("alerts", [])
    alerts = [f"alert      {row['event']}: {row['what']}" for row in alerts]
    ends = pairs({short(name): value(name, item) for name, item in shown.items()})
    text = "\n".join([*alerts, "", ends])
    show(told, as_json=as_json, text=text)


def line(step: "Step") -> str:
    """Who did what for how much gas; what there is to know of it below."""
    gas = f"  {step.gas_used:,} gas" if step.gas_used is not None else ""
    facts = [f"{short(name)}: {value(name, item)}" for name, item in step.facts.items()]
    facts += [f"refused: {step.refused}"] if step.refused else []
    below = [textwrap.fill(fact, 79, initial_indent=INDENT, subsequent_indent=INDENT + "  ",
                           break_long_words=False) for fact in facts]  # fmt: skip
    return "\n".join([f"{step.who:<10} {step.what}{gas}", *below])


def value(name: str, item: object) -> str:
    """Energy and money in the units of a person; --json has the integers."""
    if isinstance(item, int) and name.endswith("uwh"):
        return f"{(Decimal(item) / UWH_PER_WH).normalize():f} Wh"
    return tokens(item) if isinstance(item, int) and name in MONEY else str(item)


def short(name: str) -> str:
    """Without the unit, which the value has."""
    return name.removesuffix("_uwh").replace("_", " ")
