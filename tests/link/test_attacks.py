"""Between two honest nodes stands somebody: listening (A12), pretending (A11), cutting."""

import asyncio
import sys

from tests.link.support import (
    BUYER,
    LOOPBACK,
    SELLER,
    Authority,
    Proxy,
    Watcher,
    dialling,
    run,
    serving,
)

SECRETS = {
    "trade": "0x" + "c0ffee00" * 8,
    "signature": "0x" + "deadbeef" * 16,
    "note": "solar-morning",
    "to": 1234567890123,
}


def test_a_listener_learns_none_of_the_words(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            Proxy(server.address) as proxy,
            dialling(authority.node(BUYER), buyer, SELLER, proxy.address),
        ):
            peer, far = await buyer.up.get(), await seller.up.get()
            for _ in range(10):
                await peer.send("reading", SECRETS)
                await far.send("ready", SECRETS)
                assert (await seller.messages.get())[2] == SECRETS
                assert (await buyer.messages.get())[2] == SECRETS
            captured = bytes(proxy.captured)
        assert len(captured) > 20 * len(str(SECRETS))  # it did listen to all of it
        words = [str(value) for value in SECRETS.values()]
        words += ["reading", "signature", "evlock", "Test authority", SELLER.hex(), BUYER.hex()]
        words += ["challenge", "proof", "hello"]
        assert [word for word in words if word.encode() in captured] == []
        assert [raw for raw in (SELLER, BUYER) if raw in captured] == []

    run(main())


def test_a_man_in_the_middle_with_his_own_authority_is_refused_by_both(
    authority: Authority, other_authority: Authority
) -> None:
    """He shows each side the other's meter id, certified by himself, and accepts anybody."""

    async def main() -> None:
        seller, buyer, front, back = Watcher(), Watcher(), Watcher(), Watcher()
        honest_ca = authority.folder / "ca.pem"
        as_seller = other_authority.node(SELLER, ca=honest_ca)
        as_buyer = other_authority.node(BUYER, ca=honest_ca)
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            dialling(as_buyer, back, SELLER, server.address),
            serving(as_seller, front, {BUYER}) as trap,
            dialling(authority.node(BUYER), buyer, SELLER, trap.address),
        ):
            assert (await seller.refused.get()).code == "TLS-AUTHORITY"
            assert (await buyer.refused.get()).code == "TLS-AUTHORITY"
            assert (await back.refused.get()).code == "TLS-REFUSED-AUTHORITY"
            assert (await front.refused.get()).code == "TLS-REFUSED-AUTHORITY"
        assert all(watcher.heard_nothing() for watcher in (seller, buyer, front, back))

    run(main())


def test_a_spoilt_byte_ends_the_connection_and_is_never_delivered(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(authority.node(SELLER), seller, {BUYER}) as server,
            Proxy(server.address) as proxy,
            dialling(authority.node(BUYER), buyer, SELLER, proxy.address),
        ):
            peer, _ = await buyer.up.get(), await seller.up.get()
            proxy.spoil = True
            await peer.send("reading", SECRETS)
            reasons = {(await seller.down.get()).code, (await buyer.down.get()).code}
            assert "TLS-BROKEN" in reasons
            assert seller.messages.empty()
            proxy.spoil = False
            await (await buyer.up.get()).send("reading", {"number": 2})
            assert (await seller.messages.get())[2] == {"number": 2}

    run(main())


def test_the_client_finds_the_server_again_after_it_was_killed(authority: Authority) -> None:
    folder = str(authority.folder)

    async def start(listen: str) -> tuple[asyncio.subprocess.Process, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.link.victim",
            listen,
            BUYER.hex(),
            folder,
            str(authority.place()),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        return process, (await process.stdout.readline()).decode().strip()

    async def main() -> None:
        buyer = Watcher()
        victim, address = await start(LOOPBACK)
        async with dialling(authority.node(BUYER), buyer, SELLER, address):
            for number in range(2):
                peer = await buyer.up.get()
                await peer.send("reading", {"number": number})
                assert await buyer.messages.get() == (SELLER, "reading", {"number": number})
                victim.kill()
                await victim.wait()
                assert (await buyer.down.get()).code == "LINK-DOWN"
                assert (await buyer.refused.get()).code == "LINK-DIAL"
                victim, _ = await start(address)
        victim.kill()
        await victim.wait()

    run(main())
