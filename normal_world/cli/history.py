"""history: what the meter measured before, as a table, a plot, CSV or JSON."""

import csv
import sys
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from normal_world.cli import moments
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.history_rows import Row, fetch, step_for
from normal_world.cli.history_text import drawn, table_of
from normal_world.cli.output import Json, show
from normal_world.cli.plot import COLUMNS

TABLE_ROWS, FILE_ROWS = 25, 1500
EVERY_MAX_ROWS = 200_000
EMPTY = "nothing measured in this time (the meter keeps a row a minute)"


class What(StrEnum):
    power = "power"
    voltage = "voltage"
    current = "current"
    energy = "energy"


def history(
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="Begin: 30m, 24h, 7d ago, or a date.")
    ] = "24h",
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="End, in the same forms.")
    ] = "now",
    what: Annotated[
        What | None, typer.Option("--what", help="Only this, with lowest and highest.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="LENGTH", help="Length of a row: 1m, 15m, 1h, 1d."),
    ] = None,
    as_plot: Annotated[bool, typer.Option("--plot", help="Draw it (power if not --what).")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, times in UTC.")] = False,
    as_json: Json = False,
) -> None:
    """Show what the meter measured, hour by hour.

    Current and power are positive out of the house.

    \b
    Examples:
      evlock history
      evlock history --since 7d --plot --what power
      evlock history --since 2026-11-01 --every 1m --csv > november.csv
    """
    if as_plot + as_csv + as_json > 1:
        raise UsageInvalid("--plot, --csv, --json: one of them expected")
    now_s = int(time.time())
    since_s = moments.moment("--since", since, now_s)
    until_s = moments.moment("--until", until, now_s) + (60 if until == "now" else 0)
    if since_s >= until_s:
        raise UsageInvalid(f"--since {since!r}: a time before --until {until!r} expected")
    shown = COLUMNS if as_plot else FILE_ROWS if as_csv or as_json else TABLE_ROWS
    step_s = moments.length("--every", every) if every else step_for(until_s - since_s, shown)
    most = COLUMNS if as_plot else EVERY_MAX_ROWS
    if (until_s - since_s) // step_s > most:
        raise UsageInvalid(f"--every {every!r}: a longer one expected, at most {most} rows fit")
    rows = fetch(since_s, until_s, step_s)
    if as_csv:
        _csv(rows)
        return
    name = what.value if what else ""
    text = EMPTY
    if rows:
        text = drawn(rows, name or "power", step_s) if as_plot else table_of(rows, name)
    show({"every_s": step_s, "rows": rows}, as_json=as_json, text=text)


def _csv(rows: list[Row]) -> None:
    """RFC 4180, with a heading; empty where nothing was measured."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(["time", *[name for name in row if name != "time_s"]])
        time_s = row.pop("time_s")
        label = datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        writer.writerow([label, *row.values()])
