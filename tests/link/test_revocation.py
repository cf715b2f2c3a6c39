"""Devices that the operator has revoked, and lists that cannot be used."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from normal_world.link import pem, revoking
from normal_world.link.files import replace
from normal_world.link.link import Identity
from tests.link.signer import Signer
from tests.link.support import (
    BUYER,
    SELLER,
    STRANGER,
    Authority,
    Watcher,
    dialling,
    run,
    serving,
)


@pytest.fixture
def own(tmp_path: Path) -> Authority:
    """An authority whose list no other test touches."""
    return Authority(tmp_path / "own")


@pytest.fixture
def revoked(own: Authority) -> Path:
    return revoking.revoke(own.folder, [], 7).file


def put_on_list(own: Authority, *devices: Identity) -> None:
    revoking.revoke(own.folder, [pem.read_certificate(one.device) for one in devices], 7)


@pytest.mark.parametrize("server_is_revoked", [False, True])
def test_a_revoked_device_is_refused(
    own: Authority, revoked: Path, server_is_revoked: bool
) -> None:
    seller, buyer = own.node(SELLER, revoked=revoked), own.node(BUYER, revoked=revoked)
    put_on_list(own, seller if server_is_revoked else buyer)

    async def main() -> None:
        here, there = Watcher(), Watcher()
        async with (
            serving(seller, here, {BUYER}) as server,
            dialling(buyer, there, SELLER, server.address),
        ):
            who_refuses, refused = (there, here) if server_is_revoked else (here, there)
            assert (await who_refuses.refused.get()).code == "TLS-REVOKED"
            assert (await refused.refused.get()).code == "TLS-REFUSED-METER"
        assert here.heard_nothing() and there.heard_nothing()

    run(main())


def test_a_device_that_is_revoked_while_connected_is_cut_and_stays_out(
    own: Authority, revoked: Path
) -> None:
    async def main() -> None:
        seller, buyer, client = Watcher(), Watcher(), own.node(BUYER)
        async with (
            serving(own.node(SELLER, revoked=revoked), seller, {BUYER}) as server,
            dialling(client, buyer, SELLER, server.address),
        ):
            await seller.up.get()
            put_on_list(own, own.node(STRANGER))  # the list is another; the peer is not on it
            await (await buyer.up.get()).send("reading", {"number": 1})
            assert (await seller.messages.get())[2] == {"number": 1}
            put_on_list(own, client)
            assert (await seller.down.get()).code == "TLS-REVOKED"
            assert (await seller.refused.get()).code == "TLS-REVOKED"

    run(main())


def test_a_device_with_a_new_certificate_after_the_revocation_is_accepted(
    own: Authority, revoked: Path
) -> None:
    signer = Signer(BUYER)
    put_on_list(own, own.node(BUYER, signer=signer))

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(own.node(SELLER, revoked=revoked), seller, {BUYER}) as server,
            dialling(own.node(BUYER, signer=signer), buyer, SELLER, server.address),
        ):
            assert (await seller.up.get()).meter == BUYER

    run(main())


def remove(own: Authority, path: Path) -> None:
    path.unlink()


def damage(own: Authority, path: Path) -> None:
    replace(path, path.read_bytes()[:200], 0o644)


def of_another_authority(own: Authority, path: Path) -> None:
    other = Authority(own.folder / "other")
    replace(path, revoking.revoke(other.folder, [], 7).file.read_bytes(), 0o644)


def a_certificate(own: Authority, path: Path) -> None:
    replace(path, (own.folder / "ca.pem").read_bytes(), 0o644)


@pytest.mark.parametrize("spoil", [remove, damage, of_another_authority, a_certificate])
def test_a_list_that_cannot_be_used_refuses_everybody_until_it_is_mended(
    own: Authority, revoked: Path, spoil: Callable[[Authority, Path], None]
) -> None:
    good = revoked.read_bytes()

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(own.node(SELLER, revoked=revoked), seller, {BUYER}) as server,
            dialling(own.node(BUYER), buyer, SELLER, server.address),
        ):
            await seller.up.get()
            spoil(own, revoked)
            assert (await seller.down.get()).code == "TLS-REVOCATION-LIST"
            assert (await seller.refused.get()).code == "TLS-REVOCATION-LIST"
            replace(revoked, good, 0o644)
            assert (await seller.up.get()).meter == BUYER

    run(main())


@pytest.mark.parametrize("days", [-1, 8])
def test_a_list_outside_its_time_refuses_everybody(
    own: Authority, revoked: Path, days: int
) -> None:
    seller_side = own.node(SELLER, revoked=revoked)
    seller_side.revocations._clock = lambda: datetime.now(UTC) + timedelta(days=days)

    async def main() -> None:
        seller, buyer = Watcher(), Watcher()
        async with (
            serving(seller_side, seller, {BUYER}) as server,
            dialling(own.node(BUYER), buyer, SELLER, server.address),
        ):
            error = await seller.refused.get()
            assert error.code == "TLS-REVOCATION-LIST" and "valid" in str(error)
        assert seller.heard_nothing() and buyer.heard_nothing()

    run(main())
