"""The side that dials: one peer, tried again and again until it answers."""

import asyncio
import logging
import random
from collections.abc import Callable, Collection

from normal_world.link.channel import open_channel
from normal_world.link.complaints import Complaints
from normal_world.link.errors import Closed, DialFailed, LinkError
from normal_world.link.identity import Identity
from normal_world.link.peer import Peer
from normal_world.link.settings import Handlers, Limits, parse_address
from normal_world.link.stream import TlsStream

LOG = logging.getLogger(__name__)
DEFAULTS = Limits()


class LinkClient:
    """Dials `address` until the meter there is `meter`, with growing pauses in between.

    `enrolled`, if given, can take the right away from that meter at any time.
    """

    def __init__(
        self,
        meter: bytes,
        address: str,
        identity: Identity,
        handlers: Handlers,
        limits: Limits = DEFAULTS,
        enrolled: Callable[[], Collection[bytes]] | None = None,
    ) -> None:
        self.peer: Peer | None = None
        self.last_error: LinkError | None = None
        self._meter = meter
        self._address = address
        self._target = parse_address(address)
        self._identity = identity
        self._handlers = handlers
        self._limits = limits
        self._enrolled = enrolled
        self._complaints = Complaints(handlers.on_refused)
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Begin to dial. Raises a PkiError for bad files."""
        await self._identity.start()
        self._task = asyncio.create_task(self._dial_for_ever())

    async def close(self) -> None:
        """Say goodbye and dial no more; handlers get `goodbye_s` to finish."""
        self._closing = True
        if self._task is None:
            return
        if self.peer is not None:
            self.peer.end(Closed("the client closes"))
            await asyncio.wait([self._task], timeout=self._limits.goodbye_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _dial_for_ever(self) -> None:
        clock, limits = asyncio.get_running_loop().time, self._limits
        pause_s = limits.retry_first_s
        while True:
            began_s = clock()
            self.last_error = await self._session()
            if self._closing:
                return
            if clock() - began_s > limits.retry_last_s:  # it was up: a new series begins
                pause_s = limits.retry_first_s
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, limits.retry_last_s)

    async def _session(self) -> LinkError:
        try:
            self.peer = peer = await self._dial()
        except LinkError as error:
            self._complaints.about(self._address, error)
            return error
        except Exception as error:
            LOG.exception("LINK-INTERNAL dialling %s", self._address)
            return LinkError(f"internal error: {error!r}")
        LOG.info("LINK-UP %s", peer)
        try:
            reason = await peer.run()
        finally:
            self.peer = None
        LOG.info("%s %s: %s", reason.code, peer, reason)
        return reason

    async def _dial(self) -> Peer:
        limit_s = self._limits.handshake_s
        try:
            async with asyncio.timeout(limit_s):
                stream = TlsStream(*await asyncio.open_connection(*self._target))
        except OSError as error:  # TimeoutError included
            raise DialFailed(f"{self._address} does not answer: {error}") from error
        channel = await open_channel(
            stream, self._identity, self._allowed, is_server=False, limit_s=limit_s
        )
        return Peer(channel, self._handlers, self._limits)

    def _allowed(self) -> Collection[bytes]:
        gone = self._enrolled is not None and self._meter not in self._enrolled()
        return () if gone else (self._meter,)
