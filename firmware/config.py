"""What meterd reads of node.toml: the owner's choices that bind the meter."""

from dataclasses import dataclass
from pathlib import Path

from firmware.domain.ceilings import Ceilings
from firmware.domain.delivery import Rules
from firmware.toml import Table, address_bytes


@dataclass(frozen=True)
class MeterConfig:
    """The owner's choices that bind the meter."""

    rules: Rules
    ceilings: Ceilings
    max_current_a: float
    enrolled: frozenset[bytes]


def read_meter(path: Path) -> MeterConfig:
    """The meter's part of node.toml: [limits], [trade] and [meters]."""
    root = Table.of_file(path)
    limits, trade, meters = root.table("limits"), root.table("trade"), root.table("meters")
    config = MeterConfig(
        rules=Rules(
            interval_s=trade.positive("reading_interval_s", float, 1.0),
            silence_s=trade.positive("silence_s", float, 1.5),
            pause_s=trade.positive("pause_s", float, 30.0),
            idle_s=trade.positive("idle_s", float, 10.0),
            tolerance_permille=trade.positive("tolerance_permille", int, 50),
            tolerance_floor_uwh=trade.positive("tolerance_floor_uwh", int, 3_000),
        ),
        ceilings=Ceilings(
            limits.positive("max_trade_uwh", int), limits.positive("max_day_uwh", int)
        ),
        max_current_a=limits.positive("max_current_a", float),
        enrolled=frozenset(
            address_bytes(text, meters.where) for text in meters.strings("enrolled")
        ),
    )
    trade.take("final_wait_s", float, 5.0)  # noded's
    for table in (limits, trade, meters):
        table.done()
    return config
