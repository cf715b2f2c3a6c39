"""Board files by name or by path: found, checked, written, told as JSON."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import board_configs
from firmware.board import BoardConfig
from firmware.board_file import read_board
from firmware.config import read_meter
from firmware.errors import ConfigError
from firmware.toml_problems import read_text
from normal_world.cli.errors import UsageInvalid
from normal_world.config import read_node


def found(which: str) -> tuple[Path, str]:
    """Path and text of a board by file or by name; raises ConfigError or UsageInvalid."""

    path = Path(which)
    if which in board_configs.names() and not path.is_file():
        return Path(f"{which}.toml"), board_configs.text(which)
    if path.suffix or path.parent != Path() or path.exists():
        return path, read_text(path)
    known = ", ".join(board_configs.names())
    raise UsageInvalid(f"board {which!r}: a file, or one of {known} expected")


def problems_of(path: Path, text: str, node: Path | None) -> list[tuple[str, str]]:

    board, problems = None, list[tuple[str, str]]()
    try:
        board = read_board(path, text)
    except ConfigError as error:
        problems += error.problems
    for read in () if node is None else (lambda: read_meter(node, board), lambda: read_node(node)):
        try:
            read()
        except ConfigError as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


def write_new(path: Path, text: str) -> None:
    """A file that was not there before; raises UsageInvalid."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageInvalid(f"{path}: exists already, another --output expected") from None


def as_json(config: BoardConfig) -> dict[str, Any]:
    """A BoardConfig as JSON."""
    told: dict[str, Any] = asdict(config)
    if config.virtual is not None:
        told["virtual"]["socket"] = str(config.virtual.socket)
    return told
