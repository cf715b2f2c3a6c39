"""auction status, orders, results, clear: a node's orders, and the rounds as the chain has them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli import units
from normal_world.cli.chain_options import BOOK, RPC, Book, Key, Network, Rpc, opened, tell
from normal_world.cli.output import Json, pairs, show, table
from normal_world.cli.programs import call

if TYPE_CHECKING:
    from normal_world.auction.results import Ledger

SLOT_MAX = 2**64 - 1
Slot = Annotated[int, typer.Argument(metavar="SLOT", min=0, max=SLOT_MAX, help="Its number.")]
ORDER_HEAD = ("slot", "side", "price", "energy", "state", "payout", "reason")
REASON_LENGTH = 24
MAY_DIFFER = 1


def status(as_json: Json = False) -> None:
    """Show this node's part in the auction: slot, phase, purse, own orders.

    \b
    Example:
      evlock auction status
    """
    told = call("noded", "auction.status")
    orders = told.get("orders", [])
    short = {key: value for key, value in told.items() if key != "orders"}
    for key in ("purse", "purse_wanted"):
        if key in short:
            short[key] = units.tokens(short[key])
    rows = [_own(order) for order in orders]
    text = pairs(short) + ("\n\n" + table(ORDER_HEAD, rows) if rows else "")
    show(told, as_json=as_json, text=text)


def orders(
    slot: Slot,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Show the orders of a slot, in the order of their placement.

    \b
    Example:
      evlock auction orders 1984
    """
    ledger = _ledger(rpc, network, book, slot)
    found = ledger.rows.orders(slot)
    rows = [order._asdict() for order in found]
    lines = [
        (
            o.number,
            o.meter,
            ("buy", "sell")[o.direction],
            _price(o.price),
            units.energy(o.energy_uwh),
        )
        for o in found
    ]
    text = table(("number", "meter", "side", "price", "energy"), lines)
    if not found:
        known = ", ".join(map(str, ledger.slots()[:8])) or "none"
        text = f"slot {slot} has no orders; after it these have: {known}"
    show({"slot": slot, "orders": rows}, as_json=as_json, text=text)


def results(
    slot: Slot,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Show who traded with whom, recomputed and compared with the chain.

    \b
    Exit code: 0 equal, or not cleared yet; 1 the chain did otherwise.

    \b
    Example:
      evlock auction results 1984
    """
    told = _ledger(rpc, network, book, slot).told(slot)
    show(told, as_json=as_json, text=_results(told))
    if told["differences"] or told["conservation"] not in (None, 0):
        raise typer.Exit(MAY_DIFFER)


def clear(
    slot: Slot,
    pay_now: Annotated[
        int, typer.Option("--pay-now", min=0, max=1000, help="Payouts of this transaction.")
    ] = 100,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Clear a slot, or go on paying it: anyone may, for the fees.

    \b
    Example:
      evlock auction clear 1984 --key anybody.key
    """
    from normal_world.auction.results import Ledger
    from normal_world.auction.rounds import clearing, paying
    from normal_world.errors import StateError

    hand, known = opened(rpc, key, network, book, "auction")
    ledger = Ledger(hand.chain, known, slot)
    stage = ledger.stage(slot)
    if stage == "done":
        raise StateError(f"slot {slot} is cleared and paid already", "AUCTION-DONE")
    if not ledger.rows.orders(slot):
        raise StateError(f"slot {slot} has no orders in final blocks", "AUCTION-NO-ORDERS")
    data = clearing(ledger, slot, pay_now) if stage == "open" else paying(ledger, slot, pay_now)
    receipt = hand.send(known.auction, data)
    told = {"slot": slot, "did": "clear" if stage == "open" else "pay", "by": hand.account}
    tell(told | {"stage": ledger.stage(slot)}, receipt, as_json=as_json)


def _ledger(rpc: str, network: str, book: Path, slot: int) -> "Ledger":
    from normal_world.auction.results import Ledger
    from normal_world.chain.address_book import check_address_book, read_address_book
    from normal_world.chain.presets import chain_of

    known = read_address_book(book)
    chain = chain_of(rpc, network)
    check_address_book(chain, known)
    return Ledger(chain, known, slot)


def _own(order: dict[str, Any]) -> tuple[object, ...]:
    return (
        order["slot"],
        order["side"],
        _price(order["price"]),
        units.energy(order["energy_uwh"]),
        order["state"],
        units.tokens(order["payout"]),
        order["reason"][:REASON_LENGTH],
    )


def _results(told: dict[str, Any]) -> str:
    orders = told["orders"]
    rows = [
        (
            order["number"],
            order["meter"][:10],
            order["side"],
            _price(order["price"]),
            units.energy(order["matched_uwh"]),
            units.energy(order["rest_uwh"]),
            _micro(order),
        )
        for order in orders
    ]
    head = ("order", "meter", "side", "limit", "matched", "utility", "µtoken")
    trades = [
        f"{trade['sell']} → {trade['buy']}: {units.energy(trade['energy_uwh'])}"
        f" at {_price(trade['price'])}"
        for trade in told["trades"]
    ]
    tariff = told["tariff"]
    return "\n".join(
        [
            f"slot {told['slot']}: {told['stage']}; tariff {_price(tariff['grid_buy_price'])}"
            f" and {_price(tariff['feed_in_price'])} a kWh",
            table(head, rows),
            *(trades or ["nobody traded with a neighbour"]),
            f"recomputed, and compared with the chain: {told['against_chain']}",
        ]
    )


def _price(price: int) -> str:
    return units.tokens(price).removesuffix(" token")


def _micro(order: dict[str, Any]) -> str:
    """What the order brought (+) or cost (-), millionths of a token."""
    sign = 1 if order["side"] == "sell" else -1
    return f"{sign * (order['matched_money'] + order['rest_money']) / 10**12:+.3f}"
