"""The history as a table or a plot of text."""

from collections.abc import Callable

from normal_world.cli import moments
from normal_world.cli.history_rows import Row
from normal_world.cli.plot import COLUMNS, Span, pens, plot
from normal_world.cli.units import DASH

CHANNELS = {  # the columns' stem, its unit's end in them, the unit, digits
    "power": ("power", "mw", "W", 2),
    "voltage": ("voltage", "mv", "V", 3),
    "current": ("current", "ma", "A", 3),
}
ENERGY_UNITS = (("mWh", 1_000, 1_000_000), ("Wh", 1_000_000, 10**10), ("kWh", 10**9, 0))
Cell = Callable[[Row], str]


def table_of(rows: list[Row], what: str) -> str:
    """Aligned columns: everything in short, or one quantity with its lowest and highest."""
    columns: list[tuple[str, Cell]] = [("time", lambda row: moments.told(row["time_s"]))]
    if what in CHANNELS:
        columns += [_channel(what, kind) for kind in ("", "_min", "_max")]
    elif what == "energy":
        columns += _energy(rows)
    else:
        columns += [_channel(name, "") for name in ("voltage", "current", "power")] + _energy(rows)
    columns.append(("measured s", lambda row: f"{row['covered_ms'] / 1e3:.0f}"))
    lines = [[head for head, _ in columns], *([cell(row) for _, cell in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )


def drawn(rows: list[Row], what: str, step_s: int) -> str:
    """Title, plot and one sentence that says the same to who cannot see it."""
    first_s, unit = rows[0]["time_s"], CHANNELS[what][2] if what in CHANNELS else _unit(rows)[0]
    by_time = {row["time_s"]: span for row in rows if (span := _span(row, what, rows)) is not None}
    if not by_time:
        return "no sample was taken in this time"
    last_s = max(by_time)
    count = min(COLUMNS + 1, (last_s - first_s) // step_s + 1)
    spans = [by_time.get(first_s + n * step_s) for n in range(count)]
    known = [span for span in spans if span is not None]
    pen = pens()
    title = {"energy": "exported and imported energy"}.get(what, what)
    low, high = min(span.low for span in known), max(span.high for span in known)
    return "\n".join(
        (
            f"{title}, {unit}, a column is {step_s // 60} min",
            plot(spans, moments.told(first_s), moments.told(last_s), pen),
            f"{pen.mark} {'balance' if what == 'energy' else 'mean'}, {pen.band} range; "
            f"lowest {low:,.3f} {unit}, highest {high:,.3f} {unit}",
        )
    )


def _span(row: Row, what: str, rows: list[Row]) -> Span | None:
    if what == "energy":
        _, divisor = _unit(rows)
        imported, exported = row["imported_uwh"] / divisor, row["exported_uwh"] / divisor
        return Span(-imported, exported - imported, exported)
    stem, end, _, _ = CHANNELS[what]
    low, mark, high = (row[f"{stem}{kind}_{end}"] for kind in ("_min", "", "_max"))
    return None if mark is None else Span(low / 1e3, mark / 1e3, high / 1e3)


def _channel(name: str, kind: str) -> tuple[str, Cell]:
    stem, end, unit, digits = CHANNELS[name]
    head = {"": unit, "_min": f"min {unit}", "_max": f"max {unit}"}[kind]

    def cell(row: Row) -> str:
        value = row[f"{stem}{kind}_{end}"]
        return DASH if value is None else f"{round(value / 1e3, digits) + 0.0:.{digits}f}"

    return head, cell


def _energy(rows: list[Row]) -> list[tuple[str, Cell]]:
    unit, divisor = _unit(rows)

    def cell(key: str) -> Cell:
        return lambda row: f"{row[key] / divisor:.3f}"

    return [(f"in {unit}", cell("imported_uwh")), (f"out {unit}", cell("exported_uwh"))]


def _unit(rows: list[Row]) -> tuple[str, int]:
    """The unit of energy that suits the largest row, and its microwatt-hours."""
    most = max(max(row["imported_uwh"], row["exported_uwh"]) for row in rows)
    return next((unit, size) for unit, size, below in ENERGY_UNITS if most < below or not below)
