"""Four pictures of a simulated community (matplotlib, extra `plots`); no display is needed."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from normal_world.auction.community.merged import Period, periods
from normal_world.auction.community.outcome import Outcome
from normal_world.auction.community.settings import TOKEN

WIDTH, HEIGHT, DOTS = 9.0, 4.2, 140  # inches, and dots in one
BLUE, ORANGE, GREEN, GREY, DARK = "#1f5fa8", "#e08214", "#2b8a5c", "#9aa0a6", "#3c4043"
KWH = 1e9  # µWh
DAY = timedelta(days=1)
STEPS = (0.25, 0.5, 1, 2, 7, 14)  # days between labels
TICKS = 9
MONTHS_FROM = 100  # days


def draw(folder: Path, outcome: Outcome) -> None:
    """prices.png, energy.png, self-sufficiency.png, gains.png."""
    pictures: dict[str, Callable[[Axes, Outcome], None]] = {
        "prices": prices,
        "energy": energy,
        "self-sufficiency": self_sufficiency,
        "gains": gains,
    }
    for name, picture in pictures.items():
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=DARK)
        axes.grid(axis="y", color="#e6e6e6", linewidth=0.8)
        axes.set_axisbelow(True)
        picture(axes, outcome)
        figure.savefig(folder / f"{name}.png", dpi=DOTS)


def prices(axes: Axes, outcome: Outcome) -> None:
    """The band of all trades and their mean, between the two prices of the tariff."""
    rows, tariff = periods(outcome), outcome.settings.tariff
    times = _days(rows)
    low, mean, high = (
        [_tokens(getattr(row, name)) for row in rows] for name in ("lowest", "mean", "highest")
    )
    axes.fill_between(times, low, high, color=BLUE, alpha=0.22, linewidth=0, label="all trades")
    axes.plot(
        times, mean, color=BLUE, linewidth=1.6, marker=".", markersize=3, label="mean by energy"
    )
    for price, name, above in (
        (tariff.grid_price, "grid", 4),
        (tariff.feed_in_price, "feed-in", -13),
    ):
        axes.axhline(_tokens(price), color=DARK, linewidth=1, linestyle="--")
        axes.annotate(
            f"{name} {_shown(_tokens(price))}", (1.0, _tokens(price)), (0, above), color=DARK,
            xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
        )  # fmt: skip
    room = max(0.12 * _tokens(tariff.grid_price - tariff.feed_in_price), 0.01)
    axes.set_ylim(_tokens(tariff.feed_in_price) - room, _tokens(tariff.grid_price) + room)
    _finish(axes, rows, f"Prices of trades, each {_length(rows)}", "token / kWh")


def energy(axes: Axes, outcome: Outcome) -> None:
    """What neighbours had left, what they lacked, and what went between them."""
    rows = periods(outcome)
    times = _days(rows)
    axes.fill_between(
        times, [row.matched_uwh / KWH for row in rows], color=GREEN, alpha=0.45, linewidth=0,
        label="traded",
    )  # fmt: skip
    for name, color, label in (
        ("surplus_uwh", ORANGE, "surplus of panels"),
        ("demand_uwh", BLUE, "demand beyond own panels"),
    ):
        axes.plot(
            times, [getattr(row, name) / KWH for row in rows], color=color, linewidth=1.5,
            label=label,
        )  # fmt: skip
    axes.set_ylim(bottom=0)
    _finish(axes, rows, f"Energy of the community, each {_length(rows)}", "kWh")


def self_sufficiency(axes: Axes, outcome: Outcome) -> None:
    """Each day's share of the load that came from the community's own panels."""
    rows = periods(outcome, by_day=True)
    times = [day + 0.5 for day in _days(rows)]
    without = [_share(row.load_uwh - row.demand_uwh, row.load_uwh) for row in rows]
    traded = [_share(row.matched_uwh, row.load_uwh) for row in rows]
    width = 0.7 if len(rows) <= 31 else 1.0
    axes.bar(times, without, width, color=GREY, label="own panel")
    axes.bar(times, traded, width, without, color=GREEN, label="a neighbour's, by the market")
    axes.set_ylim(0, 100)
    whole = outcome.shares("load_uwh", "demand_uwh")["with_market"] or 0.0
    title = f"Load covered by panels of the community, each day (all days: {whole:.0f} %)"
    _finish(axes, rows, title, "% of the load")


def gains(axes: Axes, outcome: Outcome) -> None:
    """Households by what the market saved or earned them."""
    order = outcome.ranked()[::-1]
    for solar, color, label in ((True, ORANGE, "with a panel"), (False, BLUE, "without")):
        places = [
            (rank, _tokens(outcome.households[house].gain))
            for rank, house in enumerate(order, 1)
            if (outcome.households[house].panel_w > 0) is solar
        ]
        axes.bar([rank for rank, _ in places], [gain for _, gain in places], 1.0, color=color,
                 label=label, edgecolor="white", linewidth=0.3)  # fmt: skip
    axes.set_xlim(0.4, len(order) + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("households, by gain", color=DARK)
    days = outcome.settings.days
    axes.set_title(
        f"Gain against the grid tariff in {days} day{'s' * (days > 1)}", loc="left", color=DARK
    )
    axes.set_ylabel("token", color=DARK)
    axes.legend(frameon=False, loc="upper right")


def _finish(axes: Axes, rows: Sequence[Period], title: str, unit: str) -> None:
    days = len(rows) * rows[0].length / DAY
    axes.set_xlim(0.0, days)
    ticks = _ticks(rows, days)
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_title(title, loc="left", color=DARK, pad=26)
    axes.set_ylabel(unit, color=DARK)
    axes.legend(
        frameon=False, loc="lower left", bbox_to_anchor=(0.0, 0.985), ncols=3, borderpad=0,
        handlelength=1.4,
    )  # fmt: skip


def _ticks(rows: Sequence[Period], days: float) -> dict[float, str]:
    """Labels of the time: months, else a few moments at equal distances."""
    start = rows[0].start
    if days > MONTHS_FROM:
        whole = (start + DAY * number for number in range(int(days)))
        return {(day - start) / DAY: f"{day:%b}" for day in whole if day.day == 1}
    steps = [step for step in STEPS if step * DAY >= rows[0].length]
    step = next((step for step in steps if days / step <= TICKS), steps[-1])
    ticks = [number * step for number in range(int(days / step) + 1)]
    return {tick: _when(start + tick * DAY) for tick in ticks}


def _days(rows: Sequence[Period]) -> list[float]:
    """Since the first midnight."""
    return [(row.start - rows[0].start) / DAY for row in rows]


def _when(moment: datetime) -> str:
    """`15 Jun`, and the hours between midnights."""
    return f"{moment:%H:%M}" if moment.hour else f"{moment.day} {moment:%b}"


def _length(rows: Sequence[Period]) -> str:
    return "day" if rows[0].length >= DAY else "15 minutes"


def _tokens(base_units: int | None) -> float:
    return float("nan") if base_units is None else base_units / TOKEN


def _shown(tokens: float) -> str:
    return f"{tokens:.2f}" if round(tokens, 2) == tokens else f"{tokens:.4g}"


def _share(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 0.0
