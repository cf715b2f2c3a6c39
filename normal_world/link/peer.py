"""A peer whose certificate was accepted: messages in order both ways, and a watch on its life.

Whatever is heard counts as a sign of life, and each side pings every second, so that a
connection cut without a word (cable, router, power) is noticed within three seconds.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime
from typing import Any

from normal_world.link import frames
from normal_world.link.channel import Channel
from normal_world.link.errors import (
    Closed,
    FrameError,
    LinkBusy,
    LinkDown,
    LinkError,
    PeerSilent,
)
from normal_world.link.frames import Body, Message
from normal_world.link.settings import Handlers, Limits

LOG = logging.getLogger(__name__)
OURS = frozenset({"challenge", "proof", "hello", "ping", "bye"})  # the link's own types


class Peer:
    """`meter` is proven by the certificate, `address` is the other end's host:port."""

    def __init__(self, channel: Channel, handlers: Handlers, limits: Limits) -> None:
        self.meter = channel.judge.meter
        self.address = channel.stream.where
        self._channel = channel
        self._handlers = handlers
        self._limits = limits
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue(limits.inbox)
        self._turn = asyncio.Lock()
        self._senders = 0
        self._reason: LinkError | None = None
        self._ending = asyncio.Event()
        self._closed = asyncio.Event()
        self._finished = asyncio.Event()

    def __str__(self) -> str:
        return f"peer 0x{self.meter.hex()} at {self.address}"

    @property
    def is_up(self) -> bool:
        return self._reason is None

    async def send(self, kind: str, body: Body) -> None:
        """Send one message; returns when the socket has room for it, which is no receipt.

        Raises LinkDown without a connection; LinkBusy, and the message is dropped, if the peer
        has not read for `silence_s` or too many wait already; FrameError for a bad message.
        """
        if kind in OURS:
            raise FrameError(f"type {kind!r} belongs to the link itself")
        frames.encode(Message(kind, frames.MAX_ID, body))
        if self._senders >= self._limits.senders:
            raise self._busy(kind, f"{self._senders} messages wait already")
        self._senders += 1
        try:
            await self._send_in_turn(kind, body)
            await asyncio.sleep(0)  # a caller's loop must not keep the others from running
        finally:
            self._senders -= 1

    async def close(self) -> None:
        """Say goodbye and close; may be called from a handler. A LinkClient will dial again."""
        self.end(Closed("closed by this side"))
        await self._closed.wait()

    def end(self, reason: LinkError) -> None:
        """Begin to close, for this reason; the first reason stays."""
        if self._reason is None:
            self._reason = reason
            self._ending.set()

    async def run(self, previous: "Peer | None" = None) -> LinkError:
        """Serve until the end, and say why. A `previous` connection is seen off before on_up."""
        workers = [self._work(self._read()), self._work(self._watch())]
        handling = asyncio.create_task(self._handle(previous))
        try:
            await self._ending.wait()
        finally:
            self.end(Closed("the program ends"))
            await _cancel(workers)
            await asyncio.gather(self._say_bye(), self._finish(handling))
        return self._why()

    def _work(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.create_task(self._guard(job))

    async def _guard(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except LinkError as error:
            self.end(error)
        except Exception as error:  # a mistake of ours must not leave a link half alive
            LOG.exception("LINK-INTERNAL %s", self)
            self.end(LinkDown(f"internal error: {error!r}"))

    async def _read(self) -> None:
        while True:
            message = await self._channel.receive()
            if message.type == "bye":
                raise LinkDown(f"{self} said goodbye: {message.body.get('code')!r:.40}")
            if message.type in OURS - {"ping"}:
                raise FrameError(f"{self} said {message.type} in the middle")
            if message.type != "ping":
                await self._inbox.put(message)

    async def _watch(self) -> None:
        clock, ping_s = asyncio.get_running_loop().time, self._limits.ping_s
        while True:
            began_s = clock()
            await asyncio.sleep(ping_s)
            if clock() - began_s > 2 * ping_s:  # it is this program that was held up
                self._channel.heard()
            self._check_life()
            self._check_right()
            if self._channel.stream.pending_bytes() == 0:
                self._channel.write("ping", {})

    def _check_life(self) -> None:
        if self._inbox.full():  # what the peer says waits in the socket
            self._channel.heard()
        silence_s = asyncio.get_running_loop().time() - self._channel.heard_s
        if silence_s > self._limits.silence_s:
            raise PeerSilent(f"{self} said nothing for {silence_s:.1f} s")

    def _check_right(self) -> None:
        self._channel.judge.check_right(datetime.now(UTC), self)

    async def _handle(self, previous: "Peer | None") -> None:
        if previous is not None:
            await previous._finished.wait()
        await self._call(self._handlers.on_up(self))
        while (message := await self._inbox.get()) is not None:
            await self._call(self._handlers.on_message(self, message.type, message.body))
        await self._call(self._handlers.on_down(self, self._why()))

    async def _call(self, handler: Awaitable[None]) -> None:
        try:
            await handler
        except Exception:
            LOG.exception("LINK-HANDLER handler failed for %s", self)

    async def _say_bye(self) -> None:
        with contextlib.suppress(LinkError):
            self._channel.write("bye", {"code": self._why().code})
        await self._channel.stream.close()
        self._closed.set()

    async def _finish(self, handling: asyncio.Task[None]) -> None:
        """What was received is still handled, unless the owner has no more time: cancelled."""
        try:
            await self._inbox.put(None)
            await asyncio.shield(handling)
        finally:
            await _cancel([handling])
            self._finished.set()

    async def _send_in_turn(self, kind: str, body: Body) -> None:
        try:
            async with asyncio.timeout(self._limits.silence_s), self._turn:
                self._check_up()
                await self._channel.stream.drained()
                self._check_up()
                self._channel.write(kind, body)
        except TimeoutError:
            raise self._busy(kind, f"it reads nothing for {self._limits.silence_s} s") from None

    def _check_up(self) -> None:
        if self._reason is not None:
            raise LinkDown(f"{self} is not connected: {self._reason}")

    def _busy(self, kind: str, why: str) -> LinkBusy:
        error = LinkBusy(f"message {kind!r} to {self} dropped: {why}")
        LOG.warning("%s %s", error.code, error)
        return error

    def _why(self) -> LinkError:
        return self._reason or LinkDown(f"{self} is still up")


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
