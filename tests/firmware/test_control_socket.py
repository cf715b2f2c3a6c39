"""The control socket under a client that does not behave: it costs nobody else anything."""

import asyncio
import socket
from pathlib import Path
from typing import Any

from firmware.jsonrpc import decode, encode
from firmware.jsonrpc_server import Server


async def nothing() -> dict[str, Any]:
    return {}


def served(path: Path, scene: Any) -> None:
    async def run() -> None:
        server = Server(path, {"nothing": nothing})
        await server.start()
        try:
            async with asyncio.timeout(20):
                await scene(server)
        finally:
            await server.stop()

    asyncio.run(run())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_subscriber_that_never_reads_is_dropped_with_its_events(tmp_path: Path) -> None:
    async def scene(server: Server) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.setblocking(False)
            before = open_files()
            await loop.sock_connect(deaf, str(server.path))
            await loop.sock_sendall(deaf, encode({"id": 1, "method": "subscribe"}))
            assert b"subscribed" in await loop.sock_recv(deaf, 4096)
            assert open_files() > before
            for _ in range(200):
                server.publish("live", text="x" * 10_000)
            while open_files() > before:  # ended by the time limit when it is kept
                await asyncio.sleep(0)

    served(tmp_path / "s", scene)


def test_many_connections_leave_the_program_files_to_open(tmp_path: Path) -> None:
    async def scene(server: Server) -> None:
        loop = asyncio.get_running_loop()
        before, idle = open_files(), [socket.socket(socket.AF_UNIX) for _ in range(200)]
        try:
            for one in idle:
                one.setblocking(False)
                await loop.sock_connect(one, str(server.path))
                await asyncio.sleep(0)  # the server accepts meanwhile
            refused = asyncio.gather(*(loop.sock_recv(one, 1) for one in idle[100:]))
            assert set(await refused) == {b""}
            assert open_files() < before + len(idle) + 100
        finally:
            for one in idle:
                one.close()

    served(tmp_path / "s", scene)


def test_half_a_line_is_no_request(tmp_path: Path) -> None:
    """Cut off in the middle, `12` is not `1`."""

    async def scene(server: Server) -> None:
        reader, writer = await asyncio.open_unix_connection(str(server.path))
        writer.write(encode({"id": 1, "method": "nothing"}).rstrip(b"\n"))
        writer.write_eof()
        answer = await reader.read()
        assert not answer or "error" in decode(answer)
        writer.close()

    served(tmp_path / "s", scene)
