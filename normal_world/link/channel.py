"""Messages over one TLS connection, and how it begins: handshake, then a hello both ways."""

import asyncio
from collections.abc import Callable, Collection
from itertools import count

from normal_world.link import frames
from normal_world.link.errors import FrameError, HandshakeTimeout, LinkDown, LinkError, NotTls
from normal_world.link.frames import Body, Message
from normal_world.link.stream import TlsStream
from normal_world.link.tls import Contexts, Judge


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
    contexts: Contexts,
    allowed: Callable[[], Collection[bytes]],
    *,
    is_server: bool,
    limit_s: float,
) -> Channel:
    """Handshake and hellos within `limit_s`; on any error the connection is closed."""
    channel = Channel(stream, Judge(allowed))
    try:
        async with asyncio.timeout(limit_s):
            await stream.handshake(contexts.current, channel.judge, is_server)
            await _greet(channel, contexts.own_meter(), is_server)
    except LinkError as error:
        nobody_listens = isinstance(error, LinkDown | NotTls)
        await (stream.abort() if nobody_listens else stream.close())
        raise
    except TimeoutError:
        await stream.abort()
        raise HandshakeTimeout(f"{stream.where} took more than {limit_s} s to connect") from None
    except BaseException:
        await stream.abort()
        raise
    return channel


async def _greet(channel: Channel, own: bytes, is_server: bool) -> None:
    """The server's hello comes first: it is its word that it accepts the client.

    A TLS 1.3 client ends its handshake before the server has judged its certificate. It stays
    silent until the hello: bytes that nobody reads would make the refusal end in a reset.
    """
    if not is_server:
        await _expect_hello(channel, own)
    peer = channel.judge.meter
    channel.write("hello", {"from": "0x" + own.hex(), "to": "0x" + peer.hex()})
    if is_server:
        await _expect_hello(channel, own)


async def _expect_hello(channel: Channel, own: bytes) -> None:
    message = await channel.receive()
    expected = {"from": "0x" + channel.judge.meter.hex(), "to": "0x" + own.hex()}
    if message.type != "hello" or message.body != expected:
        raise FrameError(f"{channel.stream.where} began with {message!r:.200}, expected its hello")
