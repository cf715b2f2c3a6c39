"""One TOML file a board: what is soldered where (docs/wiring.md, docs/operations.md)."""

import json
from importlib.resources import files
from os import PathLike, fspath


def virtual(plant_socket: str | PathLike[str], board: str) -> str:
    """The virtual board's file for one of the plant's boards ("seller" or "buyer")."""
    text = (files(__name__) / "virtual.toml").read_text(encoding="utf-8")
    socket = json.dumps(fspath(plant_socket))  # JSON's strings are TOML's
    text = text.replace('socket = "plant.sock"', f"socket = {socket}", 1)
    return text.replace('board = "seller"', f"board = {json.dumps(board)}", 1)
