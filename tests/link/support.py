"""A small world for the link's tests: throw-away certificates, watchers, proxies on loopback."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from normal_world.link import pem, pki
from normal_world.link.channel import Channel, open_channel
from normal_world.link.client import LinkClient
from normal_world.link.errors import LinkError
from normal_world.link.link import Handlers, Identity, Limits, LinkHub, LinkServer, Peer
from normal_world.link.stream import TlsStream
from tests.link.signer import Signer

T = TypeVar("T")

SELLER = bytes.fromhex("11" * 20)
BUYER = bytes.fromhex("22" * 20)
STRANGER = bytes.fromhex("33" * 20)
LOOPBACK = "127.0.0.1:0"
FAST = Limits(ping_s=0.05, retry_first_s=0.01, retry_last_s=0.05)
IMPATIENT = replace(FAST, silence_s=0.5)


def run(main: Coroutine[Any, Any, T]) -> T:
    """A test that hangs fails."""

    async def limited() -> T:
        async with asyncio.timeout(20):
            return await main

    return asyncio.run(limited())


class Authority:
    """A CA in a folder of its own; every node gets a folder and a signer of its own."""

    def __init__(self, folder: Path, common_name: str = "Test authority") -> None:
        self.folder = folder
        self._count = 0
        pki.create_authority(folder, common_name, 30)

    def place(self) -> Path:
        """A new folder for one node."""
        self._count += 1
        made = self.folder / f"node{self._count}"
        made.mkdir()
        return made

    def node(
        self,
        meter: bytes,
        *,
        signer: Signer | None = None,
        ca: Path | None = None,
        revoked: Path | None = None,
    ) -> Identity:
        signer = signer or Signer(meter)
        made = pki.issue(self.folder, signer.request(), 9, output=self.place())
        return Identity(ca or made.ca, made.certificate, signer, revoked)


class Watcher:
    """Handlers that put whatever happens into queues."""

    def __init__(self) -> None:
        self.up: asyncio.Queue[Peer] = asyncio.Queue()
        self.down: asyncio.Queue[LinkError] = asyncio.Queue()
        self.messages: asyncio.Queue[tuple[bytes, str, dict[str, Any]]] = asyncio.Queue()
        self.refused: asyncio.Queue[LinkError] = asyncio.Queue()

    async def on_message(self, peer: Peer, kind: str, body: dict[str, Any]) -> None:
        self.messages.put_nowait((peer.meter, kind, body))

    async def on_up(self, peer: Peer) -> None:
        self.up.put_nowait(peer)

    async def on_down(self, peer: Peer, reason: LinkError) -> None:
        self.down.put_nowait(reason)

    def on_refused(self, address: str, error: LinkError) -> None:
        self.refused.put_nowait(error)

    def handlers(self) -> Handlers:
        return Handlers(self.on_message, self.on_up, self.on_down, self.on_refused)

    def heard_nothing(self) -> bool:
        return self.up.empty() and self.messages.empty()


@asynccontextmanager
async def serving(
    identity: Identity,
    watcher: Watcher,
    enrolled: set[bytes],
    limits: Limits = FAST,
    listen: str = LOOPBACK,
) -> AsyncIterator[LinkServer]:
    server = LinkServer(listen, identity, lambda: enrolled, watcher.handlers(), limits)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def dialling(
    identity: Identity, watcher: Watcher, meter: bytes, address: str, limits: Limits = FAST
) -> AsyncIterator[LinkClient]:
    client = LinkClient(meter, address, identity, watcher.handlers(), limits)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def hub(
    identity: Identity,
    watcher: Watcher,
    peers: Mapping[bytes, str],
    enrolled: set[bytes],
    listen: str = LOOPBACK,
) -> AsyncIterator[LinkHub]:
    made = LinkHub(
        listen,
        identity,
        peers,
        lambda: enrolled,
        watcher.on_message,
        watcher.on_up,
        watcher.on_down,
        on_refused=watcher.on_refused,
        limits=FAST,
    )
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = address.rsplit(":", 1)
    return await asyncio.open_connection(host, int(port))


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def raw_peer(identity: Identity, meter: bytes, address: str) -> Channel:
    """An enrolled node that will not keep to the rules: past the greeting, before the rest."""
    stream = TlsStream(*await connect(address))
    return await open_channel(stream, identity, lambda: {meter}, is_server=False, limit_s=5)


def chain_file(authority: Authority, identity: Identity) -> Path:
    """Key, session and device's certificate in one file, for the standard library's TLS."""
    signer = identity._world
    assert isinstance(signer, Signer)
    key, now_s = ec.generate_private_key(ec.SECP256R1()), int(time.time())
    made = signer.certify(key.public_key(), now_s - 60, now_s + 3600)
    session = pem.certificate_pem(x509.load_der_x509_certificate(made))
    path = authority.place() / "chain.pem"
    path.write_bytes(pem.key_pem(key) + session + identity.device.read_bytes())
    return path


def plain_client(authority: Authority, identity: Identity | None) -> ssl.SSLContext:
    """The standard library's TLS, for what our own code would never do."""
    context = ssl.create_default_context(cafile=str(authority.folder / "ca.pem"))
    context.check_hostname = False
    if identity is not None:
        context.load_cert_chain(chain_file(authority, identity))
    return context


class Proxy:
    """Carries bytes between a dialler and `target`, writes them down, can stall or spoil them."""

    def __init__(self, target: str) -> None:
        self.captured = bytearray()
        self.spoil = False
        self.stalled = False
        self._target = target
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await connect(self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers += [writer, far_writer]
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                self.captured += data
                if self.spoil:
                    data = data[:-1] + bytes([data[-1] ^ 1])
                if not self.stalled:
                    sink.write(data)
                    await sink.drain()
        except OSError:
            pass
        if not self.stalled:
            await hang_up(sink)
