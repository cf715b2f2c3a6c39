"""What meterd reads of node.toml: the owner's choices that bind the meter."""

from dataclasses import dataclass
from pathlib import Path

from firmware.board import BoardConfig
from firmware.board_file import read_board
from firmware.domain.ceilings import Ceilings
from firmware.domain.delivery import Rules
from firmware.errors import ConfigError
from firmware.toml import Table, reading


@dataclass(frozen=True)
class MeterConfig:
    """The owner's choices that bind the meter."""

    rules: Rules
    ceilings: Ceilings
    max_current_a: float
    enrolled: frozenset[bytes]
    history_days: int
    standing: bool = False  # the relay closed outside trades too


FLOOR_S = 0.09  # until a window of power has been measured

# Every table of node.toml, by the program that reads it; all three know one another's names.
METER_TABLES = ("limits", "trade", "meters", "history", "connection")
NODE_TABLES = (
    *("node", "chain", "link", "secure_world", "meters", "trade", "strategy", "telemetry"),
    *("market", "auction"),
)
TABLES = tuple(dict.fromkeys((*METER_TABLES, *NODE_TABLES)))


def read_settings(board_file: Path, node_file: Path) -> tuple[BoardConfig, MeterConfig]:
    """Both files of the meter; raises one ConfigError with the problems of both."""
    problems: list[tuple[str, str]] = []
    board = None
    try:
        board = read_board(board_file)
    except ConfigError as error:
        problems += error.problems
    try:
        meter = read_meter(node_file, board)
    except ConfigError as error:
        problems += error.problems
    if board is None or problems:
        raise ConfigError.of(problems)
    return board, meter


def read_meter(path: Path, board: BoardConfig | None = None) -> MeterConfig:
    """The meter's part of node.toml ([limits], [trade], [meters]), within the board's limits."""
    with reading(path) as root:
        limits, trade, meters, history, connection = (root.table(name) for name in METER_TABLES)
        max_current_a = limits.positive("max_current_a", float)
        config = MeterConfig(
            rules=Rules(
                interval_s=trade.positive("reading_interval_s", float, 1.0),
                silence_s=trade.positive("silence_s", float, 1.5),
                pause_s=trade.positive("pause_s", float, 30.0),
                idle_s=trade.positive("idle_s", float, 35.0),
                tolerance_permille=trade.positive("tolerance_permille", int, 50),
                tolerance_floor_uwh=_floor_uwh(trade, max_current_a, board),
            ),
            ceilings=Ceilings(
                limits.positive("max_trade_uwh", int), limits.positive("max_day_uwh", int)
            ),
            max_current_a=max_current_a,
            enrolled=frozenset(meters.addresses("enrolled")),
            history_days=history.between("days", int, 1, 3650, 400),
            standing=connection.take("standing", bool, False),
        )
        if board and limits.sound("max_current_a") and config.max_current_a > board.max_current_a:
            most = f"at most {board.max_current_a:g} expected, the limit of board {board.name}"
            limits.wrong("max_current_a", most)
        trade.positive("final_wait_s", float, 5.0)  # noded's
        for table in (limits, trade, meters, history, connection):
            table.done()
        root.skip(*TABLES)
    return config


def _floor_uwh(trade: Table, max_current_a: float, board: BoardConfig | None) -> int:
    """The least tolerance; by default what the line's greatest power brings in FLOOR_S."""
    greatest_w = max_current_a * board.mains.nominal_v if board else 0.0
    default = max(Rules.tolerance_floor_uwh, round(greatest_w * FLOOR_S / 0.0036))
    return trade.positive("tolerance_floor_uwh", int, default)
