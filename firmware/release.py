"""Opening every relay of a board whose daemon is gone (ExecStopPost: it may have been killed)."""

import logging
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from drivers.errors import DriverError
from firmware.board import BoardConfig
from firmware.board_file import read_relays
from firmware.errors import ConfigError
from firmware.hardware import make_relay, open_gpio

COPY = "board-in-use.toml"
log = logging.getLogger(__name__)


def remember(board_file: Path, state: Path) -> None:
    """Keep the file that the daemon runs with: what is edited now must not keep a relay closed."""
    copy, new = state / COPY, state / f"{COPY}.new"
    try:
        if not copy.exists() or copy.read_bytes() != board_file.read_bytes():
            shutil.copyfile(board_file, new)
            new.replace(copy)
    except OSError as error:  # a full disk: the file itself is still there
        log.warning("STORE %s: %s; --open-relays will read %s", copy, error, board_file)
        with suppress(OSError):
            copy.unlink(missing_ok=True)  # an older one would name other lines


def open_relays(files: Sequence[Path]) -> int:
    """Open the relays that the first readable file names; raises ConfigError or DriverError.

    A line that fails does not keep the other relay closed.
    """
    board = _first(files)
    gpio, failures = open_gpio(board), []
    for line in (board.relay, board.reference.line):
        try:
            make_relay(gpio, line).open()
        except DriverError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return 0


def _first(files: Sequence[Path]) -> BoardConfig:
    problem: ConfigError | None = None
    for file in files:
        try:
            return read_relays(file)
        except ConfigError as error:
            problem = error
    assert problem is not None
    raise problem
