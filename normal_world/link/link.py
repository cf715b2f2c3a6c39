"""The node's links to its peers: who dials whom, and one place to send to.

Of a pair of nodes the one with the numerically smaller meter id dials, so there is never more
than one connection between them, and no tie to break.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping

from normal_world.link.client import LinkClient
from normal_world.link.errors import AddressInvalid, LinkDown, LinkError
from normal_world.link.frames import Body
from normal_world.link.identity import Identity
from normal_world.link.peer import Peer
from normal_world.link.server import LinkServer
from normal_world.link.settings import (
    Handlers,
    Limits,
    OnDown,
    OnMessage,
    OnRefused,
    OnUp,
    parse_address,
)

__all__ = ["Handlers", "Identity", "Limits", "LinkClient", "LinkHub", "LinkServer", "Peer"]
DEFAULTS = Limits()


class LinkHub:
    """Accepts and dials. `peers` maps meter ids to addresses; handlers: see Handlers.

    `enrolled` bounds both directions; a peer that leaves it is cut within a second.
    """

    def __init__(
        self,
        listen: str,
        identity: Identity,
        peers: Mapping[bytes, str],
        enrolled: Callable[[], Collection[bytes]],
        on_message: OnMessage,
        on_up: OnUp,
        on_down: OnDown,
        *,
        on_refused: OnRefused | None = None,
        limits: Limits = DEFAULTS,
    ) -> None:
        for address in peers.values():
            parse_address(address)
        handlers = Handlers(on_message, on_up, on_down, on_refused)
        self.meter = identity.own_meter()
        if self.meter in peers:
            raise AddressInvalid(f"meter 0x{self.meter.hex()} is this node, expected its peers")
        self._enrolled = enrolled
        self._server = LinkServer(listen, identity, self._may_dial, handlers, limits)
        self._clients = {
            meter: LinkClient(meter, address, identity, handlers, limits, enrolled)
            for meter, address in peers.items()
            if self.meter < meter
        }

    async def start(self) -> None:
        """Listen and dial. Raises PkiError or AddressInvalid, and then nothing is left running."""
        await self._server.start()
        for client in self._clients.values():
            await client.start()

    async def close(self) -> None:
        """Say goodbye to every peer. Not from a handler: it waits for them."""
        clients = [client.close() for client in self._clients.values()]
        await asyncio.gather(*clients, self._server.close())

    @property
    def address(self) -> str:
        """host:port that it listens on."""
        return self._server.address

    async def send(self, meter: bytes, kind: str, body: Body) -> None:
        """Send to a connected peer: see Peer.send for what can go wrong."""
        peer = self._peer(meter)
        if peer is None:
            raise LinkDown(f"no connection with meter 0x{meter.hex()}: {self.last_error(meter)}")
        await peer.send(kind, body)

    def connected(self, meter: bytes) -> bool:
        return self._peer(meter) is not None

    def last_error(self, meter: bytes) -> LinkError | None:
        """Why the last attempt to dial this peer, or its last connection, ended."""
        client = self._clients.get(meter)
        return client.last_error if client else None

    def _peer(self, meter: bytes) -> Peer | None:
        client = self._clients.get(meter)
        peer = client.peer if client else self._server.peers.get(meter)
        return peer if peer is not None and peer.is_up else None

    def _may_dial(self) -> set[bytes]:
        return {meter for meter in self._enrolled() if meter < self.meter}
