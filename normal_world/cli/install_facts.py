"""What `evlock install` must know of the board and of the system that it installs into."""

import re
import tomllib
from pathlib import Path
from typing import Any

import board_configs
from normal_world.cli.errors import UsageInvalid

LIBRARY = re.compile(r"libsystemd-shared-(\d+)")


def board_text(name: str) -> str:
    """The shipped file of a board. Raises UsageInvalid with the names that there are."""
    if name not in board_configs.names():
        names = ", ".join(board_configs.names())
        raise UsageInvalid(f"--board {name!r}: one of {names} expected")
    return board_configs.text(name)


def facts(path: Path, text: str) -> dict[str, Any]:
    """Of the board file in place, else of the chosen one; meterd complains about a broken one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8") if path.exists() else text)
    except (tomllib.TOMLDecodeError, UnicodeError):
        return {}


def systemd_version(root: Path) -> int:
    """Of the system under `root`, by the name of its library; 0 when there is none."""
    found = [
        LIBRARY.match(entry.name)
        for pattern in ("usr/lib/systemd/libsystemd-*", "usr/lib/*/systemd/libsystemd-*")
        for entry in root.glob(pattern)
    ]
    return max((int(match[1]) for match in found if match), default=0)
