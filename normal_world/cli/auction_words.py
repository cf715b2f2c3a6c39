"""A simulated community in words, 80 columns."""

import time
from textwrap import fill
from typing import TYPE_CHECKING, Any

from normal_world.cli.output import note, table

if TYPE_CHECKING:
    from normal_world.auction.community.settings import Settings

TOKEN = 10**18
WIDTH = 78
KWH = 10**9
RULES = {
    "discriminatory": "each pair at the mean of its two limits",
    "uniform": "all at the mean of the last pair's limits",
}
PATIENCE_S = 2.0


class Progress:
    """A line on stderr every PATIENCE_S; short runs say nothing."""

    def __init__(self, days: int) -> None:
        self.days = days
        self._next_s = time.monotonic() + PATIENCE_S

    def tell(self, done: int) -> None:
        """So many days are cleared."""
        if done < self.days and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + PATIENCE_S
            note(f"day {done} of {self.days}")


def told(settings: "Settings", figures: dict[str, Any]) -> str:
    """The community, what the market changes, the prices, the gains."""
    parts = [_head(settings), _changes(figures), _market(settings, figures), _gains(figures)]
    if "folder" in figures:
        files = f"{figures['folder']}: {', '.join(figures['files'])}"
        parts.append(
            fill(
                files, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
        )
    return "\n\n".join(parts)


def _head(settings: "Settings") -> str:
    tariff, solar = settings.tariff, round(settings.households * settings.solar_percent / 100)
    rows = (
        ("community", f"{settings.households} households, {solar} with a panel"),
        ("days", f"{settings.days} from {settings.start}, latitude {settings.latitude:g}°"),
        ("tariff", f"grid {price(tariff.grid_price)}, feed-in {price(tariff.feed_in_price)}"),
        ("rule", f"{settings.rule}: {RULES[settings.rule]}"),
        ("limits", f"{settings.strategy}, seed {settings.seed}"),
    )
    return "\n".join(f"{name:<11}{text}" for name, text in rows)


def _changes(figures: dict[str, Any]) -> str:
    sufficiency, consumption, utility = (
        figures[name]
        for name in ("self_sufficiency_percent", "self_consumption_percent", "utility")
    )
    bills = figures["bills"]
    rows = [
        ("self-sufficiency", *(_percent(sufficiency[when]) for when in _WHEN)),
        ("self-consumption", *(_percent(consumption[when]) for when in _WHEN)),
        ("utility delivers", *(_kwh(utility[f"delivers{end}"]) for end in _ENDS)),
        ("utility takes", *(_kwh(utility[f"takes{end}"]) for end in _ENDS)),
        ("all bills", tokens(bills["at_tariff"]), tokens(bills["with_market"])),
    ]
    width = max(len(cell) for row in rows for cell in row[1:])
    right = [(name, *(cell.rjust(max(width, 14)) for cell in cells)) for name, *cells in rows]
    head = ("", *(words.rjust(max(width, 14)) for words in ("without market", "with market")))
    return table(head, right)


_WHEN = ("without_market", "with_market")
_ENDS = ("_without_market_uwh", "_uwh")


def _market(settings: "Settings", figures: dict[str, Any]) -> str:
    found = figures["price"]
    traded = (
        f"{_kwh(figures['matched_uwh'])} in {figures['trades']:,} trades, "
        f"{figures['slots_with_trades']} of {settings.slots} slots"
    )
    if found["mean"] is None:
        return f"traded     {traded}"
    saved, earned = (
        settings.tariff.grid_price - found["mean"],
        found["mean"] - settings.tariff.feed_in_price,
    )
    return "\n".join(
        (
            f"traded     {traded}",
            f"price      mean {price(found['mean'])}, "
            f"{price(found['lowest'])} to {price(found['highest'])}",
            f"           a kWh costs {price(saved)} less and brings {price(earned)} more",
        )
    )


def _gains(figures: dict[str, Any]) -> str:
    gain = figures["gain"]
    losing = gain["losing"]
    best, worst = gain["best"], gain["worst"]
    rows = (
        ("gain", f"best {tokens(best['base_units'])} (household {best['household']}), "
         f"median {tokens(gain['median']['base_units'])},"),
        ("", f"worst {tokens(worst['base_units'])} (household {worst['household']}); "
         f"together {tokens(gain['together'])}"),
        ("losing", "nobody" if losing == 0 else f"{losing} households"),
    )  # fmt: skip
    return "\n".join(f"{name:<11}{text}" for name, text in rows)


def price(base_units: int) -> str:
    """For a kWh: `0.1723`, in tokens."""
    return f"{base_units / TOKEN:.4f}"


def tokens(base_units: int) -> str:
    """`1,234.56 token`"""
    return f"{base_units / TOKEN:,.2f} token"


def _kwh(uwh: int) -> str:
    return f"{uwh / KWH:,.1f} kWh"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1f} %"
