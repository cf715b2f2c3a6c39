"""The endpoint under clients that do not behave; and an address that is taken."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

import pytest

from normal_world.demo.home import free_ports
from normal_world.telemetry import exporter
from normal_world.telemetry.exporter import Exporter

Ask = Callable[[bytes], Awaitable[bytes]]


async def _render(accept: str) -> tuple[bytes, str]:
    return b"evlock_up 1\n", f"text/plain; asked={accept or 'nothing'}"


def served(scene: Callable[[int, Ask], Awaitable[None]]) -> None:
    (port,) = free_ports(1)

    async def ask(request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    async def run() -> None:
        task = asyncio.create_task(Exporter("127.0.0.1", port, _render).run())
        async with asyncio.timeout(60):
            await _listening(port)
            await scene(port, ask)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


async def _listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0)
        else:
            writer.close()
            return


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\n"),
        (b"GET /metrics?x=1 HTTP/1.0\r\nACCEPT:  b \r\n\r\n", b"asked=b\r\n"),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 405 "),
        (b"\r\n\r\n", b"HTTP/1.1 405 "),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"HTTP/1.1 405 "),
    ],
)
def test_requests_are_answered_or_refused(request_: bytes, expected: bytes) -> None:
    async def scene(_port: int, ask: Ask) -> None:
        assert expected in await ask(request_)

    served(scene)


def test_a_head_request_has_no_body() -> None:
    async def scene(_port: int, ask: Ask) -> None:
        answer = await ask(b"HEAD /metrics HTTP/1.1\r\n\r\n")
        assert b"Content-Length: 12\r\n" in answer
        assert answer.endswith(b"\r\n\r\n")

    served(scene)


@pytest.mark.parametrize("garbage", [b"", b"GET", b"A" * 100_000, b"\0" * 8_192 + b"\r\n\r\n"])
def test_garbage_costs_the_next_scraper_nothing(garbage: bytes) -> None:
    async def scene(_port: int, ask: Ask) -> None:
        with contextlib.suppress(ConnectionError):  # closed before everything was sent
            assert b"200 OK" not in await ask(garbage)
        assert b"200 OK" in await ask(b"GET /metrics HTTP/1.1\r\n\r\n")

    served(scene)


def test_many_silent_clients_are_closed_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "LIMIT_S", 0.2)

    async def scene(port: int, ask: Ask) -> None:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        loop = asyncio.get_running_loop()
        for one in silent:
            one.setblocking(False)
        try:
            ends = await asyncio.gather(
                *(loop.sock_recv(one, 1) for one in silent), return_exceptions=True
            )
            assert not [end for end in ends if end != b"" and not isinstance(end, OSError)]
            assert b"200 OK" in await ask(b"GET /metrics HTTP/1.1\r\n\r\n")
        finally:
            for one in silent:
                one.close()

    served(scene)


def test_an_address_that_is_taken_is_told_and_does_no_harm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            one = Exporter("127.0.0.1", taken.getsockname()[1], _render)
            task = asyncio.create_task(one.run())
            while not caplog.records:
                await asyncio.sleep(0)
            assert not task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert "TELEMETRY-LISTEN 127.0.0.1:" in caplog.text
