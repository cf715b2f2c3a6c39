"""The plant's ends of its connections: frames in, frames out; nothing they send can stop it."""

import errno
import time
from typing import Protocol

from drivers.virtual.board import Board
from drivers.virtual.chips.i2c import I2cBus
from drivers.virtual.control import Control
from drivers.virtual.machine import Machine
from drivers.virtual.wire import (
    FAILED,
    GPIO,
    HELLO,
    INPUT,
    KEEP,
    MAX_FRAME,
    OK,
    OUTPUT,
    REFUSED,
    SETUP_IN,
    SETUP_OUT,
    SYSFS_READ,
    SYSFS_WRITE,
    TRANSFER,
)

MAX_LINE = 65536


class Link(Protocol):
    """What a client needs of a non-blocking socket."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...


class Hangup(Exception):
    """The connection ends; the text says why, nothing for an ordinary goodbye."""


class BusClient:
    """One process's connection to one board."""

    def __init__(self, link: Link, machine: Machine) -> None:
        self._receive, self._send = link.recv, link.send
        self._machine, self._world = machine, machine.world
        self._board: Board | None = None
        self._i2c = I2cBus({})

    def serve(self) -> None:
        """One request, one reply."""
        self._send(self.answer(self._receive(MAX_FRAME), time.monotonic()))

    def answer(self, frame: bytes, now_s: float) -> bytes:
        """The reply to one frame; the hot path of the plant. Raises Hangup for an empty one."""
        if now_s >= self._world.horizon_s:
            self._world.advance(now_s)
        if len(frame) >= 3 and frame[0] == TRANSFER:
            return self._i2c.transfer(frame[1], frame[3:], frame[2], now_s)
        return self._rare(frame, now_s)

    def _rare(self, frame: bytes, now_s: float) -> bytes:
        if not frame:
            raise Hangup
        if frame[0] == HELLO:
            return self._hello(frame[1:].decode(errors="replace"))
        if len(frame) == 5 and frame[0] == GPIO and self._board is not None:
            return self._gpio(self._board, frame, now_s)
        if frame[0] in (SYSFS_READ, SYSFS_WRITE) and self._board is not None:
            return self._sysfs(self._board, frame, now_s)
        return _refused("malformed frame, or no board chosen")

    def _hello(self, name: str) -> bytes:
        if name not in self._machine.boards:
            return _refused(f"board {name[:40]!r}: one of {list(self._machine.boards)} expected")
        self._board = self._machine.boards[name]
        self._i2c = self._board.i2c
        return bytes((OK,))

    def _gpio(self, board: Board, frame: bytes, now_s: float) -> bytes:
        action, line, value = frame[1], frame[2] << 8 | frame[3], frame[4]
        if line not in board.gpio.lines:
            return _refused(f"line {line}: one of 0 to {len(board.gpio.lines) - 1} expected")
        if action == OUTPUT and value in (0, 1):
            board.gpio.drive(line, value, now_s)
        elif action == SETUP_OUT and value in (0, 1, KEEP):
            board.gpio.setup(line, True, None if value == KEEP else value, now_s)
        elif action == SETUP_IN:
            board.gpio.setup(line, False, None, now_s)
        elif action != INPUT:
            return _refused(f"action {action} with value {value}: unknown")
        return bytes((OK, board.gpio.level(line)))

    def _sysfs(self, board: Board, frame: bytes, now_s: float) -> bytes:
        path, _, text = frame[1:].decode(errors="replace").partition("\0")
        try:
            if frame[0] == SYSFS_WRITE:
                board.sysfs.write(path, text, now_s)
                return bytes((OK,))
            return bytes((OK,)) + board.sysfs.read(path, now_s).encode()
        except OSError as error:
            return bytes((FAILED, error.errno or errno.EIO))


class ControlClient:
    """One connection of JSON lines; whoever does not read its answers loses it."""

    def __init__(self, link: Link, control: Control) -> None:
        self._link, self._control = link, control
        self._pending = b""

    def serve(self) -> None:
        received = self._link.recv(MAX_LINE)
        if not received:
            raise Hangup
        *lines, self._pending = (self._pending + received).split(b"\n")
        for line in lines:
            self._reply(self._control.answer(line) if len(line) <= MAX_LINE else _TOO_LONG)
        if len(self._pending) > MAX_LINE:
            self._reply(_TOO_LONG)
            raise Hangup(f"a line over {MAX_LINE} bytes")

    def _reply(self, data: bytes) -> None:
        if data and self._link.send(data) != len(data):
            raise Hangup("a client does not read its answers")


_TOO_LONG = (
    b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "PLANT-REQUEST a line'
    b' of at most 65536 bytes expected", "data": {"code": "PLANT-REQUEST"}}}\n'
)


def _refused(text: str) -> bytes:
    return bytes((REFUSED,)) + text.encode()[: MAX_FRAME - 1]
