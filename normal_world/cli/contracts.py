"""contracts: the grid operator's side of a network."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from normal_world.cli import contracts_options as numbers
from normal_world.cli.chain_options import (
    BOOK,
    RPC,
    Book,
    Key,
    Network,
    Rpc,
    opened,
    sender,
    tell,
)
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, pairs, show
from normal_world.cli.values import address

app = typer.Typer(help="Deploy the contracts, enrol meters (grid operator).")


@app.command()
def deploy(
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    report_blocks: numbers.ReportBlocks = None,
    trade_blocks: numbers.TradeBlocks = None,
    block_milliseconds: numbers.BlockMilliseconds = None,
    slot_blocks: numbers.SlotBlocks = None,
    commit_blocks: numbers.CommitBlocks = None,
    reveal_blocks: numbers.RevealBlocks = None,
    deposit: numbers.Deposit = None,
    order_fee: numbers.OrderFee = None,
    grid_buy_price: numbers.GridBuyPrice = None,
    feed_in_price: numbers.FeedInPrice = None,
    feeder: numbers.Feeder = None,
    price: numbers.Price = None,
    reward: numbers.Reward = None,
    as_json: Json = False,
) -> None:
    """Deploy all contracts that are missing; write the address book.

    Contracts that are there are verified and left alone, so it may be run again at any time. Cut
    off, it goes on where it was: FILE.progress beside the book says what was begun.

    Networks: mainnet (Kaia, chain id 8217, real money), kairos (Kaia's test network, 1001),
    private (a Kaia network of your own), dev (evlock devchain), anvil (31337), auto (any). On Kaia
    a block is final at once, and the gas price is the one that the node asks.

    \b
    Example:
      evlock contracts deploy --rpc http://127.0.0.1:8545 --key operator.key
    """
    asked = locals()
    from normal_world.chain.address_book import read_address_book
    from normal_world.chain.deployment import Step
    from normal_world.chain.deployment_book import deploy_to_book
    from normal_world.chain.deployment_plan import NUMBERS

    given = {name: asked[name] for name in NUMBERS if asked[name] is not None}

    def tell_step(step: Step) -> None:
        cost = "done before" if step.gas_used is None else f"{step.gas_used:,} gas"
        note(f"{step.name:<20} {step.address or 'set':<42}  {cost}")

    if book.exists():
        read_address_book(book)  # a file that is none shows before a node is asked
    if commit_blocks == 0 and deposit:
        raise UsageInvalid("--deposit: without commitments (--commit-blocks 0) 0 expected")
    hand = sender(rpc, key, network)
    made, steps = deploy_to_book(hand, book, given, tell=tell_step)
    told = asdict(made) | {"book": str(book), "steps": [asdict(step) for step in steps]}
    show(told, as_json=as_json, text=_summary(told))


def _summary(told: dict[str, Any]) -> str:
    """What was done, in one block."""
    if not told["steps"]:
        return f"all is there, nothing changed: {told['book']}"
    gas = sum(step["gas_used"] or 0 for step in told["steps"])
    done = {key: value for key, value in told.items() if key != "steps" and value != ""}
    return pairs(done | {"transactions": len(told["steps"]), "gas_used": gas})


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
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Make a meter known as an account's. Ids: evlock key address.

    \b
    Example:
      evlock contracts enroll --meter 0x… --account 0x… --rated-power-w 2300
    """
    from normal_world.chain import operator

    for text, option in ((meter, "--meter"), (account, "--account")):
        address(text, option)
    hand, known = opened(rpc, key, network, book)
    receipt = operator.enroll(
        hand, known, meter, account, feeder=feeder, rated_power_w=rated_power_w, credit=credit
    )
    receipts = [operator.fund(hand, account, fund_wei), receipt] if fund_wei else [receipt]
    told = {"meter": meter, "account": account, "feeder": feeder}
    tell(told, receipts, as_json=as_json)


@app.command()
def fund(
    account: Annotated[str, typer.Option("--account", help="Who gets the coins.")],
    wei: Annotated[int, typer.Option("--wei", min=1, help="Coins; 10^18 are one.")],
    rpc: Rpc = RPC,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Give an account coins for its gas.

    \b
    Example:
      evlock contracts fund --account 0x… --wei 100000000000000000
    """
    from normal_world.chain import operator

    address(account, "--account")
    receipt = operator.fund(sender(rpc, key, network), account, wei)
    tell({"account": account, "wei": wei}, receipt, as_json=as_json)


@app.command("show")
def show_contracts(
    rpc: Annotated[
        str | None, typer.Option("--rpc", metavar="URL", help="Also verify them at this node.")
    ] = None,
    book: Book = BOOK,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Show the address book; with --rpc verify the contracts of a node, byte for byte.

    \b
    Example:
      evlock contracts show --book /etc/evlock/contracts.json
    """
    from normal_world.chain.address_book import read_address_book

    known = read_address_book(book)
    told = {name: value for name, value in asdict(known).items() if value != ""}
    if rpc is not None:
        from normal_world.chain.deployment_check import verify
        from normal_world.chain.presets import chain_of

        verify(chain_of(rpc, network), known)
        told["verified_at"] = rpc
    show(told, as_json=as_json, text=pairs(told))
