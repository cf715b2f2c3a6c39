"""Answers of `evlock setup` that are good each by itself, but have to fit to each other too."""

from pathlib import Path

from firmware.board import BoardConfig
from firmware.board_file import read_board
from firmware.errors import ConfigError
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import note
from normal_world.cli.setup_files import board_text, most_a
from normal_world.cli.setup_questions import BY_KEY
from normal_world.cli.setup_source import FileSource, Progress, Source

BOARD_KEYS = tuple(key for key in BY_KEY if key.startswith("board."))
LIMIT_KEY = "limits.max_current_a"


def good_board(path: Path, source: Source, progress: Progress) -> str:
    """The text of board.toml. A person is asked again; a file's answers raise ConfigError."""
    while True:
        text = board_text(source)
        try:
            read_board(path, text)
            return text
        except ConfigError as error:
            if source.unattended:
                raise
            progress.forget(*BOARD_KEYS)
            note("\n".join(line for _, line in error.problems))


def bearable_current(board: BoardConfig, source: Source, progress: Progress) -> None:
    """Asks for the current limit until it is one that sensor and wiring bear; UsageInvalid."""
    most = most_a(board)
    while float(source.answer(LIMIT_KEY, most)) > most:
        if source.unattended:
            raise _unbearable(board)
        progress.forget(LIMIT_KEY)
        note(str(_unbearable(board)))


def check_answers(path: Path) -> None:
    """All that can be told of an answers file beforehand; ConfigError, UsageInvalid."""
    source = FileSource(path)
    board = read_board(Path("board.toml"), board_text(source))
    if float(source.answer(LIMIT_KEY, most_a(board))) > most_a(board):
        raise _unbearable(board)


def _unbearable(board: BoardConfig) -> UsageInvalid:
    most = f"at most {most_a(board):g} expected"
    return UsageInvalid(f"{LIMIT_KEY}: {most}, the limit of board {board.name}")
