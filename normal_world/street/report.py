"""The street's tables, for people."""

from typing import Any

from normal_world.cli import units
from normal_world.cli.output import table

TOKEN = 10**18


def text(result: dict[str, Any]) -> str:
    """Tables of slots and households, then the checks."""
    parts = [_slot(told) for told in result["slots"]]
    parts += [_households(result), _places(result), _machine(result), _checks(result)]
    return "\n\n".join(parts)


def _slot(told: dict[str, Any]) -> str:
    whole = "" if told["measured"] else " (the nodes began in it: not a whole slot)"
    rows = [
        (
            order["household"],
            f"{order['side']} at {_cents(order['price'])}",
            units.energy(order["energy_uwh"]),
            units.energy(order["true_uwh"]) if order["true_uwh"] is not None else "-",
            units.energy(order["matched_uwh"]),
            units.energy(order["rest_uwh"]),
            _millionths(order),
        )
        for order in told["orders"]
    ]
    head = ("home", "limit", "metered", "plant", "matched", "utility", "µtoken")
    trades = [
        f"  {_home(told, t['sell'])} → {_home(told, t['buy'])}: "
        f"{units.energy(t['energy_uwh'])} at {_cents(t['price'])}"
        for t in told["trades"]
    ]
    title = f"slot {told['slot']}{whole}; prices in hundredths of a token a kWh"
    lines = [title, table(head, rows), *trades]
    return "\n".join([*lines, f"  recomputed: {told['against_chain']}"])


def _home(told: dict[str, Any], number: int) -> str:
    return str(told["orders"][number]["household"])


def _cents(price: int) -> str:
    """Hundredths of a token for a kWh."""
    return f"{price / (TOKEN // 100):.1f}"


def _millionths(order: dict[str, Any]) -> str:
    """What the order brought (+) or cost (-), millionths of a token."""
    money = order["matched_money"] + order["rest_money"]
    sign = 1 if order["side"] == "sell" else -1
    return f"{sign * money / (TOKEN // 10**6):+.2f}"


def _households(result: dict[str, Any]) -> str:
    rows = [
        (
            home["household"],
            *(
                units.energy(home[f"{way}_{source}_uwh"])
                for way in ("imported", "exported")
                for source in ("register", "true")
            ),
        )
        for home in result["households"]
    ]
    head = ("home", "import: meter", "plant", "export: meter", "plant")
    return "since the connections stood\n" + table(head, rows)


def _places(result: dict[str, Any]) -> str:
    """How many orders came together: by a relay many, by the nodes themselves one each."""
    head = ("slot", "transaction", "orders", "gas", "gas an order")
    rows = [
        (
            place["slot"],
            place["transaction"][:12],
            place["orders"],
            place["gas_used"],
            place["gas_an_order"],
        )
        for place in result["places"]
    ]
    return "transactions that placed the orders\n" + table(head, rows)


def _machine(result: dict[str, Any]) -> str:
    cpu = ", ".join(f"{kind} {used:g} %" for kind, used in result["cpu_percent"].items())
    gas = ", ".join(f"{name} {used[len(used) // 2]}" for name, used in result["gas"].items())
    return (
        f"CPU of one core while slots passed, all of a kind together: {cpu}\n"
        "(converters at 128 samples a second in place of 860)\n"
        f"gas, the middle one of each: {gas}"
    )


def _checks(result: dict[str, Any]) -> str:
    words = {True: "yes", False: "NO"}
    return table(("check", ""), [(name, words[good]) for name, good in result["checks"].items()])
