"""Two nodes that trust each other: delivery, order, back-pressure, farewell."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from normal_world.link.errors import (
    FrameError,
    LinkBusy,
)
from normal_world.link.link import Peer
from tests.link.support import (
    BUYER,
    FAST,
    IMPATIENT,
    SELLER,
    Authority,
    Watcher,
    dialling,
    run,
    serving,
)


def test_a_failing_handler_is_logged_and_the_next_message_still_comes(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    class Clumsy(Watcher):
        async def on_message(self, peer: Peer, kind: str, body: dict[str, Any]) -> None:
            await super().on_message(peer, kind, body)
            raise RuntimeError("dropped it")

    async def main() -> None:
        seller, buyer = Clumsy(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            peer = await buyer.up.get()
            for number in range(3):
                await peer.send("reading", {"sequence": number})
            got = [await seller.messages.get() for _ in range(3)]
            assert [body["sequence"] for _, _, body in got] == [0, 1, 2]
            assert peer.is_up

    with caplog.at_level(logging.ERROR):
        run(main())
    assert "LINK-HANDLER" in caplog.text and "dropped it" in caplog.text


def test_a_slow_handler_holds_the_sender_back_and_nothing_is_lost(authority: Authority) -> None:
    class Slow(Watcher):
        def __init__(self) -> None:
            super().__init__()
            self.gate = asyncio.Event()

        async def on_message(self, peer: Peer, kind: str, body: dict[str, Any]) -> None:
            await self.gate.wait()
            await super().on_message(peer, kind, body)

    async def main() -> None:
        seller, buyer = Slow(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}, IMPATIENT) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address, IMPATIENT),
        ):
            peer = await buyer.up.get()
            sent = 0
            with pytest.raises(LinkBusy, match="dropped"):
                while True:
                    await peer.send("reading", {"number": sent, "padding": "x" * 60000})
                    sent += 1
            assert peer.is_up and buyer.down.empty() and seller.down.empty()
            seller.gate.set()
            got = [await seller.messages.get() for _ in range(sent)]
            assert [body["number"] for _, _, body in got] == list(range(sent))
            await peer.send("reading", {"number": -1})
            assert (await seller.messages.get())[2] == {"number": -1}

    run(main())


def test_too_many_senders_are_turned_away(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            dialling(
                authority.node(BUYER), buyer, SELLER, server.address, replace(FAST, senders=10)
            ),
        ):
            peer = await buyer.up.get()
            sends = (peer.send("reading", {"number": number}) for number in range(15))
            results = await asyncio.gather(*sends, return_exceptions=True)
            assert [type(result) for result in results] == [type(None)] * 10 + [LinkBusy] * 5
            got = [await seller.messages.get() for _ in range(10)]
            assert [body["number"] for _, _, body in got] == list(range(10))

    run(main())


def test_what_arrived_before_the_goodbye_is_still_handled(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with serving(authority.node(SELLER), seller, {BUYER}) as server:
            async with dialling(authority.node(BUYER), buyer, SELLER, server.address):
                peer = await buyer.up.get()
                for number in range(50):
                    await peer.send("reading", {"number": number})
                await peer.close()
            assert "LINK-CLOSED" in str(await seller.down.get())
            assert seller.messages.qsize() == 50

    run(main())


def test_a_handler_may_close_its_own_connection(authority: Authority) -> None:
    class Curt(Watcher):
        async def on_message(self, peer: Peer, kind: str, body: dict[str, Any]) -> None:
            await peer.close()
            await super().on_message(peer, kind, body)

    async def main() -> None:
        seller, buyer = Curt(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            await (await buyer.up.get()).send("reading", {})
            await seller.messages.get()
            assert (await seller.down.get()).code == "LINK-CLOSED"
            await buyer.up.get()  # and the client has come back

    run(main())


def test_closing_does_not_wait_for_ever_for_a_handler(authority: Authority) -> None:
    cancelled: list[str] = []

    class Stuck(Watcher):
        async def on_message(self, peer: Peer, kind: str, body: dict[str, Any]) -> None:
            await super().on_message(peer, kind, body)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(kind)
                raise

    async def main() -> None:
        seller, buyer = Stuck(), Watcher()
        limits = replace(FAST, goodbye_s=0.05)
        async with (
            serving(authority.node(SELLER), seller, {BUYER}, limits) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            await (await buyer.up.get()).send("reading", {})
            await seller.messages.get()

    run(main())
    assert cancelled == ["reading"]


@pytest.mark.parametrize("kind", ["challenge", "proof", "hello", "ping", "bye", "Not A Type", ""])
def test_a_message_of_a_type_that_is_not_the_owners_is_refused(
    authority: Authority, kind: str
) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            peer = await buyer.up.get()
            with pytest.raises(FrameError):
                await peer.send(kind, {})
            assert peer.is_up

    run(main())
