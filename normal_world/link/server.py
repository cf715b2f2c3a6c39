"""The side that is dialled: lets strangers in one by one, keeps one connection a meter."""

import asyncio
import logging
from collections.abc import Callable, Collection

from normal_world.link.channel import open_channel
from normal_world.link.complaints import Complaints
from normal_world.link.errors import AddressInvalid, Closed, LinkError, Replaced, TooManyHandshakes
from normal_world.link.gate import Gate
from normal_world.link.identity import Identity
from normal_world.link.peer import Peer
from normal_world.link.settings import Handlers, Limits, parse_address
from normal_world.link.stream import TlsStream

LOG = logging.getLogger(__name__)
DEFAULTS = Limits()
BACKLOG = 512  # a full one drops honest callers too, who then wait a second to try again


class LinkServer:
    """`enrolled` is asked at every handshake, and every second while a peer is connected."""

    def __init__(
        self,
        listen: str,
        identity: Identity,
        enrolled: Callable[[], Collection[bytes]],
        handlers: Handlers,
        limits: Limits = DEFAULTS,
    ) -> None:
        self.peers: dict[bytes, Peer] = {}
        self._listen = parse_address(listen)
        self._identity = identity
        self._enrolled = enrolled
        self._handlers = handlers
        self._limits = limits
        self._gate = Gate(limits.handshakes_per_address, limits.handshakes)
        self._complaints = Complaints(handlers.on_refused)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises a PkiError for bad files, AddressInvalid if it cannot bind."""
        await self._identity.start()
        host, port = self._listen
        try:
            self._server = await asyncio.start_server(self._accept, host, port, backlog=BACKLOG)
        except OSError as error:
            raise AddressInvalid(f"cannot listen on {host}:{port}: {error.strerror}") from error

    @property
    def address(self) -> str:
        """host:port that it listens on (the port that was given, if 0 was asked for)."""
        if self._server is None:
            raise Closed("the server does not listen")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def close(self) -> None:
        """Stop listening, say goodbye to everybody; handlers get `goodbye_s` to finish."""
        if self._server is not None:
            self._server.close()
        self._gate.clear()
        for peer in self.peers.values():
            peer.end(Closed("the server closes"))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._limits.goodbye_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(TlsStream(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, stream: TlsStream) -> None:
        try:
            peer = await self._let_in(stream)
        except LinkError as error:
            self._complaints.about(stream.where, error)
        except Exception:
            LOG.exception("LINK-INTERNAL connection from %s", stream.where)
        else:
            await self._keep(peer)

    async def _let_in(self, stream: TlsStream) -> Peer:
        with self._gate.visit(stream.host, stream.cut) as visit:
            try:
                channel = await open_channel(
                    stream,
                    self._identity,
                    self._enrolled,
                    is_server=True,
                    limit_s=self._limits.handshake_s,
                )
            except LinkError as error:
                if visit.pushed_out:
                    raise TooManyHandshakes(f"{stream.where} gave way to newcomers") from error
                raise
        return Peer(channel, self._handlers, self._limits)

    async def _keep(self, peer: Peer) -> None:
        previous = self.peers.get(peer.meter)
        self.peers[peer.meter] = peer
        if previous is not None:
            previous.end(Replaced(f"{peer} took the place of {previous.address}"))
        LOG.info("LINK-UP %s", peer)
        reason = await peer.run(previous)
        LOG.info("%s %s: %s", reason.code, peer, reason)
        if self.peers.get(peer.meter) is peer:
            del self.peers[peer.meter]
