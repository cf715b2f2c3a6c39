"""auction relay, relay-show: bring orders of many meters in one transaction; what that cost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli.chain_options import BOOK, RPC, Book, Network, Rpc
from normal_world.cli.output import Json, pairs, show, table

if TYPE_CHECKING:
    from normal_world.auction.relay.relay import Limits, Relay

HEAD = ("batch", "slot", "state", "orders", "gas", "gas an order", "wei")


def relay(
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Key that sends, mode 0600.")],
    rpc: Rpc = RPC,
    book: Book = BOOK,
    state: Annotated[
        Path, typer.Option("--state", metavar="DIR", help="Orders and transactions.")
    ] = Path("auction-relay"),
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="0: any.")] = 8561,
    batch: Annotated[
        int, typer.Option("--batch", min=1, max=400, help="Most orders of a transaction.")
    ] = 100,
    margin: Annotated[
        int,
        typer.Option("--margin", min=0, help="Blocks before the window ends; 0: 3/4 of it."),
    ] = 0,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Bring the orders of many meters to the auction together, until SIGTERM.

    An order proves itself, so the relay can change none and steal none; it can only withhold
    one, and the node then places it by itself. Each order is checked against the contract before
    it is taken. A batch is sent when it is full, or --margin blocks before the window for placing
    ends. The fees are the relay's.

    \b
    Example:
      evlock auction relay --key relay.key --rpc http://127.0.0.1:8545
    """
    import logging
    import signal
    import sys
    import threading

    from normal_world.auction.relay.relay import Limits
    from normal_world.auction.relay.service import RelayService

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    made = _relay(rpc, key, network, book, state, Limits(batch, margin))
    service = RelayService(made, host, port)
    told = {"url": service.url, "address": made.address}
    show(told, as_json=as_json, text=f"ready {service.url}, sends as {made.address}")
    sys.stdout.flush()
    stop.wait()
    service.close()


def relay_show(
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="The relay.")
    ] = "http://127.0.0.1:8561",
    as_json: Json = False,
) -> None:
    """Show who relays, with how many coins, and what its batches cost.

    \b
    Example:
      evlock auction relay-show --json
    """
    from normal_world.auction.relay.client import RelayClient

    told = RelayClient(url).show()
    total, batches = told["total"], told["batches"]
    rows = [
        (
            *(one[key] for key in ("batch", "slot", "state", "orders", "gas_used")),
            one["gas_used"] // max(one["orders"], 1),
            one["wei"],
        )
        for one in batches
    ]
    head = {key: told[key] for key in ("address", "coins_wei", "auction")}
    each = total["gas_used"] // max(total["orders"], 1)
    text = pairs({**head, **total, "gas_an_order": each})
    show(told, as_json=as_json, text=text + ("\n\n" + table(HEAD, rows) if rows else ""))


def _relay(rpc: str, key: Path, network: str, book: Path, state: Path, limits: "Limits") -> "Relay":
    from normal_world.auction.relay.books import Books
    from normal_world.auction.relay.relay import Relay
    from normal_world.chain.operator import read_key
    from normal_world.chain.outbox import Outbox
    from normal_world.chain.transaction import sign
    from normal_world.cli.chain_options import opened

    secret = read_key(key)
    hand, known = opened(rpc, key, network, book, "auction")
    books = Books(state / "orders.sqlite")
    path = state / "outbox.sqlite"
    outbox = Outbox(path, hand.chain, hand.account, lambda payload: sign(payload, secret))
    return Relay(hand.chain, hand.account, known, (books, outbox), limits)
