"""Good certificates are not enough: the secure world signs each connection (A11).

The attackers here have what lies in the memory of a node's network process: its session key.
"""

import asyncio
from contextlib import suppress

import pytest
from OpenSSL import SSL

from normal_world.link import tls
from normal_world.link.channel import Channel
from normal_world.link.errors import LinkDown, LinkError
from normal_world.link.judge import Judge
from normal_world.link.link import Identity
from normal_world.link.stream import TlsStream
from secure_world.protocol import SignLink
from tests.link.forgeries import Liar
from tests.link.signer import Signer
from tests.link.support import (
    BUYER,
    SELLER,
    Authority,
    Watcher,
    connect,
    dialling,
    run,
    serving,
)

LIES = (
    "role", "exporter", "client_certificate", "server_certificate", "nonce",
    "key", "nothing", "most",
)  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_client_that_signed_something_else_is_refused(authority: Authority, lie: str) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        liar = authority.node(BUYER, signer=Liar(BUYER, lie))
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            dialling(liar, buyer, SELLER, server.address),
        ):
            assert (await seller.refused.get()).code == "LINK-PROOF"
            assert (await buyer.refused.get()).code == "LINK-REFUSED-PROOF"
        assert seller.heard_nothing() and buyer.heard_nothing()

    run(main())


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_signed_something_else_is_refused(authority: Authority, lie: str) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        liar = authority.node(SELLER, signer=Liar(SELLER, lie))
        async with (
            serving(liar, seller, {BUYER}) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            assert (await buyer.refused.get()).code == "LINK-PROOF"
            assert (await seller.refused.get()).code == "LINK-REFUSED-PROOF"
        assert seller.heard_nothing() and buyer.heard_nothing()

    run(main())


class Parrot(Signer):
    """Signs once, and says the same ever after."""

    def signature(self, link: SignLink) -> bytes:
        if len(self.signed) == 1:
            self.said = super().signature(link)
        return self.said


@pytest.mark.parametrize("server_replays", [False, True])
def test_a_signature_of_another_connection_is_refused(
    authority: Authority, server_replays: bool
) -> None:
    def signer(meter: bytes, replays: bool) -> Signer:
        return Parrot(meter) if replays else Signer(meter)

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        server_side = authority.node(SELLER, signer=signer(SELLER, server_replays))
        client_side = authority.node(BUYER, signer=signer(BUYER, not server_replays))
        async with (
            serving(server_side, seller, {BUYER}) as server,
            dialling(client_side, buyer, SELLER, server.address),
        ):
            await (await seller.up.get()).close()  # the first one was honest
            await buyer.up.get()
            victim = buyer if server_replays else seller
            assert (await victim.refused.get()).code == "LINK-PROOF"
        assert seller.heard_nothing() and buyer.heard_nothing()

    run(main())


@pytest.mark.parametrize("impatient", ["reading", "hello", "challenge", "ping"])
def test_whoever_speaks_before_the_proof_is_refused(authority: Authority, impatient: str) -> None:
    async def main() -> None:
        seller = Watcher()
        async with serving(authority.node(SELLER), seller, {BUYER}) as server:
            channel = await bare_channel(authority.node(BUYER), SELLER, server.address)
            channel.write(impatient, {})
            assert (await seller.refused.get()).code == "LINK-FRAME"
            await channel.stream.abort()
        assert seller.heard_nothing()

    run(main())


@pytest.mark.parametrize(
    "body", [{}, {"signature": "0x12"}, {"signature": 7}, {"signature": "0x" + "AB" * 64}]
)
def test_a_misshapen_proof_is_refused(authority: Authority, body: dict[str, object]) -> None:
    async def main() -> None:
        seller = Watcher()
        async with serving(authority.node(SELLER), seller, {BUYER}) as server:
            channel = await bare_channel(authority.node(BUYER), SELLER, server.address)
            channel.write("proof", body)
            assert (await seller.refused.get()).code == "LINK-FRAME"
            await channel.stream.abort()
        assert seller.heard_nothing()

    run(main())


def test_who_refuses_says_so_and_nothing_else(authority: Authority) -> None:
    async def main() -> None:
        seller = Watcher()
        async with serving(authority.node(SELLER), seller, {BUYER}) as server:
            channel = await bare_channel(authority.node(BUYER), SELLER, server.address)
            channel.write("proof", {"signature": "0x" + "12" * 64})
            told = [await channel.receive(), await channel.receive()]
            assert [message.type for message in told] == ["challenge", "bye"]
            assert told[1].body == {"code": "LINK-PROOF"}
            with pytest.raises(LinkDown):
                await channel.receive()
            await channel.stream.abort()

    run(main())


async def bare_channel(identity: Identity, meter: bytes, address: str) -> Channel:
    """TLS stands, and nothing has been said."""
    stream = TlsStream(*await connect(address))
    judge = Judge(lambda: {meter}, lambda _: None)
    await stream.handshake(identity.current, judge, is_server=False)
    return Channel(stream, judge)


# -- a proxy that ends TLS with stolen session keys on both sides -------------------------------


class Thief:
    """What was copied out of a node's memory: session key and certificate, good for TLS."""

    def __init__(self, victim: Identity) -> None:
        self._victim = victim

    async def current(self) -> SSL.Context:
        await self._victim.current()
        session = self._victim._session
        assert session is not None
        found = self._victim
        return tls.make_context(found.ca, found.device, session.certificate, session.key)


def everybody() -> Judge:
    """Lets both pass."""
    return Judge(lambda: {SELLER, BUYER}, lambda _: None)


class Terminator:
    """Two TLS connections back to back, and all that is said between them in the clear."""

    def __init__(self, target: str, as_server: Thief, as_client: Thief) -> None:
        self.heard = bytearray()
        self._target, self._as_server, self._as_client = target, as_server, as_client
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams: list[TlsStream] = []

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for stream in self._streams:
            await stream.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        near, far = TlsStream(reader, writer), TlsStream(*await connect(self._target))
        self._streams += [near, far]
        with suppress(LinkError):  # it is dialled again when the test is over already
            await near.handshake(self._as_server.current, everybody(), is_server=True)
            await far.handshake(self._as_client.current, everybody(), is_server=False)
            self._join(near, far)

    def _join(self, near: TlsStream, far: TlsStream) -> None:
        for source, sink in ((near, far), (far, near)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)

    async def _carry(self, source: TlsStream, sink: TlsStream) -> None:
        with suppress(LinkError):
            while True:
                data = await source.read()
                self.heard += data
                sink.write(data)
        await sink.close()


@pytest.mark.parametrize("defended", [True, False])
def test_a_proxy_with_the_session_keys_of_both_ends_is_found_out(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, defended: bool
) -> None:
    """Without the exporter value in what is signed the same attack reads everything."""
    if not defended:
        monkeypatch.setattr(TlsStream, "exported", lambda self, label: bytes(32))

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        server_side, client_side = authority.node(SELLER), authority.node(BUYER)
        async with serving(server_side, seller, {BUYER}) as server:
            proxy = Terminator(server.address, Thief(server_side), Thief(client_side))
            async with dialling(client_side, buyer, SELLER, await proxy.start()):
                if defended:
                    assert (await seller.refused.get()).code == "LINK-PROOF"
                    assert (await buyer.refused.get()).code == "LINK-REFUSED-PROOF"
                    assert b"challenge" in proxy.heard  # TLS did not keep him out
                    assert seller.heard_nothing() and buyer.heard_nothing()
                else:
                    await (await buyer.up.get()).send("reading", {"secret": "solar"})
                    assert (await seller.messages.get())[2] == {"secret": "solar"}
                    assert b"solar" in proxy.heard
            await proxy.close()

    run(main())
