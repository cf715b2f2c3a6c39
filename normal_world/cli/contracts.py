"""contracts: the grid operator's side of a network."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, pairs, show
from normal_world.cli.values import address

if TYPE_CHECKING:
    from normal_world.chain.client import Chain
    from normal_world.chain.operator import Operator

app = typer.Typer(help="Deploy the contracts, enrol meters (grid operator).")

Rpc = Annotated[str, typer.Option("--rpc", metavar="URL", help="JSON-RPC of a chain node.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The operator's key; else the node's account."),
]
Book = Annotated[Path, typer.Option("--book", metavar="FILE", help="Address book.")]
RPC, BOOK = "http://127.0.0.1:8545", Path("contracts.json")


@app.command()
def deploy(
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    report_blocks: Annotated[
        int, typer.Option("--report-blocks", min=1, help="Length of the report window.")
    ] = 10,
    trade_blocks: Annotated[
        int, typer.Option("--trade-blocks", min=1, help="From purchase to deadline.")
    ] = 3600,
    as_json: Json = False,
) -> None:
    """Deploy token, registry and market; write the address book.

    \b
    Example:
      evlock contracts deploy --rpc http://127.0.0.1:8545 --key operator.key
    """
    from normal_world.chain import operator
    from normal_world.chain.address_book import write_address_book

    if book.exists():
        raise UsageInvalid(f"--book {book}: exists, and names a network; another file expected")
    made = operator.deploy(
        _operator(rpc, key), report_blocks=report_blocks, trade_blocks=trade_blocks
    )
    write_address_book(book, made)
    show(asdict(made) | {"book": str(book)}, as_json=as_json)


@app.command()
def enroll(
    meter: Annotated[str, typer.Option("--meter", help="Meter id, 0x and 40 digits.")],
    account: Annotated[str, typer.Option("--account", help="Its owner's account.")],
    rated_power_w: Annotated[
        int, typer.Option("--rated-power-w", min=1, max=16_777_215, help="Of its line, W.")
    ],
    feeder: Annotated[
        int, typer.Option("--feeder", min=1, max=16_777_215, help="Low-voltage grid, a number.")
    ] = 1,
    credit: Annotated[
        int, typer.Option("--credit", min=0, max=65_535, help="Credit to begin with.")
    ] = 10,
    fund_wei: Annotated[
        int, typer.Option("--fund-wei", min=0, help="Coins for the account's gas.")
    ] = 0,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make a meter known as an account's. Ids: evlock key address.

    \b
    Example:
      evlock contracts enroll --meter 0x… --account 0x… --rated-power-w 2300
    """
    from normal_world.chain import operator
    from normal_world.chain.address_book import check_address_book, read_address_book

    for text, option in ((meter, "--meter"), (account, "--account")):
        address(text, option)
    known, hand = read_address_book(book), _operator(rpc, key)
    check_address_book(hand.chain, known)
    receipt = operator.enroll(
        hand, known, meter, account, feeder=feeder, rated_power_w=rated_power_w, credit=credit
    )
    if fund_wei:
        operator.fund(hand, account, fund_wei)
    told = {"meter": meter, "account": account, "feeder": feeder, "block": receipt.block}
    show(told | {"transaction": receipt.transaction}, as_json=as_json)


@app.command()
def fund(
    account: Annotated[str, typer.Option("--account", help="Who gets the coins.")],
    wei: Annotated[int, typer.Option("--wei", min=1, help="Coins; 10^18 are one.")],
    rpc: Rpc = RPC,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Give an account coins for its gas.

    \b
    Example:
      evlock contracts fund --account 0x… --wei 100000000000000000
    """
    from normal_world.chain import operator

    address(account, "--account")
    receipt = operator.fund(_operator(rpc, key), account, wei)
    show({"account": account, "wei": wei, "block": receipt.block}, as_json=as_json)


@app.command("show")
def show_contracts(
    rpc: Annotated[
        str | None, typer.Option("--rpc", metavar="URL", help="Also ask this node for them.")
    ] = None,
    book: Book = BOOK,
    as_json: Json = False,
) -> None:
    """Show the address book, and whether a node has these contracts.

    \b
    Example:
      evlock contracts show --book /etc/evlock/contracts.json
    """
    from normal_world.chain.address_book import check_address_book, read_address_book

    known = read_address_book(book)
    told = asdict(known)
    if rpc is not None:
        check_address_book(_chain(rpc), known)
        told["found_at"] = rpc
    show(told, as_json=as_json, text=pairs(told))


def _chain(rpc: str) -> "Chain":
    from normal_world.chain.client import Chain

    return Chain(rpc)


def _operator(rpc: str, key: Path | None) -> "Operator":
    from normal_world.chain.operator import key_operator, node_operator

    chain = _chain(rpc)
    return node_operator(chain) if key is None else key_operator(chain, key)
