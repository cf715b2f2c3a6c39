"""The plant's sockets: one thread, one epoll, about four thousand bus transfers a second."""

import logging
import os
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path

from drivers.errors import ServeError
from drivers.virtual.clients import BusClient, ControlClient, Hangup
from drivers.virtual.control import Control
from drivers.virtual.machine import Machine
from drivers.virtual.wire import checked_path

TICK_S = 0.05  # an idle plant catches up this often
MAX_CLIENTS = 64
Handler = Callable[[], None]
log = logging.getLogger(__name__)


class Server:
    """Serves until `running` is made False (by a signal handler, say)."""

    def __init__(self, machine: Machine, bus_path: Path, control_path: Path) -> None:
        self.running = True
        self._machine, self._control = machine, Control(machine)
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._listeners: dict[int, Path] = {}
        self._listen(bus_path, socket.SOCK_SEQPACKET, self._new_bus_client)
        self._listen(control_path, socket.SOCK_STREAM, self._new_control_client)

    def serve(self) -> None:
        """Answer clients; the plant's time goes on while nobody asks."""
        world, handlers, poll = self._machine.world, self._handlers, self._epoll.poll
        while self.running:
            ready = poll(TICK_S)
            if not ready:
                world.advance(time.monotonic())
            for number, _ in ready:
                try:
                    handlers[number]()
                except (Hangup, OSError) as reason:
                    self._drop(number, reason)

    def close(self) -> None:
        """Close every socket and remove the two files."""
        for number, link in self._sockets.items():
            link.close()
            if number in self._listeners:
                self._listeners[number].unlink(missing_ok=True)
        self._epoll.close()

    def _listen(self, path: Path, kind: socket.SocketKind, accepted: Callable[..., None]) -> None:
        link = socket.socket(socket.AF_UNIX, kind)
        try:
            _free(path, kind)
            link.bind(checked_path(path))
        except OSError as error:
            link.close()
            raise ServeError(f"{path}: {error.strerror or error}; a free path expected") from error
        link.listen(MAX_CLIENTS)
        self._listeners[link.fileno()] = path
        self._add(link, lambda: self._accept(link, accepted))

    def _accept(self, link: socket.socket, accepted: Callable[[socket.socket], None]) -> None:
        try:
            client, _ = link.accept()
        except OSError as error:
            log.warning("PLANT-SOCKET no connection accepted: %s", error)
            return
        client.setblocking(False)
        if len(self._sockets) >= MAX_CLIENTS:
            log.warning("PLANT-SOCKET over %d connections: one refused", MAX_CLIENTS)
            client.close()
            return
        accepted(client)

    def _new_bus_client(self, link: socket.socket) -> None:
        self._add(link, BusClient(link, self._machine).serve)

    def _new_control_client(self, link: socket.socket) -> None:
        self._add(link, ControlClient(link, self._control).serve)

    def _add(self, link: socket.socket, handler: Handler) -> None:
        number = link.fileno()
        self._sockets[number], self._handlers[number] = link, handler
        self._epoll.register(number, select.EPOLLIN)

    def _drop(self, number: int, reason: Exception) -> None:
        if str(reason):
            log.warning("PLANT-SOCKET connection dropped: %s", reason)
        self._epoll.unregister(number)
        del self._handlers[number]
        self._sockets.pop(number).close()


def _free(path: Path, kind: socket.SocketKind) -> None:
    """Remove a dead process's socket; raises OSError when a living one serves there."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, kind) as probe:
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError("another process serves there")
