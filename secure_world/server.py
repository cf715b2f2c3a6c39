"""Role sockets, one thread, one durable commit for all waiting requests before any answer."""

import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from secure_world import debugger, dispatch, log, peers
from secure_world.commands import MAX_MESSAGE, Role
from secure_world.device import Device
from secure_world.errors import StateLocked
from secure_world.jobs import PEEK, Jobs, Peer, is_apart
from secure_world.places import check_socket_path
from secure_world.service import Manager

MAX_CONNECTIONS = 32  # of one role, so that none can shut the others out
_BACKLOG = 64
_CREDENTIALS_BYTES, _INT_BYTES = 12, 4  # struct ucred: pid, uid, gid


class Connection:
    """A client and the role that its socket gives it."""

    __slots__ = ("handle", "role", "socket")

    def __init__(self, role: Role, connection: socket.socket) -> None:
        self.role, self.socket, self.handle = role, connection, connection.fileno()


class Server:
    """Serves until SIGTERM or SIGINT."""

    def __init__(self, device: Device, folder: Path, manager: Manager) -> None:
        self._device, self._manager, self._running = device, manager, True
        self._period_s = min(debugger.PERIOD_S, manager.period_s or debugger.PERIOD_S)
        self._epoll = select.epoll()
        self._buffer = bytearray(MAX_MESSAGE + 1)
        self._view = memoryview(self._buffer)
        self._peers: dict[int, Connection] = {}  # those that are listened to
        self._hooks: dict[int, Callable[[], None]] = {}  # what else is
        self._open = dict.fromkeys(Role, 0)
        self._jobs, self._debugger = Jobs(device, self), debugger.Watch(device)
        self._paths: list[Path] = []  # of the sockets that we made ourselves
        self._listeners: list[socket.socket] = []
        for role in Role:
            self._listen(role, folder / role.socket_name)
        self._hear_signals()

    def run(self) -> None:
        """Serve."""
        while self._running:
            self.step()

    def close(self) -> None:
        """Remove the sockets: nobody is served any more."""
        self._jobs.close()
        self._debugger.close()
        for path in self._paths:
            path.unlink(missing_ok=True)
        for listener in self._listeners:
            listener.close()
        for peer in self._peers.values():
            peer.socket.close()
        signal.set_wakeup_fd(-1)
        self._wake.close()
        self._epoll.close()

    def step(self) -> None:
        """Wait for requests, then serve all that wait as one batch."""
        peers, batch, others = self._peers, [], []
        apart: list[Connection] = []
        for handle, _ in self._epoll.poll(self._patience_s()):
            peer = peers.get(handle)
            if peer is None:
                others.append(handle)
            elif request := self._receive(peer, apart):
                batch.append((peer, request))
        if batch:
            self._serve(batch)
        for peer in apart:
            self.ignore(peer.handle)
            self._jobs.submit(peer)
        for handle in others:  # those who leave before those who come
            hook = self._hooks.get(handle)
            if hook is not None:
                hook()
        self._jobs.expire()
        self._debugger.look()
        self._manager.alive()

    def watch(self, handle: int, hook: Callable[[], None]) -> None:
        """Call `hook` whenever `handle` can be read."""
        self._hooks[handle] = hook
        self._epoll.register(handle, select.EPOLLIN)

    def ignore(self, handle: int) -> None:
        """Listen to `handle` no more."""
        self._epoll.unregister(handle)
        self._hooks.pop(handle, None)
        self._peers.pop(handle, None)

    def release(self, peer: Peer, *, answered: bool) -> None:
        """A child has ended: listen to its client again, or drop it if no answer will come."""
        assert isinstance(peer, Connection)
        self._admit(peer)
        if not answered:
            self._drop(peer)

    def _patience_s(self) -> float:
        """How long nothing may happen: the watch looks every second."""
        job_s = self._jobs.patience_s()
        return self._period_s if job_s is None else min(self._period_s, job_s)

    def _receive(self, peer: Connection, apart: list[Connection]) -> bytes:
        """The waiting request; empty if it is one for a child, or the client has left."""
        try:
            if peer.role is not Role.METER and self._is_apart(peer):
                apart.append(peer)
                return b""
            size = peer.socket.recv_into(self._buffer)
        except OSError:
            size = 0
        if not size:
            self._drop(peer)
        return bytes(self._view[:size])

    @staticmethod
    def _is_apart(peer: Connection) -> bool:
        return is_apart(peer.role, peer.socket.recv(PEEK, socket.MSG_PEEK))

    def _serve(self, batch: list[tuple[Connection, bytes]]) -> None:
        answers = dispatch.answers(self._device, [(peer.role, data) for peer, data in batch])
        for (peer, _), reply in zip(batch, answers, strict=True):
            try:
                peer.socket.send(reply)
            except OSError:  # gone, or so slow that its buffer is full
                self._drop(peer)

    def _admit(self, peer: Connection) -> None:
        peer.socket.setblocking(False)
        self._peers[peer.handle] = peer
        self._epoll.register(peer.handle, select.EPOLLIN)

    def _drop(self, peer: Connection) -> None:
        self._open[peer.role] -= 1
        self.ignore(peer.handle)
        peer.socket.close()

    def _listen(self, role: Role, path: Path) -> None:
        listener = self._manager.listeners.get(path.stem)
        if listener is None:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            listener = _listen(path)
            self._paths.append(path)
        self._listeners.append(listener)
        owner = peers.owner_of(listener)
        self.watch(listener.fileno(), lambda: self._accept(listener, role, owner))

    def _accept(self, listener: socket.socket, role: Role, owner: int | None) -> None:
        try:
            peer, _ = listener.accept()
        except OSError:
            return  # it has left already
        if self._open[role] >= MAX_CONNECTIONS:
            log.refused(role, "BUSY", f"expected at most {MAX_CONNECTIONS} connections")
            peer.close()
            return
        ucred = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS_BYTES)
        numbers = [ucred[at : at + _INT_BYTES] for at in range(0, _CREDENTIALS_BYTES, _INT_BYTES)]
        pid, uid, _ = [int.from_bytes(number, sys.byteorder, signed=True) for number in numbers]
        if not peers.may_speak(role, owner, uid):
            log.refused(role, "PEER", f"pid {pid} uid {uid}, expected uid {owner} or root")
            peer.close()
            return
        log.event("INFO", "CONNECTED", f"{role} pid {pid} uid {uid}")
        self._open[role] += 1
        self._admit(Connection(role, peer))

    def _hear_signals(self) -> None:
        reader, writer = socket.socketpair()
        writer.setblocking(False)
        self._wake = writer
        self._listeners.append(reader)
        signal.set_wakeup_fd(writer.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        self.watch(reader.fileno(), self._stop)

    def _stop(self) -> None:
        self._running = False


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
