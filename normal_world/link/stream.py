"""One TLS connection: OpenSSL works in memory, a pair of asyncio streams moves the bytes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cryptography import x509
from OpenSSL import SSL

from normal_world.link.errors import LinkDown, NotTls
from normal_world.link.judge import Judge
from normal_world.link.tls import failure

T = TypeVar("T")

CHUNK = 65536
RECORD_TYPES = (0x15, 0x16)  # alert and handshake, RFC 8446 §5.1: how TLS can begin
LINGER_S = 0.5
EXPORTED_BYTES = 32


class TlsStream:
    """Reads and writes plain bytes; every failure is a LinkError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.host, port = _peer_name(writer)
        self.where = f"{self.host}:{port}"
        self._reader = reader
        self._writer = writer
        self._tls: SSL.Connection | None = None

    async def handshake(
        self, context: Callable[[], Awaitable[SSL.Context]], judge: Judge, is_server: bool
    ) -> None:
        """Only bytes that can be TLS make the server use its key."""
        if not is_server:
            self._tls = self._prepare(await context(), judge)
            self._tls.set_connect_state()
            with contextlib.suppress(SSL.WantReadError):
                self._tls.do_handshake()
            self._flush()
        first = await self._receive()
        if first[0] not in RECORD_TYPES:
            raise NotTls(f"{self.where} does not speak TLS: its first byte is 0x{first[0]:02x}")
        if self._tls is None:
            self._tls = self._prepare(await context(), judge)
            self._tls.set_accept_state()
        self._tls.bio_write(first)
        await self._drive(self._tls.do_handshake)

    @staticmethod
    def _prepare(context: SSL.Context, judge: Judge) -> SSL.Connection:
        connection = SSL.Connection(context)
        connection.set_app_data(judge)
        return connection

    def exported(self, label: bytes) -> bytes:
        """32 bytes that only the two ends of this TLS connection have."""
        return self._opened().export_keying_material(label, EXPORTED_BYTES)

    def own_certificate(self) -> x509.Certificate:
        """The one that this end showed."""
        made = self._opened().get_certificate(as_cryptography=True)
        assert isinstance(made, x509.Certificate)
        return made

    async def read(self) -> bytes:
        """At least one byte; LinkDown at the end, clean or not."""
        tls = self._opened()
        return await self._drive(lambda: tls.recv(CHUNK))

    def write(self, data: bytes) -> None:
        """Hand over to the socket; wait in `drained` before, not after."""
        tls = self._opened()
        view = memoryview(data)
        try:
            while view:
                view = view[tls.send(view) :]
        except SSL.Error as error:
            raise LinkDown(f"connection with {self.where} cannot send any more") from error
        finally:
            self._flush()

    def pending_bytes(self) -> int:
        """Bytes that the socket has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Until the socket keeps up."""
        try:
            await self._writer.drain()
        except OSError as error:
            raise LinkDown(f"connection with {self.where} broke: {error}") from error

    async def close(self) -> None:
        """Say goodbye, give the other side a moment to read it, then close."""
        with contextlib.suppress(SSL.Error):
            if self._tls is not None:
                self._tls.shutdown()
        with contextlib.suppress(OSError):  # TimeoutError included
            self._flush()
            async with asyncio.timeout(LINGER_S):
                await self._linger()
        await self.abort()

    def cut(self) -> None:
        """Drop the connection at once."""
        self._writer.transport.abort()

    async def abort(self) -> None:
        """Drop the connection at once, and wait until it is gone."""
        self.cut()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _linger(self) -> None:
        """A socket closed with unread bytes resets, and the reset overtakes the last words."""
        await self._writer.drain()
        self._writer.write_eof()
        while await self._reader.read(CHUNK):
            pass

    async def _drive(self, step: Callable[[], T]) -> T:
        """Repeat a step of OpenSSL until it needs no more bytes from the other side."""
        tls = self._opened()
        while True:
            try:
                return step()
            except SSL.WantReadError:
                pass
            except SSL.ZeroReturnError:
                raise LinkDown(f"{self.where} closed the connection") from None
            except SSL.Error as error:
                raise failure(error, self.where) from error
            finally:
                self._flush()
            tls.bio_write(await self._receive())

    async def _receive(self) -> bytes:
        try:
            data = await self._reader.read(CHUNK)
        except OSError as error:
            raise LinkDown(f"connection with {self.where} broke: {error}") from error
        if not data:
            raise LinkDown(f"{self.where} closed the connection without a goodbye")
        return data

    def _flush(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            while self._tls is not None:
                self._writer.write(self._tls.bio_read(CHUNK))

    def _opened(self) -> SSL.Connection:
        if self._tls is None:
            raise LinkDown(f"connection with {self.where} has not begun")
        return self._tls


def _peer_name(writer: asyncio.StreamWriter) -> tuple[str, int]:
    """The system has forgotten the name of a peer that is gone already."""
    name = writer.get_extra_info("peername") or ("unknown", 0)
    return str(name[0]), int(name[1])
