"""Requests that are worked on apart: a child each, at most one a role, none of them waited for.

The parent looks only at a request's first bytes. The child reads it, asks over a channel for what
must last (effects.py), and answers the client itself.
"""

import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from secure_world import effects, lean, log
from secure_world.child import live
from secure_world.commands import LAYOUTS, PROTOCOL_VERSION, Role
from secure_world.device import Device, Stage
from secure_world.parent import MAX_EFFECT

PATIENCE_S = 30.0
PEEK = 5  # a list's prefix of at most three bytes, the version, the command
_APART = {
    role: {
        bytes([PROTOCOL_VERSION, command])
        for command, layout in LAYOUTS.items()
        if layout.apart and role in layout.roles
    }
    for role in Role
}


class Peer(Protocol):
    """A client and the role that its socket gives it."""

    role: Role
    socket: socket.socket


class Poll(Protocol):
    """The loop that the jobs live in."""

    def watch(self, handle: int, hook: Callable[[], None]) -> None:
        """Call `hook` whenever `handle` can be read."""

    def ignore(self, handle: int) -> None:
        """No more of it."""

    def release(self, peer: Peer, *, answered: bool) -> None:
        """Listen to the client again; or drop it, for no answer will come."""


def is_apart(role: Role, head: bytes) -> bool:
    """Whether a request that starts so is one for a child."""
    at = 1 + max(0, head[0] - 0xF7) if head else 0
    return head[at : at + 2] in _APART[role]


class Job:
    """A child at work for a client."""

    def __init__(self, device: Device, peer: Peer) -> None:
        self.peer, self.until_s = peer, time.monotonic() + PATIENCE_S
        self._stage = device.stage
        self.channel, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        with other:
            try:
                self._pid = os.fork()
            except OSError:
                self.channel.close()
                raise
            if self._pid == 0:
                live(partial(_work, device, peer), other, [peer.socket.fileno()], parent)

    def is_stale(self, stage: Stage) -> bool:
        """Whether it holds keys that were destroyed meanwhile; who zeroises has to say so."""
        if self._stage is not Stage.PROVISIONED or stage is Stage.PROVISIONED:
            return False
        return stage is Stage.DESTROYED or self.peer.role is not Role.ADMIN

    def end(self) -> bool:
        """End the child; whether it had done all its work."""
        self.channel.close()
        os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        return status == 0


class Jobs:
    """All children of a server."""

    def __init__(self, device: Device, poll: Poll) -> None:
        self._device, self._poll = device, poll
        self._running: dict[Role, Job] = {}
        self._waiting: dict[Role, deque[Peer]] = {role: deque() for role in Role}

    def submit(self, peer: Peer) -> None:
        """Have a request worked on; the loop must not listen to `peer` until it is released."""
        self._waiting[peer.role].append(peer)
        self._next(peer.role)

    def patience_s(self) -> float | None:
        """How long the loop may wait for events; None without end."""
        if not self._running:
            return None
        first = min(job.until_s for job in self._running.values())
        return max(0.0, first - time.monotonic())

    def expire(self) -> None:
        """End children that took too long, or whose keys are destroyed."""
        if not self._running:
            return
        now_s = time.monotonic()
        for job in list(self._running.values()):
            if job.until_s <= now_s:
                log.event("ERROR", "INTERNAL", f"{job.peer.role}: no answer in {PATIENCE_S} s")
                self._end(job)
            elif job.is_stale(self._device.stage):
                self._end(job)

    def close(self) -> None:
        """End all."""
        for queue in self._waiting.values():
            queue.clear()
        for job in list(self._running.values()):
            self._end(job)

    def _next(self, role: Role) -> None:
        while role not in self._running and self._waiting[role]:
            peer = self._waiting[role].popleft()
            try:
                job = self._running[role] = Job(self._device, peer)
            except OSError as error:  # no process or handle to be had
                log.event("ERROR", "INTERNAL", f"{role}: {error}, expected room for a child")
                self._poll.release(peer, answered=False)
            else:
                self._poll.watch(job.channel.fileno(), partial(self._hear, job))

    def _hear(self, job: Job) -> None:
        try:
            asked = job.channel.recv(MAX_EFFECT)
            if asked:
                job.channel.send(effects.apply(self._device, job.peer.role, asked))
                return
        except OSError:
            pass  # the child is dead
        self._end(job)

    def _end(self, job: Job) -> None:
        self._poll.ignore(job.channel.fileno())
        answered = job.end()
        del self._running[job.peer.role]
        self._poll.release(job.peer, answered=answered)
        self._next(job.peer.role)


def _work(device: Device, peer: Peer, channel: socket.socket) -> None:
    """The child's part."""
    try:
        lean.whole()
        from secure_world import apart  # its libraries are the children's alone

        apart.serve(device, peer.role, peer.socket, channel)
    except Exception as error:  # never print the values
        log.event("ERROR", "INTERNAL", f"{peer.role}: {type(error).__name__} in a child")
        raise
