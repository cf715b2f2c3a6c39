"""Messages over one TLS connection, and how it begins: handshake, then a greeting."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from itertools import count

from normal_world.link import frames
from normal_world.link.errors import HandshakeTimeout, LinkDown, LinkError, NotTls
from normal_world.link.frames import Body, Message
from normal_world.link.greeting import greet
from normal_world.link.identity import Identity
from normal_world.link.judge import Judge
from normal_world.link.stream import TlsStream


class Channel:
    """`heard_s` is the loop's time when the last byte came in."""

    def __init__(self, stream: TlsStream, judge: Judge) -> None:
        self.stream = stream
        self.judge = judge
        self.heard_s = 0.0
        self._decoder = frames.Decoder()
        self._ids = count()

    async def receive(self) -> Message:
        """The next message; LinkDown at the end of the connection, FrameError for a bad frame."""
        while (message := self._decoder.next()) is None:
            self._decoder.feed(await self.stream.read())
            self.heard()
        return message

    def heard(self) -> None:
        """The peer lives."""
        self.heard_s = asyncio.get_running_loop().time()

    def write(self, kind: str, body: Body) -> None:
        """One message to the socket; wait for `stream.drained` before, not after."""
        self.stream.write(frames.encode(Message(kind, next(self._ids), body)))


async def open_channel(
    stream: TlsStream,
    identity: Identity,
    allowed: Callable[[], Collection[bytes]],
    *,
    is_server: bool,
    limit_s: float,
) -> Channel:
    """Handshake and greeting within `limit_s`; on any error the connection is closed."""
    channel = Channel(stream, Judge(allowed, identity.revocations.check))
    greeting = False
    try:
        async with asyncio.timeout(limit_s):
            await stream.handshake(identity.current, channel.judge, is_server)
            greeting = True
            await greet(channel, identity, is_server=is_server)
    except LinkError as error:
        nobody_listens = isinstance(error, LinkDown | NotTls)
        if greeting and not nobody_listens:
            with contextlib.suppress(LinkError):
                channel.write("bye", {"code": error.code})
        await (stream.abort() if nobody_listens else stream.close())
        raise
    except TimeoutError:
        await stream.abort()
        raise HandshakeTimeout(f"{stream.where} took more than {limit_s} s to connect") from None
    except BaseException:
        await stream.abort()
        raise
    return channel
