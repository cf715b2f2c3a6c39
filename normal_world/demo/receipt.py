"""The receipt at the end of the demo: who, how much, what it cost, what the plant says."""

from collections.abc import Callable
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from normal_world.cli import units

COLOURS = {"settled": "green", "cut": "yellow", "refused": "yellow", "failed": "red"}


def receipt(result: dict[str, Any]) -> RenderableType:
    """A framed table, 80 columns wide at most, from the demo's JSON object."""
    state = result["state"]
    parts: list[RenderableType] = [_ends(result), _facts(result)]
    if result["transactions"]:
        parts += [Text(), _transactions(result["transactions"])]
    if "reason" in result:
        parts += [Text(), Text(f"reason: {result['reason']}")]
    title = f"receipt: {state}"
    return Panel(Group(*parts), title=title, border_style=COLOURS[state], width=80)


def _ends(result: dict[str, Any]) -> Table:
    energy, relay = result["energy"], result["relay"]
    table = Table("", "seller", "buyer", box=None, expand=True, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("energy, register", *_each(energy, "{}_register_uwh", units.energy))
    truth = (energy["sent_true_uwh"], energy["delivered_true_uwh"])
    table.add_row("energy, plant (true)", *(units.energy(value) for value in truth))
    table.add_row("error of the meter", *_each(energy, "{}_error_percent", _percent))
    table.add_row("energy, signed", *_each(energy, "{}_uwh", units.energy))
    table.add_row("self-check", *_each(result["self_check"], "{}", lambda told: told or units.DASH))
    table.add_row("credit", *_each(result["credit"], "{}", _credit))
    table.add_row("tokens, in the purse", *_each(result["tokens"], "{}", _part("purse")))
    table.add_row("tokens, in the account", *_each(result["tokens"], "{}", _part("account")))
    table.add_row("relay closed after", *_each(relay, "{}_closed_s", units.seconds))
    table.add_row("relay open after", *_each(relay, "{}_open_s", units.seconds))
    return table


def _facts(result: dict[str, Any]) -> Table:
    money = result["money"]
    table = Table.grid(expand=True)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("")
    table.add_row("agreed energy", units.energy(result["energy"]["offered_uwh"]))
    table.add_row("price for a kWh", units.tokens(money["price"]))
    table.add_row("in escrow", units.tokens(money["escrowed"]))
    table.add_row("paid to the seller", units.tokens(money["paid"]))
    table.add_row("back to the buyer", units.tokens(money["refunded"]))
    readings = result["readings"]
    table.add_row("readings signed / exchanged", f"{readings['signed']} / {readings['exchanged']}")
    table.add_row("the whole demo took", units.seconds(result["duration_s"]))
    return table


def _transactions(transactions: list[dict[str, Any]]) -> Table:
    table = Table("transaction", "by", "gas", "block", box=None, expand=True, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for item in transactions:
        name = item["function"] if item["succeeded"] else f"{item['function']} (reverted)"
        table.add_row(name, item["sender"], f"{item['gas']:,}", str(item["block"]))
    return table


def _each(values: dict[str, Any], key: str, form: Any) -> list[str]:
    return [str(form(values[key.format(node)])) for node in ("seller", "buyer")]


def _part(name: str) -> Callable[[dict[str, int | None]], str]:
    return lambda held: units.tokens(held[name])


def _percent(value: float | None) -> str:
    return units.DASH if value is None else f"{value:+.3f} %"


def _credit(pair: list[int | None]) -> str:
    before, after = pair
    if before is None or after is None:
        return units.DASH
    return f"{before} → {after} ({after - before:+d})"
