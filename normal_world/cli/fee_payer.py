"""fee-payer: pay for the gas of meters on Kaia (grid operator)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli.output import Json, pairs, show

if TYPE_CHECKING:
    from normal_world.fee_payer.limits import Limits
    from normal_world.fee_payer.payer import FeePayer

app = typer.Typer(help="Pay for the gas of meters on Kaia (grid operator).")


@app.command()
def run(
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="Key of who pays, mode 0600.")],
    rpc: Annotated[str, typer.Option("--rpc", metavar="URL", help="JSON-RPC of a Kaia node.")],
    book: Annotated[
        Path, typer.Option("--book", metavar="FILE", help="Address book: what may be called.")
    ] = Path("contracts.json"),
    state: Annotated[
        Path, typer.Option("--state", metavar="FILE", help="What was paid, for whom.")
    ] = Path("fee-payer.sqlite"),
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="0: any.")] = 8560,
    gas: Annotated[int, typer.Option("--gas", min=21_000, help="Most of one call.")] = 2_000_000,
    price_percent: Annotated[
        int, typer.Option("--price-percent", min=100, help="Most, of what the node asks.")
    ] = 200,
    reverts: Annotated[
        int, typer.Option("--reverts", min=1, help="Reverted calls of an account a day.")
    ] = 5,
    wei: Annotated[
        int, typer.Option("--wei", min=1, help="Most wei an account may cost a day.")
    ] = 10**18,
    as_json: Json = False,
) -> None:
    """Sign and send the calls of enrolled meters as their fee payer, until SIGTERM.

    Each call is checked: its sender has an enrolled meter, contract and function are the
    project's, gas and price within bounds, and a simulation does not revert.

    \b
    Example:
      evlock fee-payer run --key payer.key --rpc http://127.0.0.1:8551
    """
    import logging
    import signal
    import sys
    import threading

    from normal_world.fee_payer.limits import Limits
    from normal_world.fee_payer.service import FeePayerService

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    payer = _payer(rpc, key, book, state, Limits(gas, price_percent, reverts, wei))
    service = FeePayerService(payer, host, port)
    told = {"url": service.url, "address": payer.address}
    show(told, as_json=as_json, text=f"ready {service.url}, pays as {payer.address}")
    sys.stdout.flush()
    stop.wait()
    service.close()


@app.command("show")
def show_payer(
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="The fee payer.")
    ] = "http://127.0.0.1:8560",
    as_json: Json = False,
) -> None:
    """Show who pays, with how many coins, and what each account cost within a day.

    \b
    Example:
      evlock fee-payer show --json
    """
    from normal_world.fee_payer.client import FeePayerClient

    told = FeePayerClient(url).show()
    rows = {
        account: f"{row['calls']} calls, {row['reverts']} reverted, {row['wei']} wei"
        for account, row in told["day"].items()
    }
    text = pairs({"address": told["address"], "wei": told["wei"]} | rows)
    show(told, as_json=as_json, text=text)


def _payer(rpc: str, key: Path, book: Path, state: Path, limits: "Limits") -> "FeePayer":
    from normal_world.chain.address_book import check_address_book, read_address_book
    from normal_world.chain.client import Chain
    from normal_world.chain.operator import read_key
    from normal_world.fee_payer.books import Books
    from normal_world.fee_payer.limits import functions
    from normal_world.fee_payer.members import Members
    from normal_world.fee_payer.payer import FeePayer

    secret, known = read_key(key), read_address_book(book)
    chain = Chain(rpc, finality="kaia", chain_id=known.chain_id)
    check_address_book(chain, known)
    members = Members(chain, known)
    return FeePayer(chain, secret, members, Books(state), functions(known), limits)
