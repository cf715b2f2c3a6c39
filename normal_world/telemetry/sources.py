"""The numbers of the node's three programs at one moment; who does not answer is None."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.errors import RpcError
from firmware.jsonrpc import LINE_MAX, decode, encode, result_of
from firmware.places import Places
from secure_world.protocol import SecureWorld, SecureWorldError

Numbers = dict[str, Any]
log = logging.getLogger(__name__)
LIMIT_S = 2.0
FRESH_S = 1.0  # whoever asks more often gets the same answer: nobody is kept busy by it


@dataclass(frozen=True)
class Snapshot:
    """Flat numbers by program."""

    secured: Numbers | None
    meterd: Numbers | None
    noded: Numbers | None


class Sources:
    """Own connections, so that nothing here waits in the way of a trade.

    `node` is set when the node has come so far that it can tell something.
    """

    def __init__(self, places: Places) -> None:
        self.node: Callable[[], Numbers] | None = None
        self._meterd = places.socket("meterd")
        self._world = SecureWorld(places.socket("secured-node"), LIMIT_S)
        self._thread = ThreadPoolExecutor(1, "telemetry")
        self._lock = asyncio.Lock()
        self._latest = Snapshot(None, None, None)
        self._taken_s = float("-inf")

    async def snapshot(self) -> Snapshot:
        """At most a second old."""
        async with self._lock:
            now_s = asyncio.get_running_loop().time()
            if now_s - self._taken_s > FRESH_S:
                secured, meterd = await asyncio.gather(self._ask_secured(), self._ask_meterd())
                self._latest = Snapshot(secured, meterd, self._ask_node())
                self._taken_s = now_s
            return self._latest

    def close(self) -> None:
        """Let the connections go."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._world.close()

    def _ask_node(self) -> Numbers | None:
        try:
            return self.node() if self.node else None
        except sqlite3.Error as error:
            log.debug("STORE %s", error)  # the node's own work tells it
            return None

    async def _ask_secured(self) -> Numbers | None:
        try:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(2 * LIMIT_S):
                return (await loop.run_in_executor(self._thread, self._world.info)).to_json()
        except (SecureWorldError, TimeoutError):
            return None

    async def _ask_meterd(self) -> Numbers | None:
        try:
            async with asyncio.timeout(LIMIT_S):
                answer = await _call(self._meterd, "metrics")
        except (OSError, RpcError, ValueError, TimeoutError):
            return None
        return answer if isinstance(answer, dict) else None


async def _call(path: Path, method: str) -> Any:
    reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_MAX)
    try:
        writer.write(encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}))
        return result_of(decode(await reader.readline()))
    finally:
        writer.close()
