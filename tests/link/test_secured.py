"""Two nodes with the real evlock-secured behind each: what they sign is what the peers check."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from normal_world.link import certificates, pki
from normal_world.link.certificates import point_of
from normal_world.link.link import Identity
from secure_world.protocol import SignLink
from tests.link.support import Authority, Watcher, dialling, run, serving
from tests.secure_world.process import Secured, refusal

CONNECTION = SignLink(True, *(bytes([number]) * 32 for number in range(1, 5)))


@dataclass
class World:
    """A secured with keys, and what the operator gave its node."""

    secured: Secured
    meter: bytes
    device: Path
    ca: Path

    def identity(self) -> Identity:
        return Identity(self.ca, self.device, self.secured.node)


@pytest.fixture(scope="module")
def worlds(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, World]]:
    with ExitStack() as stack:
        made = []
        for name in ("one", "two"):
            secured = stack.enter_context(Secured(tmp_path_factory.mktemp(name)))
            assert secured.start()
            meter = secured.admin.provision(12, "", 100).meter
            request = pki.read_request(secured.admin.link_request())
            assert request.meter == meter
            issued = pki.issue(authority.folder, request, 9, output=authority.place())
            made.append(World(secured, meter, issued.certificate, issued.ca))
        yield made[0], made[1]


def new_point() -> bytes:
    return point_of(ec.generate_private_key(ec.SECP256R1()).public_key())


def test_two_nodes_connect_and_talk(worlds: tuple[World, World]) -> None:
    one, two = worlds

    async def main() -> None:
        here, there = Watcher(), Watcher()
        async with (
            serving(one.identity(), here, {two.meter}) as server,
            dialling(two.identity(), there, one.meter, server.address),
        ):
            await (await there.up.get()).send("reading", {"number": 1})
            assert await here.messages.get() == (two.meter, "reading", {"number": 1})
            await (await here.up.get()).close()
            await there.up.get()  # and again

    run(main())


def test_a_node_with_the_secure_world_of_another_is_refused(worlds: tuple[World, World]) -> None:
    """One's certificate and stolen session key, but only two's secure world to sign."""
    one, two = worlds

    class Moved(Identity):
        async def sign(self, connection: SignLink) -> bytes:
            return two.secured.node.sign_link(connection)

    async def main() -> None:
        here, there = Watcher(), Watcher()
        moved = Moved(one.ca, one.device, one.secured.node)
        async with (
            serving(two.identity(), here, {one.meter}) as server,
            dialling(moved, there, two.meter, server.address),
        ):
            assert (await here.refused.get()).code == "LINK-PROOF"
            assert (await there.refused.get()).code == "LINK-REFUSED-PROOF"
        assert here.heard_nothing() and there.heard_nothing()

    run(main())


def test_a_locked_secure_world_signs_no_connection(worlds: tuple[World, World]) -> None:
    one = worlds[0]
    with Secured(one.device.parent / "locked") as secured:
        secured.state.parent.mkdir()
        assert secured.start()
        assert refusal(secured.admin.link_request) == "NOT-PROVISIONED"
        assert refusal(lambda: secured.node.sign_link(CONNECTION)) == "NOT-PROVISIONED"
        secured.admin.provision(12, "", 100)
        secured.admin.lock()
        assert refusal(secured.admin.link_request) == "LOCKED"
        assert refusal(lambda: secured.node.link_session(new_point(), 0, 60)) == "LOCKED"
        assert refusal(lambda: secured.node.sign_link(CONNECTION)) == "LOCKED"


def test_the_link_key_survives_a_restart_and_signs_the_same(worlds: tuple[World, World]) -> None:
    one = worlds[0]
    key, signature = one.secured.node.info().link_key, one.secured.node.sign_link(CONNECTION)
    one.secured.kill()
    assert one.secured.start()
    assert one.secured.node.info().link_key == key
    assert one.secured.node.sign_link(CONNECTION) == signature


@pytest.mark.parametrize("point", [bytes(64), b"\1" * 64, b"\xff" * 64])
def test_a_key_off_the_curve_gets_no_session(worlds: tuple[World, World], point: bytes) -> None:
    assert refusal(lambda: worlds[0].secured.node.link_session(point, 0, 60)) == "LINK-KEY"


def test_a_moment_that_no_certificate_can_say_is_refused(worlds: tuple[World, World]) -> None:
    node, last_s = worlds[0].secured.node, 253_402_300_799
    assert refusal(lambda: node.link_session(new_point(), 2**64 - 1, 60)) == "MALFORMED"
    assert refusal(lambda: node.link_session(new_point(), last_s - 59, 60)) == "MALFORMED"
    made = x509.load_der_x509_certificate(node.link_session(new_point(), last_s - 60, 60))
    assert made.not_valid_after_utc.year == 9999


def test_a_session_certificate_says_what_was_asked_and_who_signed(
    worlds: tuple[World, World],
) -> None:
    one, point = worlds[0], new_point()
    made = x509.load_der_x509_certificate(one.secured.node.link_session(point, 10**9, 86_400))
    device = x509.load_pem_x509_certificate(one.device.read_bytes())
    made.verify_directly_issued_by(device)
    assert point_of(made.public_key()) == point
    assert certificates.session_meter(made, one.meter) == one.meter
    assert made.not_valid_before_utc.timestamp() == 10**9
    assert made.not_valid_after_utc.timestamp() == 10**9 + 86_400
    basic = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical and not basic.value.ca
