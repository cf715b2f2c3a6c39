"""noded's line to meterd: calls and events over one socket that is renewed when it breaks."""

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from firmware.errors import RpcError, RpcFailed
from firmware.jsonrpc import LINE_MAX, decode, encode, result_of

OnEvent = Callable[[dict[str, Any]], Awaitable[None]]
OnUp = Callable[[], Awaitable[None]]
log = logging.getLogger(__name__)

RETRY_S = 0.2
CALL_LIMIT_S = 20.0


class MeterClient:
    """`run` keeps the connection; `call` raises RpcError while there is none."""

    def __init__(self, path: Path, on_event: OnEvent, on_up: OnUp) -> None:
        self._path = path
        self._on_event = on_event
        self._on_up = on_up
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue(256)

    @property
    def connected(self) -> bool:
        return self._writer is not None

    async def call(self, method: str, /, **params: Any) -> Any:
        """The method's result; RpcFailed carries meterd's own error code."""
        if self._writer is None:
            raise RpcError(f"{self._path}: meterd is not there", "METERD-GONE")
        request_id = next(self._ids)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        try:
            self._writer.write(encode(request))
            response = await asyncio.wait_for(future, CALL_LIMIT_S)
        except (TimeoutError, OSError) as error:
            raise RpcError(f"{method}: {error or 'no answer'}", "METERD-GONE") from None
        finally:
            self._waiting.pop(request_id, None)
        return result_of(response)

    async def require_sound(self) -> None:
        """Have the meter check itself; raises RpcFailed when it would not trade."""
        try:
            await self.call("trade.precheck")
        except RpcFailed as error:
            if error.code != "METER-BUSY":  # it trades or measures: the trade's own check decides
                raise

    async def run(self) -> None:
        """Connect, listen, reconnect; never returns."""
        handler = asyncio.create_task(self._hand_out())
        try:
            while True:
                try:
                    await self._connection()
                except (OSError, RpcError, ValueError) as error:
                    log.debug("METERD-GONE %s", error)
                self._lose()
                await asyncio.sleep(RETRY_S)
        finally:
            handler.cancel()

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self._path), limit=LINE_MAX)
        self._writer = writer
        try:
            listening = asyncio.create_task(self._listen(reader))
            await self.call("subscribe")
            log.info("METERD connected")
            await self._on_up()
            await listening
        finally:
            listening.cancel()
            writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                message = decode(line)
                waiting = self._waiting.get(message.get("id") or 0)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
                elif message.get("method") == "event":
                    self._queue(message.get("params", {}))
        finally:
            self._lose()  # now: who waits for an answer must not wait for the time limit

    def _queue(self, event: dict[str, Any]) -> None:
        if self._events.full():
            log.warning("METERD-SLOW events are not worked off: the oldest is dropped")
            self._events.get_nowait()
        self._events.put_nowait(event)

    async def _hand_out(self) -> None:
        while True:
            event = await self._events.get()
            try:
                await self._on_event(event)
            except sqlite3.Error as error:
                log.error("STORE %s event not kept: %s", event.get("type"), error)
            except Exception:  # one bad event must not silence the next
                log.exception("METERD-EVENT %s", event.get("type"))

    def _lose(self) -> None:
        self._writer = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError("meterd closed the connection"))
