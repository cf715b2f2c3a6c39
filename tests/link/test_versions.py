"""What is not mutual TLS 1.3 with a fresh handshake is refused (A11)."""

import asyncio
import contextlib
import socket
import ssl

import pytest

from tests.link.support import (
    BUYER,
    SELLER,
    Authority,
    Watcher,
    chain_file,
    connect,
    dialling,
    hang_up,
    plain_client,
    run,
    serving,
)


def test_a_client_without_a_certificate_is_refused(authority: Authority) -> None:
    async def main() -> None:
        watcher = Watcher()
        async with serving(authority.node(SELLER), watcher, {BUYER}) as server:
            words = await refusal_of(server.address, plain_client(authority, None))
            assert (await watcher.refused.get()).code == "TLS-NO-CERTIFICATE"
            assert "CERTIFICATE_REQUIRED" in words
        assert watcher.heard_nothing()

    run(main())


def test_a_client_that_speaks_only_tls_1_2_is_refused(authority: Authority) -> None:
    async def main() -> None:
        watcher = Watcher()
        context = plain_client(authority, authority.node(BUYER))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        async with serving(authority.node(SELLER), watcher, {BUYER}) as server:
            words = await refusal_of(server.address, context)
            assert (await watcher.refused.get()).code == "TLS-VERSION"
            assert "PROTOCOL_VERSION" in words
        assert watcher.heard_nothing()

    run(main())


def test_a_server_that_speaks_only_tls_1_2_is_refused(authority: Authority) -> None:
    certified = authority.node(SELLER)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certified.ca))
    context.load_cert_chain(chain_file(authority, certified))
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def serve_one(listener: socket.socket) -> None:
        plain, _ = listener.accept()
        with plain, pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_side=True)

    async def main() -> None:
        watcher = Watcher()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            serving_one = asyncio.create_task(asyncio.to_thread(serve_one, listener))
            async with dialling(authority.node(BUYER), watcher, SELLER, address):
                assert (await watcher.refused.get()).code == "TLS-VERSION"
                await serving_one
        assert watcher.heard_nothing()

    run(main())


@pytest.mark.parametrize(
    "words", [b"GET / HTTP/1.1\r\n\r\n", b'\x00\x00\x00\x02{"v":1}', b"SSH-2.0-x\r\n", b"\0"]
)
def test_plain_text_is_refused_without_an_answer(authority: Authority, words: bytes) -> None:
    async def main() -> None:
        watcher = Watcher()
        async with serving(authority.node(SELLER), watcher, {BUYER}) as server:
            reader, writer = await connect(server.address)
            writer.write(words)
            assert (await watcher.refused.get()).code == "TLS-PLAIN"
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            await hang_up(writer)
        assert watcher.heard_nothing()

    run(main())


def test_a_server_that_answers_in_plain_text_is_refused(authority: Authority) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await hang_up(writer)

    async def main() -> None:
        watcher = Watcher()
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, dialling(authority.node(BUYER), watcher, SELLER, address):
            assert (await watcher.refused.get()).code == "TLS-PLAIN"
        assert watcher.heard_nothing()

    run(main())


def test_no_session_is_resumed(authority: Authority) -> None:
    """The tickets that a TLS 1.3 server sends open nothing: the certificates are judged anew."""
    context = plain_client(authority, authority.node(BUYER))

    def visit(address: str, session: ssl.SSLSession | None) -> ssl.SSLSession | None:
        host, port = address.split(":")
        with (
            socket.create_connection((host, int(port))) as plain,
            context.wrap_socket(plain, session=session) as tls,
        ):
            assert tls.recv(4) != b""  # the server's challenge comes after its tickets
            assert tls.version() == "TLSv1.3"
            assert not tls.session_reused
            return tls.session

    async def main() -> None:
        watcher = Watcher()
        async with serving(authority.node(SELLER), watcher, {BUYER}) as server:
            session = await asyncio.to_thread(visit, server.address, None)
            assert session is not None and session.has_ticket
            await asyncio.to_thread(visit, server.address, session)

    run(main())


async def refusal_of(address: str, context: ssl.SSLContext) -> str:
    """What a client of the standard library is told, in the handshake or after it."""
    host, port = address.split(":")
    with pytest.raises(ssl.SSLError) as caught:
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
        try:
            assert await reader.read() == b""
        finally:
            writer.close()
    return str(caught.value)
