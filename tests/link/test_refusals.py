"""Who is refused: both sides say why, and no message is delivered before it (A11)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from normal_world.link.errors import CertificateInvalid
from normal_world.link.link import Credentials, LinkHub
from normal_world.link.tls import Contexts
from tests.link.forgeries import (
    World,
    expired,
    made_by_a_node,
    misspelt_meter,
    no_meter,
    not_yet,
    other_ca,
    outside_the_names,
    stranger,
    two_meters,
    wrong_purpose,
)
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
def world(authority: Authority, other_authority: Authority, tmp_path: Path) -> World:
    return World(authority, other_authority, tmp_path)


CASES: list[tuple[Callable[[World], Credentials], str, str]] = [
    (other_ca, "TLS-AUTHORITY", "TLS-REFUSED-AUTHORITY"),
    (expired, "TLS-EXPIRED", "TLS-REFUSED-EXPIRED"),
    (not_yet, "TLS-NOT-YET-VALID", "TLS-REFUSED-CERTIFICATE"),
    (stranger, "TLS-METER", "TLS-REFUSED-METER"),
    (no_meter, "TLS-METER", "TLS-REFUSED-METER"),
    (two_meters, "TLS-CERTIFICATE", "TLS-REFUSED-METER"),
    (misspelt_meter, "TLS-CERTIFICATE", "TLS-REFUSED-METER"),
    (made_by_a_node, "TLS-CERTIFICATE", "TLS-REFUSED-AUTHORITY"),
    (outside_the_names, "TLS-CERTIFICATE", "TLS-REFUSED"),
    (wrong_purpose, "TLS-CERTIFICATE", "TLS-REFUSED-CERTIFICATE"),
]


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes that do not look at their own certificate, as an intruder's would not."""
    monkeypatch.setattr(Contexts, "own_meter", lambda self: BUYER)


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize(("bad", "here", "there"), CASES)
def test_a_server_refuses_a_bad_client(
    world: World, bad: Callable[[World], Credentials], here: str, there: str
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
    world: World, bad: Callable[[World], Credentials], here: str, there: str
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


@pytest.mark.parametrize("bad", [no_meter, two_meters])
def test_a_node_does_not_start_with_a_certificate_that_names_no_meter(
    world: World, bad: Callable[[World], Credentials]
) -> None:
    watcher = Watcher()
    with pytest.raises(CertificateInvalid):
        LinkHub(LOOPBACK, bad(world), {}, set, watcher.on_message, watcher.on_up, watcher.on_down)
