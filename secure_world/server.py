"""Role sockets, one thread, one durable commit for all waiting requests before any answer."""

import selectors
import signal
import socket
import sqlite3
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from secure_world import log, private
from secure_world.client import check_socket_path
from secure_world.commands import MAX_MESSAGE, Role
from secure_world.device import Device
from secure_world.dispatch import answer
from secure_world.envelope import encode_refusal
from secure_world.errors import ErrorCode, SecureWorldRefused, StateLocked
from secure_world.service import Manager

MAX_CONNECTIONS = 32  # of one role, so that none can shut the others out
_BACKLOG = 64
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid


@dataclass(frozen=True, slots=True)
class Connection:
    """A client and the role that its socket gives it."""

    role: Role
    socket: socket.socket


class Server:
    """Serves until SIGTERM or SIGINT."""

    def __init__(self, device: Device, folder: Path, manager: Manager) -> None:
        self._device, self._manager, self._running = device, manager, True
        self._selector = selectors.DefaultSelector()
        self._open: Counter[Role] = Counter()
        self._paths: list[Path] = []  # of the sockets that we made ourselves
        for role in Role:
            path = folder / role.socket_name
            listener = manager.listeners.get(path.stem) or self._listen(path)
            self._selector.register(listener, selectors.EVENT_READ, role)
        self._hear_signals()

    def run(self) -> None:
        """Serve."""
        while self._running:
            self.step()
            self._manager.alive()

    def close(self) -> None:
        """Remove the sockets: nobody is served any more."""
        for path in self._paths:
            path.unlink(missing_ok=True)
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        signal.set_wakeup_fd(-1)
        self._wake.close()
        self._selector.close()

    def step(self) -> None:
        """Wait for requests, then serve all that wait as one batch."""
        batch = []
        ready = [key for key, _ in self._selector.select(self._manager.period_s)]
        for key in ready:  # those who leave before those who come
            if isinstance(key.data, Connection):
                batch += self._receive(key.data)
        for key in ready:
            if isinstance(key.data, Role):
                assert isinstance(key.fileobj, socket.socket)
                self._accept(key.fileobj, key.data)
            elif key.data is None:
                self._running = False
        if batch:
            self._serve(batch)

    def _listen(self, path: Path) -> socket.socket:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        listener = _listen(path)
        self._paths.append(path)
        return listener

    def _serve(self, batch: list[tuple[Connection, bytes]]) -> None:
        store = self._device.store
        store.begin()
        answers = [answer(self._device, peer.role, request) for peer, request in batch]
        try:
            store.commit()
        except sqlite3.Error as error:
            answers = self._undo(error, len(batch))
        for (peer, _), reply in zip(batch, answers, strict=True):
            self._send(peer, reply)

    def _undo(self, error: sqlite3.Error, requests: int) -> list[bytes]:
        """Nothing of the batch has happened: say so to each, with the id that means any."""
        log.event("ERROR", "STORAGE", f"commit: {error}, expected a writable disk")
        self._device.store.rollback()
        self._device.load()
        text = f"{error}, expected a writable disk"
        return [encode_refusal(0, SecureWorldRefused(ErrorCode.STORAGE, text))] * requests

    def _accept(self, listener: socket.socket, role: Role) -> None:
        try:
            peer, _ = listener.accept()
        except OSError:
            return  # it has left already
        if self._open[role] >= MAX_CONNECTIONS:
            log.refused(role, "BUSY", f"expected at most {MAX_CONNECTIONS} connections")
            peer.close()
            return
        size = _CREDENTIALS.size
        pid, uid, _ = _CREDENTIALS.unpack(
            peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        log.event("INFO", "CONNECTED", f"{role} pid {pid} uid {uid}")
        peer.setblocking(False)
        self._open[role] += 1
        self._selector.register(peer, selectors.EVENT_READ, Connection(role, peer))

    def _receive(self, peer: Connection) -> list[tuple[Connection, bytes]]:
        """The waiting request, if it is one for this process and the client is still there."""
        try:
            if peer.role is Role.ADMIN and self._is_private(peer):
                if not private.serve(self._device, peer.socket):
                    self._drop(peer)  # no answer will come: the client must not wait for it
                return []
            request = peer.socket.recv(MAX_MESSAGE + 1)
        except OSError:
            request = b""
        if not request:
            self._drop(peer)
            return []
        return [(peer, request)]

    @staticmethod
    def _is_private(peer: Connection) -> bool:
        return private.is_private(peer.socket.recv(private.PEEK, socket.MSG_PEEK))

    def _send(self, peer: Connection, reply: bytes) -> None:
        try:
            peer.socket.send(reply)
        except OSError:  # gone, or so slow that its buffer is full
            self._drop(peer)

    def _drop(self, peer: Connection) -> None:
        self._open[peer.role] -= 1
        self._selector.unregister(peer.socket)
        peer.socket.close()

    def _hear_signals(self) -> None:
        reader, writer = socket.socketpair()
        writer.setblocking(False)
        self._wake = writer
        signal.set_wakeup_fd(writer.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        self._selector.register(reader, selectors.EVENT_READ)


def _listen(path: Path) -> socket.socket:
    """A role's socket in place of a dead one. Raises StateLocked if somebody serves there."""
    check_socket_path(path)
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with probe:
        if probe.connect_ex(str(path)) == 0:
            raise StateLocked(f"{path}: served by another process, expected one secured")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(_BACKLOG)
    return listener
