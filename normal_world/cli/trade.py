"""sell, buy, trades, stop: what the owner wants from noded."""

from typing import Annotated, Any

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.offer_words import offer_id, short
from normal_world.cli.output import Json, show, table
from normal_world.cli.programs import call

AMOUNT_MAX_UWH = 2**64 - 1
PRICE_MAX = 2**96 - 1

Amount = Annotated[
    int,
    typer.Option("--amount-uwh", min=1, max=AMOUNT_MAX_UWH, help="Energy in µWh; 1000000 is 1 Wh."),
]
TradeId = Annotated[
    str, typer.Argument(metavar="TRADE", help="Trade id, or how it begins (evlock trades).")
]
REASON_LENGTH = 24
ID_LENGTH, SHORT = 66, 10  # 0x and 64 digits; 0x and 8
HEAD = ("trade", "role", "phase", "amount µWh", "energy µWh", "reason")


def sell(
    amount_uwh: Amount,
    price: Annotated[
        int,
        typer.Option(
            "--price", max=PRICE_MAX, min=1, help="Base units for a kWh; 10^18 are a token."
        ),
    ],
    min_credit: Annotated[
        int, typer.Option("--min-credit", min=0, max=65535, help="Least credit of a buyer.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Offer energy for sale.

    \b
    Example, 1 Wh at 0.15 token for a kWh:
      evlock sell --amount-uwh 1000000 --price 150000000000000000
    """
    told = call("noded", "sell", amount_uwh=amount_uwh, price=price, min_credit=min_credit)
    show({"offer": short(told["offer_id"]), **told}, as_json=as_json)


def buy(
    amount_uwh: Amount,
    max_price: Annotated[
        int,
        typer.Option("--max-price", min=1, max=PRICE_MAX, help="Most base units for a kWh."),
    ],
    offer: Annotated[
        list[str] | None,
        typer.Option(
            "--offer",
            metavar="0xMETER/N",
            help="Only this offer, or its number; repeat for more. Default: the cheapest.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Buy energy through an escrow.

    \b
    Example:
      evlock buy --amount-uwh 1000000 --max-price 150000000000000000
    """
    ids = [offer_id(text) for text in offer or ()]
    told = call("noded", "buy", amount_uwh=amount_uwh, max_price=max_price, offers=ids or None)
    show(told, as_json=as_json)


def trades(
    trade: Annotated[
        str | None, typer.Option("--trade", metavar="TRADE", help="Everything of one trade.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the trades of this node, or one in full.

    \b
    Example:
      evlock trades
    """
    if trade is not None:
        show(call("noded", "trade", trade=whole(trade)), as_json=as_json)
        return
    rows = _all()
    show({"trades": rows}, as_json=as_json, text=_listing(rows))


def stop(trade: TradeId, as_json: Json = False) -> None:
    """End a delivery now; what was delivered is paid.

    \b
    Example:
      evlock stop 0x5f3a9c01
    """
    stopped = whole(trade)
    call("noded", "stop", trade=stopped)
    show({"stopped": stopped}, as_json=as_json)


def whole(trade: str) -> str:
    """The only trade of this node that begins so; raises UsageInvalid."""
    if len(trade) == ID_LENGTH:
        return trade
    known = [str(row["trade"]) for row in _all()]
    found = [name for name in known if len(trade) > len("0x") and name.startswith(trade.lower())]
    if len(found) != 1:
        raise UsageInvalid(
            f"TRADE {trade!r}: begins {len(found)} of this node's {len(known)} trades, one expected"
        )
    return found[0]


def _all() -> list[dict[str, Any]]:
    """Every trade of the node, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        page = call("noded", "trades", offset=len(rows))
        rows += page["trades"]
        if not page["more"]:
            return rows


def _listing(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "no trades yet"
    return table(
        HEAD,
        [
            (
                row["trade"][:SHORT],
                row["role"],
                row["phase"],
                row["terms"]["amount_uwh"],
                "–" if row["energy_uwh"] is None else row["energy_uwh"],
                _short(row["reason"]),
            )
            for row in rows
        ],
    )


def _short(reason: str) -> str:
    """So much that the table stays within 80 columns; --trade shows it whole."""
    return reason if len(reason) <= REASON_LENGTH else reason[: REASON_LENGTH - 1] + "…"


def register(app: typer.Typer) -> None:
    """Put the four commands of trading at the top level."""
    for command in (sell, buy, trades, stop):
        app.command()(command)
