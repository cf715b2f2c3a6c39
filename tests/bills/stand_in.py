"""A small HTTP server that answers as an IPFS node does: add, cat, pin/ls of the API of kubo."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from normal_world.bills.cid import cid_of


@dataclass
class Node:
    """`blocks` by CID, the arguments of each request in `asked`. `answer` replaces all answers."""

    url: str = ""
    blocks: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answer: tuple[int, bytes] | None = None

    def reply(self, path: str, arguments: dict[str, str], parts: list[bytes]) -> tuple[int, bytes]:
        self.asked.append((path, arguments))
        if self.answer is not None:
            return self.answer
        cid = arguments.get("arg", "")
        if path == "/api/v0/add":
            lines = [self._added(part) for part in parts]
            return 200, b"".join(lines)
        if path == "/api/v0/cat" and cid in self.blocks:
            return 200, self.blocks[cid]
        if path == "/api/v0/pin/ls" and cid in self.blocks:
            return 200, json.dumps({"Keys": {cid: {"Type": "recursive"}}}).encode()
        told = f"path '{cid}' is not pinned" if path == "/api/v0/pin/ls" else "block not found"
        return 500, json.dumps({"Message": told, "Code": 0, "Type": "error"}).encode()

    def _added(self, content: bytes) -> bytes:
        cid = cid_of(content)
        self.blocks[cid] = content
        return json.dumps({"Name": "f", "Hash": cid, "Size": str(len(content))}).encode() + b"\n"


@contextmanager
def ipfs_node() -> Iterator[Node]:
    node = Node()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            arguments = {name: values[0] for name, values in parse_qs(split.query).items()}
            status, answer = node.reply(split.path, arguments, _parts(self.headers, body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    node.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield node
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _parts(headers: Any, body: bytes) -> list[bytes]:
    kind = headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        return []
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\n\r\n".encode() + body
    )
    return [part.get_payload(decode=True) for part in message.iter_parts()]  # type: ignore[misc]
