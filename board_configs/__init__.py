"""One TOML file a board: what is soldered where (docs/boards.md). Nothing is parsed here."""

import json
import re
from importlib.resources import files
from os import PathLike, fspath

_SUFFIX = ".toml"
_VIRTUAL = re.compile(r"^\[virtual\].*?(?=^\[|\Z)", re.MULTILINE | re.DOTALL)


def names() -> list[str]:
    """The boards that are shipped, sorted: "artik-710s", …"""
    found = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))


def text(name: str) -> str:
    """The file of a shipped board; raises LookupError for another name."""
    if name not in names():
        raise LookupError(f"board {name!r}: one of {', '.join(names())} expected")
    return (files(__name__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def on_plant(name: str, plant_socket: str | PathLike[str], board: str) -> str:
    """A shipped board's file, its parts served by the plant as "seller" or "buyer"."""
    return with_plant(text(name), plant_socket, board)


def with_plant(board_toml: str, plant_socket: str | PathLike[str], board: str) -> str:
    """Any board file's text with a [virtual] table for that plant and board."""
    socket, name = _quoted(fspath(plant_socket)), _quoted(board)
    facts = _VIRTUAL.sub("", board_toml).rstrip("\n")
    return f"{facts}\n\n[virtual]  # the plant's parts\nsocket = {socket}\nboard = {name}\n"


def virtual(plant_socket: str | PathLike[str], board: str) -> str:
    """The virtual board's file for one of the plant's boards."""
    return on_plant("virtual", plant_socket, board)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are TOML's
