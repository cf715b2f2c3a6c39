"""The folder that `--out` makes: tables of slots and households, the figures, the pictures."""

import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from normal_world.auction.community.outcome import Outcome

SLOT = timedelta(minutes=15)
MODE = 0o755
SLOT_HEAD = (
    "start", "load_uwh", "solar_uwh", "demand_uwh", "surplus_uwh", "matched_uwh", "trades",
    "paid", "price_lowest", "price_mean", "price_highest",
)  # fmt: skip
HOUSEHOLD_HEAD = (
    "household", "panel_w", "margin_permille", "load_uwh", "solar_uwh", "bought_uwh", "sold_uwh",
    "bill_at_tariff", "bill", "gain",
)  # fmt: skip


def write(folder: Path, outcome: Outcome, *, pictures: bool) -> list[str]:
    """Whole or not at all: names of the files. `folder` is not there, or empty; raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        made = Path(temporary) / "made"
        made.mkdir(mode=MODE)
        _table(made / "slots.csv", SLOT_HEAD, _slots(outcome))
        _table(made / "households.csv", HOUSEHOLD_HEAD, _households(outcome))
        text = json.dumps(outcome.to_json(), indent=1, ensure_ascii=False)
        (made / "figures.json").write_text(f"{text}\n", encoding="utf-8")
        if pictures:
            from normal_world.auction.community import charts

            charts.draw(made, outcome)
        made.replace(folder)
    return sorted(path.name for path in folder.iterdir())


def _table(path: Path, head: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _slots(outcome: Outcome) -> Iterator[Sequence[object]]:
    start = datetime.combine(outcome.settings.start, datetime.min.time())
    for number, slot in enumerate(outcome.slots):
        yield (
            (start + number * SLOT).isoformat(timespec="minutes"),
            slot.load_uwh, slot.solar_uwh, slot.demand_uwh, slot.surplus_uwh, slot.matched_uwh,
            slot.trades, slot.paid, slot.lowest, slot.mean, slot.highest,
        )  # fmt: skip


def _households(outcome: Outcome) -> Iterator[Sequence[object]]:
    for number, house in enumerate(outcome.households):
        yield (
            number, house.panel_w, house.margin_permille, house.load_uwh, house.solar_uwh,
            house.bought_uwh, house.sold_uwh, house.bill_at_tariff, house.bill, house.gain,
        )  # fmt: skip
