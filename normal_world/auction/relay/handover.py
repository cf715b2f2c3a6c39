"""A node's side of a relay: the order is handed over, the chain alone says whether it is placed.

A relay that is away, refuses, or holds the order back costs patience and nothing else: then the
node places the order by itself. If both do, the contract refuses the second by name (OrderGiven).
"""

import asyncio
import logging

from normal_world.auction.relay.books import REFUSED
from normal_world.auction.relay.client import RelayClient
from normal_world.auction.relay.errors import PlacementRefused
from normal_world.auction.windows import Windows
from normal_world.chain.bindings.auction import Placement
from normal_world.errors import ChainError

log = logging.getLogger(__name__)

MISSES = 3  # blocks in a row without an answer
OWN_BLOCKS = 3  # of the window that the node keeps for itself


class Handover:
    """`blocks`: of the window before the node places by itself; 0: half of it. No URL: no relay."""

    def __init__(self, url: str = "", blocks: int = 0) -> None:
        self._client = RelayClient(url) if url else None
        self._blocks, self._url = blocks, url
        self._slot = self._asked = self._misses = -1
        self._over = False
        self.said = "not asked yet" if url else ""

    async def holds(self, slot: int, placement: Placement, head: int, windows: Windows) -> bool:
        """Whether the order is the relay's for now; asked once a block while the window is open."""
        if self._client is None:
            return False
        if slot != self._slot:
            self._slot, self._asked, self._misses, self._over = slot, -1, 0, False
        if not self._over and head >= windows.place_from(slot) + self._patience(windows):
            self._end("not in a final block in time")
        if not self._over and head > self._asked:
            self._asked = head
            await asyncio.to_thread(self._ask, self._client, placement)
        return not self._over

    def told(self) -> str | None:
        """For `evlock auction status`: where, and what it said last; None without a relay."""
        return f"{self._url}: {self.said}" if self._url else None

    def _ask(self, client: RelayClient, placement: Placement) -> None:
        try:
            fate = client.place(self._slot, placement)
        except PlacementRefused as error:
            self._failed(f"{error.code} {error}", at_once=error.code != "PLACE-WINDOW")
        except ChainError as error:
            self._failed(f"{error.code} {error}", at_once=False)
        else:
            self._misses, self.said = 0, f"{fate.state} {fate.reason}".strip()
            if fate.state == REFUSED:
                self._end(self.said)

    def _failed(self, words: str, *, at_once: bool) -> None:
        """A relay may be a block behind, or just be started again."""
        self._misses, self.said = self._misses + 1, words
        if at_once or self._misses >= MISSES:
            self._end(words)

    def _end(self, why: str) -> None:
        self._over, self.said = True, why
        log.warning("AUCTION slot %d: the node places by itself; relay: %s", self._slot, why)

    def _patience(self, windows: Windows) -> int:
        most = max(windows.reveal_blocks - OWN_BLOCKS, 0)
        return min(self._blocks or windows.reveal_blocks // 2, most)
