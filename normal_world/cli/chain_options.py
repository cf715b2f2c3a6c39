"""What the commands that send transactions have in common: who sends, where, and what is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli.output import pairs, show

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook
    from normal_world.chain.answers import Receipt
    from normal_world.chain.operator import Operator

Rpc = Annotated[str, typer.Option("--rpc", metavar="URL", help="JSON-RPC of a chain node.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Key that signs; else the node's account."),
]
Book = Annotated[Path, typer.Option("--book", metavar="FILE", help="Address book.")]
Network = Annotated[
    str,
    typer.Option("--network", metavar="NAME", help="auto, mainnet, kairos, private, dev, anvil."),
]
RPC, BOOK = "http://127.0.0.1:8545", Path("contracts.json")


def sender(rpc: str, key: Path | None, network: str = "auto") -> "Operator":
    """Who signs: the key in a file, else the node's first account; ConfigError, ChainError."""
    from normal_world.chain.operator import key_operator, node_operator
    from normal_world.chain.presets import chain_of

    chain = chain_of(rpc, network)
    return node_operator(chain) if key is None else key_operator(chain, key)


def opened(
    rpc: str, key: Path | None, network: str, book: Path, *needed: str
) -> "tuple[Operator, AddressBook]":
    """Who signs, and the contracts, once the node has them; ConfigError if the book lacks one."""
    from normal_world.chain.address_book import check_address_book, read_address_book
    from normal_world.errors import ConfigError

    known = read_address_book(book)
    for name in needed:
        if not getattr(known, name):
            told = f"{book}: no {name}; `evlock contracts deploy` adds it"
            raise ConfigError(told, "CONFIG-ADDRESS-BOOK")
    hand = sender(rpc, key, network)
    check_address_book(hand.chain, known)
    return hand, known


def tell(what: Mapping[str, Any], receipts: "Receipt | list[Receipt]", *, as_json: bool) -> None:
    """The one block of a command that has changed the chain."""
    made = receipts if isinstance(receipts, list) else [receipts]
    told = dict(what) | {
        "transaction": made[-1].transaction,
        "block": made[-1].block,
        "gas_used": sum(receipt.gas_used for receipt in made),
    }
    show(told, as_json=as_json, text=pairs(told))
