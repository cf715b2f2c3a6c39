"""[strategy] of node.toml: what the node itself reads of it; the rest is the strategy's own."""

from dataclasses import dataclass
from pathlib import Path

from firmware.config import TABLES
from firmware.toml import Table, reading
from normal_world.strategy.charge import Battery
from normal_world.strategy.interface import Factory, Strategy
from normal_world.strategy.situation import Limits

BY_HAND = "none"
OWN_KEYS = ("name", "every_s", "battery")
EVERY_S = (1.0, 3600.0)
VOLTS_MAX = 1000.0
REST_MAX_S = 86_400.0


@dataclass(frozen=True)
class StrategyConfig:
    """Which strategy, how often it is asked, and what it is told of the battery."""

    name: str
    every_s: float
    battery: Battery | None
    limits: Limits


def read_strategy(root: Table) -> StrategyConfig:
    """The node's part of [strategy], and the ceilings of [limits]."""
    table, limits = root.table("strategy"), root.table("limits")  # [limits] is meterd's too
    return StrategyConfig(
        name=table.take("name", str) if table.present else BY_HAND,
        every_s=table.between("every_s", float, *EVERY_S, 10.0),
        battery=_battery(table.table("battery")),
        limits=Limits(limits.positive("max_trade_uwh", int), limits.positive("max_day_uwh", int)),
    )


def make_strategy(path: Path, factory: Factory) -> Strategy:
    """Have a strategy made of its part of node.toml; raises ConfigError, or what it raises."""
    with reading(path) as root:
        table = root.table("strategy")
        table.skip(*OWN_KEYS)
        strategy = factory(table)
        table.done()
        root.skip(*TABLES)
    return strategy


def _battery(table: Table) -> Battery | None:
    if not table.present:
        return None
    empty_v = table.between("empty_v", float, 0.1, VOLTS_MAX)
    full_v = table.between("full_v", float, 0.1, VOLTS_MAX)
    if table.sound("empty_v", "full_v") and full_v <= empty_v:
        table.wrong("full_v", "more than empty_v expected")
    rest_s = table.between("rest_s", float, 0.0, REST_MAX_S, 300.0)
    table.done()
    return Battery(empty_v, full_v, rest_s)
