"""Strangers in numbers, and members out of their minds: the honest peer notices nothing (A15)."""

import asyncio
import contextlib
import random
import ssl
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.link.frames import MAX_BYTES, Message, encode
from normal_world.link.gate import Gate
from normal_world.link.link import Limits
from tests.link.support import (
    BUYER,
    FAST,
    SELLER,
    Authority,
    Watcher,
    connect,
    dialling,
    hang_up,
    plain_client,
    raw_peer,
    run,
    serving,
)

TLS_BEGINNING = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


async def read_to_the_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_an_honest_peer_gets_in_through_hundreds_of_waiting_strangers(authority: Authority) -> None:
    """They hold their connections from the honest peer's own address: the worst place."""

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with serving(authority.node(SELLER), seller, {BUYER}, Limits()) as server:
            strangers = [await connect(server.address) for _ in range(200)]
            for _, writer in strangers:
                writer.write(TLS_BEGINNING)
            async with dialling(authority.node(BUYER), buyer, SELLER, server.address):
                peer = await buyer.up.get()
                for number in range(100):
                    strangers.append(await connect(server.address))
                    strangers[-1][1].write(random.Random(number).randbytes(100))
                    await peer.send("reading", {"number": number})
                    assert (await seller.messages.get())[2] == {"number": number}
            for _, writer in strangers:
                await hang_up(writer)
            codes = Counter(seller.refused.get_nowait().code for _ in range(seller.refused.qsize()))
            assert codes["LINK-FLOOD"] >= 200 - 8
            assert seller.messages.empty() and seller.up.qsize() == 1

    run(main())


@pytest.mark.parametrize("beginning", [b"", b"\x16", TLS_BEGINNING])
def test_a_slow_handshake_is_cut(authority: Authority, beginning: bytes) -> None:
    async def main() -> None:
        seller = Watcher()
        limits = replace(FAST, handshake_s=0.05)
        async with serving(authority.node(SELLER), seller, {BUYER}, limits) as server:
            reader, writer = await connect(server.address)
            writer.write(beginning)
            assert await read_to_the_end(reader) == b""
            assert (await seller.refused.get()).code == "LINK-HANDSHAKE-TIME"
            await hang_up(writer)
        assert seller.heard_nothing()

    run(main())


def test_a_member_who_never_proves_himself_is_cut(authority: Authority) -> None:
    async def main() -> None:
        seller = Watcher()
        limits = replace(FAST, handshake_s=0.2)
        context = plain_client(authority, authority.node(BUYER))
        async with serving(authority.node(SELLER), seller, {BUYER}, limits) as server:
            host, port = server.address.split(":")
            reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await reader.read()
            assert (await seller.refused.get()).code == "LINK-HANDSHAKE-TIME"
            writer.transport.abort()
        assert seller.heard_nothing()

    run(main())


BAD_FRAMES: list[Callable[[random.Random], bytes]] = [
    lambda _: struct.pack(">I", MAX_BYTES + 1),
    lambda _: struct.pack(">I", 2**32 - 1) + b"x" * 100_000,
    lambda _: encode(Message("hello", 1, {})),
    lambda _: struct.pack(">I", 4) + b"null",
    *[lambda dice: b"\xff" + dice.randbytes(dice.randrange(1, 300)) for _ in range(10)],
    *[lambda dice: b"\0\0\0" + dice.randbytes(dice.randrange(300, 600)) for _ in range(10)],
]


def test_whatever_a_member_sends_after_the_handshake_ends_only_his_own_connection(
    authority: Authority,
) -> None:
    async def main() -> None:
        seller, dice = Watcher(), random.Random(12)
        certified = authority.node(BUYER)
        async with serving(authority.node(SELLER), seller, {BUYER}, Limits()) as server:
            for bad in BAD_FRAMES:
                channel = await raw_peer(certified, SELLER, server.address)
                channel.stream.write(bad(dice))
                assert (await seller.down.get()).code == "LINK-FRAME"
                assert (await channel.receive()).body == {"code": "LINK-FRAME"}
                await channel.stream.abort()
            assert seller.messages.empty()
            channel = await raw_peer(certified, SELLER, server.address)
            channel.write("reading", {"number": 1})
            assert (await seller.messages.get())[2] == {"number": 1}
            await channel.stream.abort()

    run(main())


def test_random_bytes_instead_of_a_handshake_are_refused_by_name(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer, dice = Watcher(), Watcher(), random.Random(13)
        async with serving(authority.node(SELLER), seller, {BUYER}, Limits()) as server:
            for number in range(150):
                noise = dice.randbytes(dice.randrange(1, 400))
                reader, writer = await connect(server.address)
                writer.write(noise if number % 2 else TLS_BEGINNING + noise)
                writer.write_eof()
                assert len(await read_to_the_end(reader)) < 20  # an alert at most
                error = await seller.refused.get()
                assert error.code in ("TLS-PLAIN", "TLS-BROKEN", "LINK-DOWN", "TLS-VERSION"), error
                await hang_up(writer)
            assert seller.heard_nothing()
            async with dialling(authority.node(BUYER), buyer, SELLER, server.address):
                await buyer.up.get()

    run(main())


def test_a_spoilt_first_flight_is_refused_by_name(authority: Authority) -> None:
    """A real client's first words, with bytes changed: OpenSSL must not be driven mad."""
    context, inbound, outbound = (
        plain_client(authority, None),
        ssl.MemoryBIO(),
        ssl.MemoryBIO(),
    )
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(inbound, outbound).do_handshake()
    hello = outbound.read()

    async def main() -> None:
        seller, dice = Watcher(), random.Random(14)
        async with serving(authority.node(SELLER), seller, {BUYER}, Limits()) as server:
            for _ in range(150):
                spoilt = bytearray(hello)
                for _ in range(dice.randrange(1, 4)):
                    spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
                reader, writer = await connect(server.address)
                writer.write(spoilt)
                writer.write_eof()
                await read_to_the_end(reader)
                assert (await seller.refused.get()).code.startswith(("TLS-", "LINK-DOWN"))
                await hang_up(writer)
        assert seller.heard_nothing()

    run(main())


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=80))
def test_the_gate_keeps_its_bounds_and_never_turns_a_newcomer_away(
    moves: list[tuple[bool, int]],
) -> None:
    """Moves: somebody comes from an address, or the n-th of those inside leaves."""
    gate = Gate(per_address=3, total=7)
    inside: list[tuple[str, contextlib.ExitStack]] = []
    sent_away: list[tuple[str, contextlib.ExitStack]] = []
    for comes, number in moves:
        if comes:
            address = f"10.0.0.{number}"
            stack = contextlib.ExitStack()
            entry = (address, stack)
            stack.enter_context(gate.visit(address, partial(sent_away.append, entry)))
            inside.append(entry)
            inside = [one for one in inside if one not in sent_away]
            assert entry in inside
        elif number < len(inside):
            inside.pop(number)[1].close()
        counts = Counter(address for address, _ in inside)
        assert len(gate) == len(inside) <= 7
        assert max(counts.values(), default=0) <= 3


def test_the_gate_sends_away_the_oldest_of_the_busiest_address() -> None:
    gone: list[str] = []
    gate = Gate(per_address=3, total=4)
    with contextlib.ExitStack() as stack:
        for name in ("quiet", "busy 1", "busy 2", "busy 3", "new"):
            visit = gate.visit(name.split()[0], partial(gone.append, name))
            stack.enter_context(visit)
        assert gone == ["busy 1"]
        gate.clear()
        assert gone == ["busy 1", "quiet", "busy 2", "busy 3", "new"]
        assert len(gate) == 0
