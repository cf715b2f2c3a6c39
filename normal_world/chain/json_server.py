"""A small HTTP server for JSON bodies: bounded in size, connections, idle time, request time."""

import io
import logging
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from normal_world.chain.json_connections import Connections

MAX_BODY = 2 * 1024 * 1024
IDLE_S = 60
REQUEST_S = 10  # for a whole request, headers and body, from its first byte
LOG = logging.getLogger("evlock.http")


class _Timed(socket.SocketIO):
    """Reads of a connection: the next request may be long in coming, but not slow."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection, "rb")
        self._connection = connection
        self._until: float | None = None

    def await_request(self) -> None:
        """The next byte is the first of a request."""
        self._until = None

    def readinto(self, buffer: Any) -> int | None:
        now = time.monotonic()
        if self._until is not None and now >= self._until:
            raise TimeoutError
        self._connection.settimeout(IDLE_S if self._until is None else self._until - now)
        number = super().readinto(buffer)
        if self._until is None:
            self._until = time.monotonic() + REQUEST_S
        return number


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the connection: a client asks many times a second
    disable_nagle_algorithm = True
    server: "JsonServer"

    def setup(self) -> None:
        super().setup()
        self._timed = _Timed(self.connection)
        self.rfile.close()
        self.rfile = io.BufferedReader(self._timed)

    def handle_one_request(self) -> None:
        self._timed.await_request()
        super().handle_one_request()

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY:
            self.close_connection = True
            self._reply(413, b"body: expected a Content-Length of at most 2 MiB\n")
            return
        body = self.rfile.read(int(length))
        with self.server.connections.answering(self.connection):
            answer = self.server.answer(body)
        self._reply(200, answer)

    def _reply(self, status: int, body: bytes) -> None:
        self.connection.settimeout(REQUEST_S)  # whoever does not read is slow too
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        LOG.debug("HTTP %s", format % args)


class JsonServer(ThreadingHTTPServer):
    """`answer` makes a body of a body; who may be connected: json_connections.py."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.connections = Connections()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self.connections.admit(request, str(client_address[0])):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.connections.forget(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("HTTP connection lost", exc_info=True)
