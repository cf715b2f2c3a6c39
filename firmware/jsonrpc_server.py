"""The asyncio server of a control socket: methods by name, events to subscribers."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

from firmware.errors import RpcError
from firmware.jsonrpc import LINE_MAX, decode, encode, failure

Method = Callable[..., Awaitable[Any]]
log = logging.getLogger(__name__)

CONNECTIONS_MAX = 64
QUEUE_MAX_BYTES = 256 * 1024  # a subscriber that does not read is dropped beyond this


class Server:
    """Serves `methods` on a UNIX socket; `publish` reaches every subscriber.

    A `given` listener (of the service manager) is served as it is; its file is not ours.
    """

    def __init__(
        self,
        path: Path,
        methods: Mapping[str, Method],
        mode: int = 0o660,
        given: socket.socket | None = None,
    ) -> None:
        self.path = path
        self._methods = methods
        self._mode = mode
        self._given = given
        self._subscribers: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a socket file left by a killed process is replaced."""
        if self._given is not None:
            # Python 3.13 and later would remove the service manager's file at the end.
            keep: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
            self._server = await asyncio.start_unix_server(
                self._serve, sock=self._given, limit=LINE_MAX, **keep
            )
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        self._server = await asyncio.start_unix_server(
            self._serve, path=str(self.path), limit=LINE_MAX
        )
        os.chmod(self.path, self._mode)  # noqa: PTH101 - the path may be a socket

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._connections):
            writer.close()
        if self._given is None:
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()

    def publish(self, kind: str, **fields: Any) -> None:
        """Send an event to all subscribers; a slow one is cut off, never waited for."""
        line = encode({"jsonrpc": "2.0", "method": "event", "params": {"type": kind, **fields}})
        for writer in list(self._subscribers):
            if writer.transport.get_write_buffer_size() > QUEUE_MAX_BYTES:
                log.warning("CONTROL-SLOW a subscriber does not read: dropped")
                self._subscribers.discard(writer)
                writer.transport.abort()  # close() would wait for the reader that does not read
                continue
            writer.write(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= CONNECTIONS_MAX:
            log.warning(
                "CONTROL-FULL %d connections already: a new one was closed", CONNECTIONS_MAX
            )
            writer.transport.abort()
            return
        self._connections.add(writer)
        try:
            while (line := await reader.readline()).endswith(b"\n"):  # a cut line is no request
                writer.write(encode(await self._answer(line, writer)))
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.LimitOverrunError) as error:
            log.info("CONTROL-CLOSED %s", error)
        except asyncio.CancelledError:
            pass  # the loop ends; passed on, asyncio's stream would log it as an error
        finally:
            self._subscribers.discard(writer)
            self._connections.discard(writer)
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> dict[str, Any]:
        request_id: object = None
        try:
            request = decode(line)
            request_id = request.get("id")
            result = await self._dispatch(request, writer)
        except Exception as error:  # the boundary: every failure becomes an answer
            if not hasattr(error, "code"):
                log.exception("INTERNAL %s", error)
            return failure(request_id, error)
        return {"jsonrpc": "2.0", "id": request_id, "result": result}

    async def _dispatch(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> Any:
        name, params = request.get("method"), request.get("params", {})
        if not isinstance(params, dict):
            raise RpcError("params: an object was expected", "CONTROL-MALFORMED")
        if name == "subscribe":
            self._subscribers.add(writer)
            return {"subscribed": True}
        method = self._methods.get(str(name))
        if method is None:
            known = ", ".join(sorted(self._methods))
            raise RpcError(f"unknown method {name}: one of {known}", "CONTROL-METHOD")
        return await _call(method, str(name), params)


async def _call(method: Method, name: str, params: dict[str, Any]) -> Any:
    try:
        signature(method).bind(**params)
    except TypeError as error:
        raise RpcError(f"{name}: {error}", "CONTROL-PARAMS") from None
    return await method(**params)
