"""A node's own side: sessions renewed in time, and a secure world that says no."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from normal_world.link import certificates, identity
from normal_world.link.errors import IdentityUnavailable
from normal_world.link.link import Identity
from tests.link.signer import Signer
from tests.link.support import (
    BUYER,
    SELLER,
    Authority,
    Watcher,
    dialling,
    run,
    serving,
)


class Clock:
    """Moves when the test says so."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def jump(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that failed is asked again without a pause."""
    monkeypatch.setattr(identity, "RETRY_S", 0.0)


def with_clock(authority: Authority, signer: Signer, clock: Clock) -> Identity:
    made = authority.node(signer.meter, signer=signer)
    return Identity(made.ca, made.device, signer, clock=clock)


def session(of: Identity) -> x509.Certificate:
    assert of._session is not None
    return of._session.certificate


def test_a_session_is_of_this_meter_and_for_a_day_at_most(
    authority: Authority, clock: Clock
) -> None:
    node = with_clock(authority, Signer(SELLER), clock)
    run(node.current())
    made = session(node)
    assert certificates.session_meter(made, SELLER) == SELLER
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(hours=24)
    assert made.not_valid_before_utc < clock.now < made.not_valid_after_utc


def test_a_fresh_session_serves_many_connections(authority: Authority, clock: Clock) -> None:
    signer = Signer(SELLER)
    node = with_clock(authority, signer, clock)

    async def main() -> None:
        first = await node.current()
        clock.jump(hours=10)
        assert await node.current() is first

    run(main())
    assert signer.sessions == 1


@pytest.mark.parametrize("hours", [12.5, 23.5, 240, -2, -2400])
def test_a_session_is_renewed_before_it_ends_and_after_a_jump_of_the_clock(
    authority: Authority, clock: Clock, hours: float
) -> None:
    node = with_clock(authority, Signer(SELLER), clock)

    async def main() -> None:
        await node.current()
        before = session(node)
        clock.jump(hours=hours)
        await node.current()
        after = session(node)
        assert after.public_key() != before.public_key()
        assert after.not_valid_before_utc < clock.now < after.not_valid_after_utc

    run(main())


def test_a_session_that_cannot_be_renewed_serves_to_its_end(
    authority: Authority, clock: Clock
) -> None:
    signer = Signer(SELLER)
    node = with_clock(authority, signer, clock)

    async def main() -> None:
        await node.current()
        before = session(node)
        signer.refuses = True
        clock.jump(hours=22)
        await node.current()
        assert session(node) == before
        clock.jump(hours=2)
        with pytest.raises(IdentityUnavailable, match="LOCKED"):
            await node.current()
        signer.refuses = False
        await node.current()
        assert session(node) != before

    run(main())


def test_a_node_whose_secure_world_is_locked_starts_and_connects_when_it_is_not(
    authority: Authority,
) -> None:
    signer = Signer(SELLER)
    signer.refuses = True

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(authority.node(SELLER, signer=signer), seller, {BUYER}) as server,
            dialling(authority.node(BUYER), buyer, SELLER, server.address),
        ):
            assert (await seller.refused.get()).code == "LINK-IDENTITY"
            assert (await buyer.refused.get()).code == "LINK-DOWN"
            signer.refuses = False
            assert (await seller.up.get()).meter == BUYER

    run(main())


@pytest.mark.parametrize("server_is_locked", [False, True])
def test_a_secure_world_that_is_locked_keeps_new_connections_from_coming_up(
    authority: Authority, server_is_locked: bool
) -> None:
    sellers, buyers = Signer(SELLER), Signer(BUYER)

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        server_side = authority.node(SELLER, signer=sellers)
        client_side = authority.node(BUYER, signer=buyers)
        async with (
            serving(server_side, seller, {BUYER}) as server,
            dialling(client_side, buyer, SELLER, server.address),
        ):
            await buyer.up.get()
            (sellers if server_is_locked else buyers).refuses = True
            await (await seller.up.get()).close()
            locked, other = (seller, buyer) if server_is_locked else (buyer, seller)
            assert (await locked.refused.get()).code == "LINK-IDENTITY"
            error = await other.refused.get()
            assert error.code == "LINK-DOWN" and "LINK-IDENTITY" in str(error)
            assert seller.heard_nothing() and buyer.heard_nothing()

    run(main())
