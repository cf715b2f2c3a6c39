"""How long a connection lives: silence, return, replacement, retirement, expiry."""

import asyncio
from typing import Any

import pytest

from normal_world.link import pki
from normal_world.link.errors import LinkDown, LinkError
from normal_world.link.link import Limits, Peer
from tests.link.signer import Signer
from tests.link.support import (
    BUYER,
    IMPATIENT,
    SELLER,
    Authority,
    Proxy,
    Watcher,
    dialling,
    raw_peer,
    run,
    serving,
)


def test_the_client_returns_when_the_server_was_gone(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer, again = Watcher(), Watcher(), Watcher()
        credentials = authority.node(SELLER)
        async with serving(credentials, seller, {BUYER}) as server:
            address = server.address
            client = dialling(authority.node(BUYER), buyer, SELLER, address)
            await client.__aenter__()
            await buyer.up.get()
        await buyer.down.get()
        assert (await buyer.refused.get()).code == "LINK-DIAL"
        async with serving(credentials, again, {BUYER}, listen=address):
            peer = await buyer.up.get()
            await peer.send("reading", {"sequence": 7})
            assert await again.messages.get() == (BUYER, "reading", {"sequence": 7})
            await client.__aexit__(None, None, None)

    run(main())


def test_a_connection_that_dies_without_a_word_is_noticed_by_both(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}, IMPATIENT) as server,
            Proxy(server.address) as proxy,
            dialling(authority.node(BUYER), buyer, SELLER, proxy.address, IMPATIENT),
        ):
            peer, _ = await buyer.up.get(), await seller.up.get()
            proxy.stalled = True
            assert (await buyer.down.get()).code == "LINK-SILENT"
            assert (await seller.down.get()).code == "LINK-SILENT"
            with pytest.raises(LinkDown, match="said nothing"):
                await peer.send("reading", {})
            proxy.stalled = False
            proxy.cut()
            await (await buyer.up.get()).send("reading", {"number": 2})
            assert (await seller.messages.get())[2] == {"number": 2}

    run(main())


def test_a_node_pings_and_lives_on_pings_alone(authority: Authority) -> None:
    """Twenty pings last longer than the silence that would end the connection."""

    async def main() -> None:
        seller = Watcher()
        async with serving(authority.node(SELLER), seller, {BUYER}, IMPATIENT) as server:
            channel = await raw_peer(authority.node(BUYER), SELLER, server.address)
            for _ in range(20):
                assert (await channel.receive()).type == "ping"
                channel.write("ping", {})
            assert seller.down.empty() and seller.messages.empty()
            while (message := await channel.receive()).type == "ping":
                pass  # and says nothing any more
            assert (message.type, message.body) == ("bye", {"code": "LINK-SILENT"})
            await channel.stream.abort()

    run(main())


def test_a_second_connection_of_a_meter_replaces_the_first(authority: Authority) -> None:
    async def main() -> None:
        seller = Watcher()
        certified = authority.node(BUYER)
        async with serving(authority.node(SELLER), seller, {BUYER}, Limits()) as server:
            first = await raw_peer(certified, SELLER, server.address)
            old = await seller.up.get()
            first.write("reading", {"sequence": 1})
            second = await raw_peer(certified, SELLER, server.address)
            new = await seller.up.get()
            assert (await seller.down.get()).code == "LINK-REPLACED"
            while (message := await first.receive()).type == "ping":
                pass
            assert (message.type, message.body) == ("bye", {"code": "LINK-REPLACED"})
            second.write("reading", {"sequence": 2})
            got = [await seller.messages.get() for _ in range(2)]
            assert [body["sequence"] for _, _, body in got] == [1, 2]
            assert not old.is_up and new.is_up
            assert list(server.peers.values()) == [new]
            await first.stream.abort()
            await second.stream.abort()

    run(main())


def test_a_meter_that_is_retired_is_cut_and_stays_out(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer, enrolled = Watcher(), Watcher(), {BUYER}
        async with (
            serving(authority.node(SELLER), seller, enrolled) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            await seller.up.get()
            enrolled.clear()
            assert (await seller.down.get()).code == "TLS-METER"
            assert "TLS-METER" in str(await buyer.down.get())
            assert (await seller.refused.get()).code == "TLS-METER"

    run(main())


def test_a_connection_ends_with_the_certificate(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            peer = await seller.up.get()
            judge = peer._channel.judge
            judge.not_after = judge.not_after.replace(year=2020)
            assert (await seller.down.get()).code == "TLS-EXPIRED"

    run(main())


def test_a_renewed_certificate_is_used_for_the_next_connection(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer, signer = Watcher(), Watcher(), Signer(SELLER)
        first = authority.node(SELLER, signer=signer)
        async with (
            serving(first, seller, {BUYER}) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            before = (await buyer.up.get())._channel.judge.device
            again = pki.issue(authority.folder, signer.request(), 5, output=first.device.parent)
            await (await seller.up.get()).close()
            after = (await buyer.up.get())._channel.judge.device
            assert before is not None and after is not None
            assert f"{after.serial_number:x}" == again.serial != f"{before.serial_number:x}"

    run(main())


def test_the_old_connection_is_seen_off_before_the_new_one_comes_up(authority: Authority) -> None:
    story: list[str] = []

    class Busy(Watcher):
        def __init__(self) -> None:
            super().__init__()
            self.gate = asyncio.Event()

        async def on_message(self, peer: Peer, kind: str, body: dict[str, Any]) -> None:
            await super().on_message(peer, kind, body)
            await self.gate.wait()
            story.append(kind)

        async def on_up(self, peer: Peer) -> None:
            story.append("up")
            await super().on_up(peer)

        async def on_down(self, peer: Peer, reason: LinkError) -> None:
            story.append("down")
            await super().on_down(peer, reason)

    async def main() -> None:
        seller = Busy()
        certified = authority.node(BUYER)
        async with serving(authority.node(SELLER), seller, {BUYER}, Limits()) as server:
            first = await raw_peer(certified, SELLER, server.address)
            first.write("reading", {})
            await seller.messages.get()
            second = await raw_peer(certified, SELLER, server.address)
            second.write("final", {})
            while (await first.receive()).type != "bye":
                pass
            seller.gate.set()
            await seller.messages.get()
            await first.stream.abort()
            await second.stream.abort()

    run(main())
    assert story[:4] == ["up", "reading", "down", "up"]
