"""policy: which calls the secure world may sign."""

from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import secure_world

app = typer.Typer(help="Say which transactions the secure world may sign.")

MAX_FEE_WEI = 10**17


@app.command("set")
def set_policy(
    book: Annotated[
        Path, typer.Option("--book", metavar="FILE", help="Address book (contracts.json).")
    ],
    role: Annotated[
        list[str] | None, typer.Option("--role", help="seller, buyer; repeat for both.")
    ] = None,
    max_value: Annotated[
        int, typer.Option("--max-value-wei", min=0, help="Most that buyTokens may carry.")
    ] = 0,
    max_fee: Annotated[
        int, typer.Option("--max-fee-wei", min=0, help="Most that a transaction may cost.")
    ] = MAX_FEE_WEI,
    as_json: Json = False,
) -> None:
    """Replace the policy by the calls of these roles.

    Exactly these calls are signed, and only on these contracts.

    \b
    Example:
      evlock policy set --book contracts.json --role buyer \\
        --max-value-wei 1000000000000000
    """
    from normal_world.chain.address_book import read_address_book
    from normal_world.cli.rules import rules_for

    roles = role or ["seller", "buyer"]
    rules = rules_for(roles, read_address_book(book), max_value)
    with secure_world("admin") as client:
        version = client.set_policy(rules, max_fee)
    if "buyer" in roles and max_value == 0:
        note("no purchase of tokens is allowed: --max-value-wei is 0")
    show(
        {"version": version, "rules": [rule.to_json() for rule in rules]},
        as_json=as_json,
        text=(f"policy {version}: {len(rules)} calls allowed ({', '.join(roles)})"),
    )


@app.command("show")
def show_policy(as_json: Json = False) -> None:
    """Show the version of the policy in force.

    \b
    Example:
      evlock policy show
    """
    with secure_world("admin") as client:
        version = client.info().policy_version
    text = f"policy {version}" if version else "no policy yet: nothing is signed"
    show({"version": version}, as_json=as_json, text=text)
