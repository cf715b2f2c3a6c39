"""Who is refused: both sides say why, and no message is delivered before it (A11)."""

from collections.abc import Callable

import pytest

from normal_world.link.errors import DeviceMismatch
from normal_world.link.link import Identity, LinkHub
from tests.link.forgeries import (
    World,
    below_the_name,
    device_is_no_authority,
    device_may_sign_authorities,
    device_of_all_meters,
    device_with_soft_constraint,
    device_without_constraint,
    directly_below_the_authority,
    expired,
    made_by_a_session,
    no_purpose,
    not_yet,
    other_ca,
    outside_the_names,
    session_of_another_device,
    stranger,
    too_long,
    two_names,
    wrong_purpose,
)
from tests.link.signer import Signer
from tests.link.support import (
    BUYER,
    LOOPBACK,
    SELLER,
    Authority,
    Watcher,
    dialling,
    run,
    serving,
)


@pytest.fixture
def world(authority: Authority, other_authority: Authority) -> World:
    return World(authority, other_authority)


CASES: list[tuple[Callable[[World], Identity], str, str]] = [
    (other_ca, "TLS-AUTHORITY", "TLS-REFUSED-AUTHORITY"),
    (expired, "TLS-EXPIRED", "TLS-REFUSED-EXPIRED"),
    (not_yet, "TLS-NOT-YET-VALID", "TLS-REFUSED-CERTIFICATE"),
    (too_long, "TLS-CERTIFICATE", "TLS-REFUSED-METER"),
    (stranger, "TLS-METER", "TLS-REFUSED-METER"),
    (device_is_no_authority, "TLS-DEVICE", "TLS-REFUSED-AUTHORITY"),
    (device_may_sign_authorities, "TLS-DEVICE", "TLS-REFUSED-METER"),
    (device_of_all_meters, "TLS-DEVICE", "TLS-REFUSED-METER"),
    (device_without_constraint, "TLS-DEVICE", "TLS-REFUSED-METER"),
    (device_with_soft_constraint, "TLS-DEVICE", "TLS-REFUSED-METER"),
    (session_of_another_device, "TLS-AUTHORITY", "TLS-REFUSED-AUTHORITY"),
    (made_by_a_session, "TLS-AUTHORITY", "TLS-REFUSED-AUTHORITY"),
    (directly_below_the_authority, "TLS-DEVICE", "TLS-REFUSED-METER"),
    (outside_the_names, "TLS-NAME", "TLS-REFUSED-METER"),
    (below_the_name, "TLS-NAME", "TLS-REFUSED-METER"),
    (two_names, "TLS-NAME", "TLS-REFUSED-METER"),
    (wrong_purpose, "TLS-PURPOSE", "TLS-REFUSED-CERTIFICATE"),
    (no_purpose, "TLS-CERTIFICATE", "TLS-REFUSED-METER"),
]


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes that do not look at their own certificate, as an intruder's would not."""
    monkeypatch.setattr(Identity, "own_meter", lambda self: BUYER)
    monkeypatch.setattr(Identity, "_check_device", lambda self, info: None)


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize(("bad", "here", "there"), CASES)
def test_a_server_refuses_a_bad_client(
    world: World, bad: Callable[[World], Identity], here: str, there: str
) -> None:
    async def main() -> None:
        server_side, client_side = Watcher(), Watcher()
        good = world.authority.node(SELLER)
        async with (
            serving(good, server_side, {BUYER}) as server,
            dialling(bad(world), client_side, SELLER, server.address),
        ):
            assert (await server_side.refused.get()).code == here
            assert (await client_side.refused.get()).code == there
        assert server_side.heard_nothing() and client_side.heard_nothing()

    run(main())


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize(("bad", "here", "there"), CASES)
def test_a_client_refuses_a_bad_server(
    world: World, bad: Callable[[World], Identity], here: str, there: str
) -> None:
    async def main() -> None:
        server_side, client_side = Watcher(), Watcher()
        good = world.authority.node(SELLER)
        async with (
            serving(bad(world), server_side, {SELLER}) as server,
            dialling(good, client_side, BUYER, server.address),
        ):
            assert (await client_side.refused.get()).code == here
            assert (await server_side.refused.get()).code == there
        assert server_side.heard_nothing() and client_side.heard_nothing()

    run(main())


@pytest.mark.parametrize("bad", [device_is_no_authority, device_of_all_meters])
def test_a_node_does_not_start_with_a_certificate_that_is_no_devices(
    world: World, bad: Callable[[World], Identity]
) -> None:
    watcher = Watcher()
    with pytest.raises(DeviceMismatch, match=r"device\.pem"):
        LinkHub(LOOPBACK, bad(world), {}, set, watcher.on_message, watcher.on_up, watcher.on_down)


def test_a_node_does_not_start_with_the_certificate_of_another_key(world: World) -> None:
    identity = world.authority.node(SELLER)
    stranger = Identity(identity.ca, identity.device, Signer(SELLER))

    async def main() -> None:
        with pytest.raises(DeviceMismatch, match="ask the operator"):
            async with serving(stranger, Watcher(), {BUYER}):
                raise AssertionError("it started")

    run(main())
