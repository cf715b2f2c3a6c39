"""What answers on the board's buses: asked by the meter daemon itself, for `evlock doctor`."""

import grp
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.errors import DriverError
from firmware.board import AdcConfig, BoardConfig
from firmware.hardware import open_bus


def i2c_facts(board: BoardConfig) -> dict[str, Any]:
    """Whether the bus is there and may be used, and every address that answers on it."""
    if not uses_i2c(board):
        return {"used": False}
    told: dict[str, Any] = {"used": True, "virtual": board.virtual is not None}
    if board.virtual is None:
        told |= path_facts(board.i2c_device)
    else:
        told |= path_facts(str(board.virtual.socket))
    told["found"], told["error"] = _tried(lambda: scan(board))
    return told


def scan(board: BoardConfig) -> list[int]:
    """Addresses that acknowledge; raises DriverError or OSError without a bus.

    A read of one byte, or nothing written: no register of a converter changes by it. Over a
    connection of its own, so that a bus in fault can be looked at too.
    """
    bus = open_bus(board)
    try:
        found: list[int] = bus.scan()
    finally:
        bus.deinit()
    return found


def adc_facts(board: BoardConfig, adc: AdcConfig) -> dict[str, Any]:
    """Where board.toml puts a converter; of an iio one, whether its file can be read."""
    told: dict[str, Any] = {"chip": adc.chip, "channel": adc.channel}
    if adc.chip != "iio":
        return told | {"address": adc.address}
    path = f"{adc.device.rstrip('/')}/in_voltage{adc.channel}_raw"
    told["device"] = adc.device
    if board.virtual is None:
        told |= path_facts(path)
    told["raw"], told["error"] = _tried(lambda: _raw(board, path))
    return told


def uses_i2c(board: BoardConfig) -> bool:
    return "iio" not in (board.current_adc.chip, board.voltage_adc.chip) or (
        board.current_adc.chip != board.voltage_adc.chip
    )


def path_facts(path: str) -> dict[str, Any]:
    """Existence, permission for this process, and who could give it."""
    try:
        status = Path(path).stat()
    except OSError as error:
        return {"path": path, "exists": False, "permitted": False, "why": error.strerror}
    permitted = os.access(path, os.R_OK | os.W_OK) or os.access(path, os.R_OK)
    group = status.st_gid
    try:
        name = grp.getgrgid(group).gr_name
    except KeyError:
        name = str(group)
    return {"path": path, "exists": True, "permitted": permitted, "group": name, "user": _user()}


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _raw(board: BoardConfig, path: str) -> str:
    if board.virtual is not None:
        from drivers.virtual.sysfs import VirtualSysfs

        files = VirtualSysfs(board.virtual.socket, board.virtual.board)
        return files.read(path).strip()
    return Path(path).read_text(encoding="ascii").strip()


def _tried(action: Callable[[], Any]) -> tuple[Any, str | None]:
    """(result, None), or (None, one line of what happened)."""
    try:
        return action(), None
    except (DriverError, OSError) as error:
        code = getattr(error, "code", None)
        text = " ".join(str(error).split())
        return None, f"{code} {text}" if code else text
