"""auction simulate: what the market would do for a community that is made up."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show

if TYPE_CHECKING:
    from normal_world.auction.community.outcome import Outcome
    from normal_world.auction.community.settings import Settings


def simulate(
    households: Annotated[
        int, typer.Option("--households", min=1, max=10_000, help="How many.")
    ] = 100,
    solar: Annotated[
        int, typer.Option("--solar", min=0, max=100, help="Per cent of them with a panel.")
    ] = 30,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Of 96 slots.")] = 7,
    start: Annotated[
        str, typer.Option("--start", metavar="DATE", help="First day, YYYY-MM-DD.")
    ] = "2026-06-15",
    latitude: Annotated[
        float, typer.Option("--latitude", min=-65.0, max=65.0, help="Degrees; south below 0.")
    ] = 47.0,
    grid_price: Annotated[
        str, typer.Option("--grid-price", metavar="TOKENS", help="The utility's, for a kWh.")
    ] = "0.30",
    feed_in_price: Annotated[
        str, typer.Option("--feed-in-price", metavar="TOKENS", help="What it pays for a kWh.")
    ] = "0.08",
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="discriminatory or uniform.")
    ] = "discriminatory",
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy", metavar="NAME", help="zero-intelligence, fixed-margin or mixed."
        ),
    ] = "mixed",
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**32 - 1, help="Chooses houses, weather, limits.")
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="New folder for tables and pictures."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Clear the slots of a community that is made up, and tell who gains.

    Households draw by the clock and the season, panels give by the sun and
    the clouds, limits lie between feed-in and grid price. Everything that
    the market leaves goes at these two. Rule discriminatory: each pair
    trades at the mean of its limits, as in the contract; uniform: all at
    that of the last pair. Nothing is asked of a node or a chain.

    \b
    Example:
      evlock auction simulate --households 200 --days 14 --out community
    """
    from normal_world.auction.community.run import run
    from normal_world.cli.auction_words import Progress, told

    settings = _settings(
        households=households, solar=solar, days=days, start=start, latitude=latitude,
        grid_price=grid_price, feed_in_price=feed_in_price, rule=rule, strategy=strategy,
        seed=seed,
    )  # fmt: skip
    if out is not None:
        _check(out)
    outcome = run(settings, Progress(days).tell)
    files = [] if out is None else _written(out, outcome)
    figures = outcome.to_json() | ({} if out is None else {"folder": str(out), "files": files})
    show(figures, as_json=as_json, text=told(settings, figures))


def _settings(
    *, households: int, solar: int, days: int, start: str, latitude: float, grid_price: str,
    feed_in_price: str, rule: str, strategy: str, seed: int,
) -> "Settings":  # fmt: skip
    from normal_world.auction.book import Rule
    from normal_world.auction.community.settings import Settings, Strategy
    from normal_world.auction.settlement import Tariff
    from normal_world.cli.auction_values import choice, day, price

    grid = price("--grid-price", grid_price)
    feed_in = price("--feed-in-price", feed_in_price)
    if feed_in > grid:
        raise UsageInvalid(
            f"--feed-in-price {feed_in_price}: at most the grid price, {grid_price}, expected"
        )
    return Settings(
        households=households, solar_percent=solar, days=days, start=day("--start", start),
        latitude=latitude, seed=seed, strategy=choice("--strategy", strategy, Strategy),
        rule=choice("--rule", rule, Rule), tariff=Tariff(grid, feed_in),
    )  # fmt: skip


def _check(out: Path) -> None:
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageInvalid(f"--out {out}: exists, a new or an empty folder expected")
    if not out.absolute().parent.is_dir():
        raise UsageInvalid(f"--out {out}: no such folder, one that is there expected")


def _written(out: Path, outcome: "Outcome") -> list[str]:
    from importlib.util import find_spec

    from normal_world.auction.community import files

    pictures = find_spec("matplotlib") is not None
    if not pictures:
        note("no pictures: matplotlib is missing; pip install 'evlock[plots]' brings it")
    return files.write(out, outcome, pictures=pictures)
