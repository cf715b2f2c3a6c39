"""token: the market's money, held in accounts and in meters' purses."""

from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli.chain_options import (
    BOOK,
    RPC,
    Book,
    Key,
    Network,
    Rpc,
    opened,
    tell,
)
from normal_world.cli.chain_values import Amount, Meter, contract_or_address, hex_address
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, show

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook

app = typer.Typer(help="Tokens: balances, purchases, purses of meters.")

Where = Annotated[
    str, typer.Option("--in", metavar="CONTRACT", help="Whose purse: market or auction.")
]


@app.command()
def balance(
    account: Annotated[
        str | None, typer.Option("--account", help="Whose; else the key's, or the node's.")
    ] = None,
    meter: Annotated[
        str | None, typer.Option("--meter", help="Also show this meter's purses.")
    ] = None,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Show an account's coins and tokens, and what a meter's purses hold.

    \b
    Example:
      evlock token balance --account 0x… --meter 0x…
    """
    from normal_world.chain.bindings import token

    own = account and hex_address(account, "--account")
    purse = meter and hex_address(meter, "--meter")
    hand, known = opened(rpc, key, network, book)
    who = own or hand.account
    told: dict[str, object] = {"account": who, "wei": hand.chain.balance(who)}
    told["base_units"] = token.balance_of(who).ask(hand.chain, known.token)
    if purse:
        from normal_world.chain.bindings import market

        for name in ("market", "auction"):
            if at := getattr(known, name):
                told[f"purse_in_{name}"] = market.purse_of(purse).ask(hand.chain, at)
    show(told, as_json=as_json)


@app.command()
def buy(
    amount: Amount,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Change coins into tokens: one wei a base unit.

    \b
    Example:
      evlock token buy --amount 1000000000000000000 --key household.key
    """
    from normal_world.chain.bindings import token

    hand, known = opened(rpc, key, network, book)
    receipt = hand.send(known.token, token.buy_tokens(), value=amount)
    tell({"bought": amount, "account": hand.account}, receipt, as_json=as_json)


@app.command()
def approve(
    spender: Annotated[
        str, typer.Option("--spender", help="A contract's name (market, …) or an address.")
    ],
    amount: Annotated[
        int, typer.Option("--amount", min=0, max=2**256 - 1, help="Base units; 0 takes it back.")
    ],
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Let a contract take tokens, up to an amount.

    \b
    Example:
      evlock token approve --spender ledger --amount 1000000000000000000
    """
    from normal_world.chain.bindings import token

    hand, known = opened(rpc, key, network, book)
    who = contract_or_address("--spender", spender, known)
    receipt = hand.send(known.token, token.approve(who, amount))
    tell({"spender": who, "approved": amount}, receipt, as_json=as_json)


@app.command()
def transfer(
    to: Annotated[str, typer.Option("--to", help="A contract's name or an address.")],
    amount: Amount,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Send tokens to an account.

    \b
    Example:
      evlock token transfer --to 0x… --amount 1000000000000000000
    """
    from normal_world.chain.bindings import token

    hand, known = opened(rpc, key, network, book)
    receiver = contract_or_address("--to", to, known)
    # The operator's reserve alone has a way out for what is sent to it.
    if receiver in known.contracts().values() and receiver != known.operator:
        raise UsageInvalid(f"--to {to}: tokens sent there are lost; evlock token deposit expected")
    receipt = hand.send(known.token, token.transfer(receiver, amount))
    tell({"to": receiver, "sent": amount}, receipt, as_json=as_json)


@app.command()
def deposit(
    meter: Meter,
    amount: Amount,
    where: Where = "market",
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Put tokens into a meter's purse; approves them first.

    For an account outside a node: a node deposits by itself what it buys.

    \b
    Example:
      evlock token deposit --meter 0x… --amount 1000000000000000000
    """
    from normal_world.chain import acts

    at = hex_address(meter, "--meter")
    _check_where(where)
    hand, known = opened(rpc, key, network, book)
    receipts = acts.deposit(hand, known, _purses(where, known), at, amount)
    tell({"meter": at, "in": where, "deposited": amount}, receipts, as_json=as_json)


@app.command()
def withdraw(
    meter: Meter,
    amount: Amount,
    where: Where = "market",
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Take tokens out of the purse of one's own meter.

    \b
    Example:
      evlock token withdraw --meter 0x… --amount 1000000000000000000
    """
    from normal_world.chain import acts

    at = hex_address(meter, "--meter")
    _check_where(where)
    hand, known = opened(rpc, key, network, book)
    receipt = acts.withdraw(hand, _purses(where, known), at, amount)
    tell({"meter": at, "in": where, "withdrawn": amount}, receipt, as_json=as_json)


def _check_where(where: str) -> None:
    if where not in ("market", "auction"):
        raise UsageInvalid(f"--in {where!r}: market or auction expected")


def _purses(where: str, book: "AddressBook") -> str:
    """Address of the contract with the purses; UsageInvalid if the book has none."""
    found: str = getattr(book, where)
    if not found:
        raise UsageInvalid("--in auction: the address book has none; market expected")
    return found
