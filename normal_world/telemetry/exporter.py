"""GET /metrics over HTTP/1.1 in the node's event loop (RFC 9112): no thread, no waiting, no state.

One request a connection; who is slow, loud or many is closed. Nothing can be changed by it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

Render = Callable[[str], Awaitable[tuple[bytes, str]]]
log = logging.getLogger(__name__)

HEAD_MAX = 8 * 1024
LIMIT_S = 5.0
CONNECTIONS_MAX = 8
RETRY_S = 30.0
PLAIN = "text/plain; charset=utf-8"


class Exporter:
    """`render(accept)` makes the body and its content type."""

    def __init__(self, host: str, port: int, render: Render) -> None:
        self._address = host, port
        self._render = render
        self._open = 0

    async def run(self) -> None:
        """Serve until cancelled; an address that cannot be had is tried again."""
        while True:
            try:
                server = await asyncio.start_server(self._serve, *self._address, limit=HEAD_MAX)
            except OSError as error:
                host, port = self._address
                log.error("TELEMETRY-LISTEN %s:%d: %s; trying again", host, port, error.strerror)
                await asyncio.sleep(RETRY_S)
                continue
            async with server:
                await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= CONNECTIONS_MAX:
                async with asyncio.timeout(LIMIT_S):
                    writer.write(await self._answer(reader))
                    await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            writer.transport.abort()
        except Exception:
            log.exception("TELEMETRY")
        finally:
            self._open -= 1
            with contextlib.suppress(Exception):
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        method, path = [*request.split(" "), "", ""][:2]
        if method not in ("GET", "HEAD"):
            return _response("405 Method Not Allowed", b"GET or HEAD expected\n", PLAIN)
        if path.partition("?")[0] != "/metrics":
            return _response("404 Not Found", b"/metrics expected\n", PLAIN)
        body, kind = await self._render(_header(lines, "accept"))
        answer = _response("200 OK", body, kind)
        return answer if method == "GET" else answer[: -len(body)]


def _header(lines: list[str], name: str) -> str:
    found = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in found if key.lower() == name), "")


def _response(status: str, body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return (head + "Connection: close\r\n\r\n").encode("latin-1") + body
