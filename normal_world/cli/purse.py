"""purse: this node's money in the market, put in and taken out under its own account."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from normal_world.cli import units
from normal_world.cli.output import Json, pairs, show, table
from normal_world.cli.programs import call

AMOUNT_MAX = 2**128 - 1
HELP = "Base units; 10^18 are a token."
HEAD = ("step", "transaction", "block", "gas")

app = typer.Typer(help="This node's money in the market: revenue in, purchases out.")


@app.command("show")
def show_now(as_json: Json = False) -> None:
    """Show what the purse and the account hold.

    \b
    Example:
      evlock purse show
    """
    told = call("noded", "purse.show")
    money = {name: units.tokens(told[name]) for name in ("purse", "tokens", "allowance")}
    text = {
        "in the purse": money["purse"],
        "in the account": money["tokens"],
        "promised to the market": money["allowance"],
        "meter": told["meter"],
        "account": told["account"],
    }
    show(told, as_json=as_json, text=pairs(text))


@app.command()
def deposit(
    amount: Annotated[int, typer.Option("--amount", min=1, max=AMOUNT_MAX, help=HELP)],
    as_json: Json = False,
) -> None:
    """Move tokens of the account into the purse; those that it lacks are bought with coins.

    Not needed for a purchase, which deposits what it lacks by itself.

    \b
    Example:
      evlock purse deposit --amount 1000000000000000000
    """
    told = call("noded", "purse.deposit", amount=amount)
    show(told, as_json=as_json, text=_moved("into the purse", told))


@app.command()
def withdraw(
    amount: Annotated[
        int | None,
        typer.Option("--amount", min=1, max=AMOUNT_MAX, help=f"{HELP} Default: all."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Move tokens from the purse to this node's account.

    \b
    Example, all that was earned:
      evlock purse withdraw
    """
    told = call("noded", "purse.withdraw", amount=amount)
    show(told, as_json=as_json, text=_moved("to the account", told))


def _moved(where: str, told: Mapping[str, Any]) -> str:
    rows = [
        (made["function"], made["transaction"], made["block"], made["gas"])
        for made in told["transactions"]
    ]
    return f"{units.tokens(told['amount'])} {where}\n{table(HEAD, rows)}"
