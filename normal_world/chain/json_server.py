"""A small HTTP server for JSON bodies: bounded in size, connections and idle time."""

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MAX_BODY = 2 * 1024 * 1024
MAX_CONNECTIONS = 64
IDLE_S = 60
LOG = logging.getLogger("evlock.http")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the connection: a client asks many times a second
    timeout = IDLE_S
    disable_nagle_algorithm = True
    server: "JsonServer"

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY:
            self.close_connection = True
            self._reply(413, b"body: expected a Content-Length of at most 2 MiB\n")
            return
        self._reply(200, self.server.answer(self.rfile.read(int(length))))

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        LOG.debug("HTTP %s", format % args)


class JsonServer(ThreadingHTTPServer):
    """`answer` makes a body of a body; past MAX_CONNECTIONS at a time it hangs up."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(timeout=1.0):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("HTTP connection lost", exc_info=True)
