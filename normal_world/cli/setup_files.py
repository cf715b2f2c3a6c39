"""The settings files that `evlock setup` writes: never over another one without a word."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import board_configs
from firmware.board import BoardConfig
from firmware.board_file import read_board
from normal_world.cli.board_text import Wishes, made
from normal_world.cli.errors import SetupStopped
from normal_world.cli.setup_source import Source

NODE = """\
# Made by `evlock setup`; docs/operations.md explains every key.

[node]
name = {name}

[chain]
rpc = {rpc}
address_book = "contracts.json"

[link]
listen = {listen}
ca = "pki/ca.pem"
device = "pki/device.pem"
{peers}
[limits]
max_trade_uwh = {max_trade_uwh}
max_day_uwh = {max_day_uwh}
max_current_a = {max_current_a}

[meters]
enrolled = {enrolled}
"""
PEER = """
[[link.peers]]
meter = {meter}
address = {address}
"""


def board_text(source: Source) -> str:
    """board.toml: the shipped file, with the wishes about its wiring."""
    name = source.answer("board.name")
    text = board_configs.text(name)
    config = read_board(Path(f"{name}.toml"), text)
    if config.virtual is not None:
        plant, which = (
            source.answer("board.plant", "plant.sock"),
            source.answer("board.plant_board"),
        )
        text = board_configs.with_plant(text, str(Path(plant).absolute()), which)
    wishes = _wishes(source, config)
    return text if wishes is None else made(Path(f"{name}.toml"), text, wishes)


def _wishes(source: Source, config: BoardConfig) -> Wishes | None:
    """What is wired otherwise than the shipped file says; None when nothing is."""
    mains = source.answer("board.mains", config.mains.kind)
    variant = source.answer("board.variant_a", config.current_sensor.variant_a)
    line = source.answer("board.relay_line", config.relay.line)
    low = source.answer("board.active_low", config.relay.active_low)
    as_shipped = (
        config.mains.kind,
        config.current_sensor.variant_a,
        config.relay.line,
        config.relay.active_low,
    )
    if (mains, variant, line, low) == as_shipped:
        return None
    return Wishes(
        f"{config.name}-own",
        mains=mains if mains != config.mains.kind else None,
        variant_a=variant if variant != config.current_sensor.variant_a else None,
        relay_line=line if line != config.relay.line else None,
        active_high=not low,
    )


def node_text(source: Source, board: BoardConfig) -> str:
    """node.toml of the answers; the current limit is the board's unless one was wished."""
    texts: dict[str, Any] = {
        key: _quoted(source.answer(f"{table}.{key}"))
        for table, key in (("node", "name"), ("chain", "rpc"), ("link", "listen"))
    }
    peers = [peer.split() for peer in source.answer("link.peers")]
    numbers = {key: source.answer(f"limits.{key}") for key in ("max_trade_uwh", "max_day_uwh")}
    return NODE.format(
        **texts,
        **numbers,
        max_current_a=float(source.answer("limits.max_current_a", most_a(board))),
        peers="".join(PEER.format(meter=_quoted(m), address=_quoted(a)) for m, a in peers),
        enrolled=json.dumps([meter for meter, _ in peers]),
    )


def most_a(board: BoardConfig) -> float:
    """The greatest current limit that wiring and sensor of the board bear, in amperes."""
    return min(board.max_current_a, float(board.current_sensor.variant_a))


def put(path: Path, text: str, source: Source) -> str:
    """Write the file; words for what was done. SetupStopped when another one is in the way."""
    if path.exists():
        there = path.read_text(encoding="utf-8")
        if there == text:
            return f"{path}: unchanged"
        if not _ships(there) and not source.confirm(
            f"{path} is there and differs. Replace?", False
        ):
            if source.unattended:
                raise SetupStopped(f"{path} is there and differs: move it away, or correct it")
            return f"{path}: kept as it was"
        shutil.copy2(path, path.with_name(path.name + ".before"))
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return f"{path}: written"


def put_request(pki: Path) -> Path:
    """link-request.pem in this folder: what the operator certifies."""
    from normal_world.cli.secure_world_link import request_pem

    path = pki / "link-request.pem"
    pki.mkdir(parents=True, exist_ok=True, mode=0o755)
    path.write_bytes(request_pem())
    return path


def put_certificate(folder: Path, pki: Path) -> str:
    """Copy ca.pem and device.pem, as `evlock pki issue` made them."""
    names = ("ca.pem", "device.pem")
    if not all((folder / name).is_file() for name in names):
        raise SetupStopped(f"{folder}: ca.pem and device.pem expected")
    pki.mkdir(parents=True, exist_ok=True, mode=0o755)
    for name in names:
        target = pki / name
        if target.exists() and target.read_bytes() != (folder / name).read_bytes():
            raise SetupStopped(f"{target} is there and differs: move it away first")
    for name in names:
        if not (pki / name).exists():
            (pki / name).write_bytes((folder / name).read_bytes())
    return f"{pki}: certificate of this device"


def _ships(text: str) -> bool:
    """Whether nobody has edited it: a shipped board, or the template of node.toml."""
    from deploy.layout import node_template

    def bare(found: str) -> str:
        return re.sub(r"max_current_a = \S+", "", found)

    boards = [board_configs.text(name) for name in board_configs.names()]
    return text in boards or bare(text) == bare(node_template(1.0))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are TOML's
