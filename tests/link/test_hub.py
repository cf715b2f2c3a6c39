"""A node with its peers: who dials, who is there, what stops it from starting."""

from pathlib import Path

import pytest

from normal_world.link.errors import (
    AddressInvalid,
    DeviceMismatch,
    FileMissing,
    FileUnreadable,
    LinkDown,
)
from normal_world.link.link import Identity, LinkHub
from normal_world.link.settings import parse_address
from tests.link.signer import Signer
from tests.link.support import (
    BUYER,
    LOOPBACK,
    SELLER,
    STRANGER,
    Authority,
    Watcher,
    dialling,
    hub,
    run,
    serving,
)


def test_two_hubs_exchange_messages_in_order_over_one_connection(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        both = {SELLER, BUYER}
        async with (
            hub(authority.node(BUYER), buyer, {SELLER: "127.0.0.1:9"}, both) as far,
            hub(authority.node(SELLER), seller, {BUYER: far.address}, both) as near,
        ):
            assert (await seller.up.get()).meter == BUYER
            assert (await buyer.up.get()).meter == SELLER
            for number in range(200):
                await near.send(BUYER, "reading", {"sequence": number, "to": 2**64 - 1})
                await far.send(SELLER, "ready", {"sequence": number})
            got = [await buyer.messages.get() for _ in range(200)]
            assert got == [
                (SELLER, "reading", {"sequence": number, "to": 2**64 - 1}) for number in range(200)
            ]
            back = [await seller.messages.get() for _ in range(200)]
            assert back == [(BUYER, "ready", {"sequence": number}) for number in range(200)]
            assert near.connected(BUYER) and far.connected(SELLER)
            assert seller.up.empty() and buyer.up.empty()
        assert (await seller.down.get()).code == "LINK-CLOSED"
        assert "LINK-CLOSED" in str(await buyer.down.get())

    run(main())


def test_the_meter_with_the_larger_number_must_not_dial(authority: Authority) -> None:
    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            hub(authority.node(SELLER), seller, {}, {SELLER, BUYER}) as near,
            dialling(authority.node(BUYER), buyer, SELLER, near.address),
        ):
            assert (await seller.refused.get()).code == "TLS-METER"
            assert (await buyer.refused.get()).code == "TLS-REFUSED-METER"
        assert seller.heard_nothing() and buyer.heard_nothing()

    run(main())


def test_sending_without_a_connection_says_so(authority: Authority) -> None:
    async def main() -> None:
        watcher = Watcher()
        peers = {BUYER: "127.0.0.1:9"}
        async with hub(authority.node(SELLER), watcher, peers, {SELLER, BUYER}) as near:
            assert (await watcher.refused.get()).code == "LINK-DIAL"
            assert not near.connected(BUYER)
            for meter in (BUYER, STRANGER):
                with pytest.raises(LinkDown, match=meter.hex()):
                    await near.send(meter, "reading", {})

    run(main())


def test_a_node_is_not_its_own_peer(authority: Authority) -> None:
    watcher = Watcher()
    with pytest.raises(AddressInvalid, match=SELLER.hex()):
        LinkHub(
            LOOPBACK,
            authority.node(SELLER),
            {SELLER: LOOPBACK},
            set,
            watcher.on_message,
            watcher.on_up,
            watcher.on_down,
        )


def test_a_node_starts_only_with_files_that_fit(authority: Authority) -> None:
    good, signer = authority.node(SELLER), Signer(SELLER)

    async def start(ca: Path, device: Path) -> None:
        async with serving(Identity(ca, device, signer), Watcher(), {BUYER}):
            raise AssertionError("it started")

    with pytest.raises(FileMissing, match=r"none\.pem"):
        run(start(good.ca, good.ca.with_name("none.pem")))
    with pytest.raises(FileMissing, match=r"none\.pem"):
        run(start(good.ca.with_name("none.pem"), good.device))
    with pytest.raises(DeviceMismatch, match=r"ca\.pem"):
        run(start(good.ca, good.ca))
    broken = authority.place() / "ca.pem"
    broken.write_text("no certificate")
    with pytest.raises(FileUnreadable, match=r"ca\.pem"):
        run(start(broken, authority.node(SELLER, signer=signer).device))


@pytest.mark.parametrize("address", ["", "host", ":1", "host:", "host:x", "host:65536", "host:-1"])
def test_a_bad_address_is_named(address: str) -> None:
    with pytest.raises(AddressInvalid, match="host:port"):
        parse_address(address)


def test_addresses_may_be_names_or_ipv6() -> None:
    assert parse_address("meter.example:7001") == ("meter.example", 7001)
    assert parse_address("[::1]:7001") == ("::1", 7001)


def test_a_port_in_use_is_named(authority: Authority) -> None:
    async def main() -> None:
        credentials = authority.node(SELLER)
        async with serving(credentials, Watcher(), {BUYER}) as server:
            with pytest.raises(AddressInvalid, match=server.address):
                async with serving(credentials, Watcher(), {BUYER}, listen=server.address):
                    raise AssertionError("it started")

    run(main())
