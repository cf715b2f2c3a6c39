"""Which board file both nodes of the demo have, and what follows from it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import board_configs
from normal_world.demo.errors import DemoArgument

DC_POWER_W, DC_CURRENT_A = 100, 10.0  # of the demo's 12 V line
DEFAULT, ALTERNATING = "virtual", "virtual-ac"
LOADS = ("resistive", "rectifier", "dimmer", "motor")


@dataclass(frozen=True)
class Parts:
    """`rated_power_w` and `max_current_a` are the line's: registers and relays allow no more."""

    board: str  # the file's text
    alternates: bool
    rated_power_w: int
    max_current_a: float


def parts_of(name: str | None, load: str | None) -> Parts:
    """Of a shipped board or a board file; a load asks for alternating current."""
    name = name or (DEFAULT if load is None else ALTERNATING)
    text = _text(name)
    try:
        facts = tomllib.loads(text)
        alternates = facts["board"]["mains"] == "ac"
        max_current_a = float(facts["limits"]["max_current_a"])
        nominal_v = float(facts["board"]["nominal_v"])
    except (ValueError, KeyError, TypeError) as error:
        raise DemoArgument(f"--board {name}: {error}; try `evlock board check {name}`") from None
    if load is not None:
        _check_load(load)
    if load is not None and not alternates:
        raise DemoArgument(f"--load {load}: a board on alternating current expected, not {name}")
    if alternates:
        return Parts(text, True, round(max_current_a * nominal_v), max_current_a)
    return Parts(text, False, DC_POWER_W, min(DC_CURRENT_A, max_current_a))


def _check_load(load: str) -> None:
    """What would otherwise show only after everything has been started."""
    name, _, watts = load.partition(":")
    if name in LOADS:
        if watts and not watts.replace(".", "", 1).isdecimal():
            raise DemoArgument(f"--load {load}: watts expected after the colon, as {name}:800")
    elif not (Path(load).is_file() or Path(load.rpartition(":")[0]).is_file()):
        raise DemoArgument(f"--load {load}: a file, or one of {', '.join(LOADS)} expected")


def _text(name: str) -> str:
    if name in board_configs.names():
        return board_configs.text(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        known = ", ".join(board_configs.names())
        raise DemoArgument(f"--board {name}: a file, or one of {known} expected") from None
