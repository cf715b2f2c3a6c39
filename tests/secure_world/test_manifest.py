"""Updates: code that the release key names uses the keys, and no other; nothing bricks a node."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import rlp  # type: ignore[import-untyped]
from coincurve import PrivateKey
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from secure_world import manifest
from secure_world.commands import EnrollManifest
from secure_world.errors import SecureWorldRefused
from secure_world.keys import address_of, sign_compact
from secure_world.protocol import manifest_digest
from tests.secure_world import owner
from tests.secure_world.process import Secured, refusal
from tests.secure_world.trees import SecuredOf, code_of, copy_of_the_code

RELEASE = PrivateKey(b"\x66" * 32)
RELEASE_ADDRESS = address_of(RELEASE.public_key)
LAW = owner.law(release=RELEASE_ADDRESS)
U32 = st.integers(0, 2**32 - 1)


def enroll(
    secured: Secured, code: bytes, version: int, floor: int = 0, key: PrivateKey = RELEASE
) -> None:
    signature = sign_compact(key, manifest_digest(version, floor, code))
    secured.admin.enroll_manifest(version, floor, code, signature)


@given(U32, U32, st.binary(min_size=32, max_size=32))
def test_the_digest_is_that_of_others_libraries(version: int, floor: int, code: bytes) -> None:
    expected = keccak(rlp.encode([b"Evlock manifest 1", version, floor, code]))
    assert manifest_digest(version, floor, code) == expected


@given(U32, U32, U32)
def test_no_version_below_a_floor(version: int, floor: int, device_floor: int) -> None:
    signature = sign_compact(RELEASE, manifest_digest(version, floor, b"m" * 32))
    request = EnrollManifest(version, floor, b"m" * 32, signature)
    if version >= max(floor, device_floor):
        manifest.check(request, RELEASE_ADDRESS, device_floor)
    else:
        with pytest.raises(SecureWorldRefused, match="MANIFEST-VERSION"):
            manifest.check(request, RELEASE_ADDRESS, device_floor)


@pytest.mark.parametrize(
    ("signed", "release"),
    [
        ((2, 0, b"m" * 32, RELEASE), None),
        ((2, 0, b"m" * 32, owner.KEY), RELEASE_ADDRESS),
        ((3, 0, b"m" * 32, RELEASE), RELEASE_ADDRESS),
        ((2, 1, b"m" * 32, RELEASE), RELEASE_ADDRESS),
        ((2, 0, b"n" * 32, RELEASE), RELEASE_ADDRESS),
    ],
)
def test_only_the_release_keys_own_word_counts(
    signed: tuple[int, int, bytes, PrivateKey], release: bytes | None
) -> None:
    version, floor, code, key = signed
    signature = sign_compact(key, manifest_digest(version, floor, code))
    request = EnrollManifest(2, 0, b"m" * 32, signature)
    with pytest.raises(SecureWorldRefused, match="MANIFEST-SIGNER"):
        manifest.check(request, release, 0)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The code of before, and that of an update."""
    old = copy_of_the_code(tmp_path_factory.mktemp("old"))
    new = copy_of_the_code(tmp_path_factory.mktemp("new"))
    with (new / "firmware/version.py").open("a") as file:
        file.write("# and something better\n")
    return old, new


@pytest.fixture
def node(tmp_path: Path, trees: tuple[Path, Path]) -> Iterator[SecuredOf]:
    """A device that was provisioned, claimed and ruled by the old code."""
    with SecuredOf(tmp_path) as made:
        made.switch(trees[0])
        made.admin.provision(12, "", 1_000_000)
        owner.take(made.admin, LAW)
        yield made


def uses_keys(node: SecuredOf) -> bool:
    """Whether it signs; else nothing but the measurement stops it, and it says so."""
    info = node.node.info()
    assert info.enrolled is not info.sealed
    if info.enrolled:
        assert node.admin.attest(b"\1" * 32).measurement == info.measurement
        return True
    for ask in (
        lambda: node.admin.attest(b"\1" * 32),
        lambda: node.meter.sign_reading(b"\1" * 32, True, 1, 0, 0),
    ):
        assert refusal(ask) == "MEASUREMENT"
    return False


def test_an_update_by_its_manifest(node: SecuredOf, trees: tuple[Path, Path]) -> None:
    old, new = trees
    assert node.admin.info().measurement == code_of(old) != code_of(new)
    enroll(node, code_of(new), 1)
    assert uses_keys(node.switch(new))
    assert uses_keys(node.switch(old)), "the way back is open"
    assert uses_keys(node.switch(new))
    enroll(node, code_of(new), 1, floor=1)
    assert uses_keys(node)
    assert not uses_keys(node.switch(old)), "until the floor rises"
    assert uses_keys(node.switch(new))
    assert refusal(lambda: enroll(node, code_of(old), 0)) == "MANIFEST-VERSION"


def test_changed_code_without_a_manifest(node: SecuredOf, trees: tuple[Path, Path]) -> None:
    old, new = trees
    before = node.node.info()
    node.switch(new)
    assert not uses_keys(node)
    assert refusal(lambda: enroll(node, code_of(new), 1)) == "MEASUREMENT"
    after = node.node.info()
    assert (after.account, after.meter, after.provisioned) == (before.account, before.meter, True)
    node.meter.count(1, 0, 7)
    assert node.meter.info().export_uwh == before.export_uwh + 7, "counting goes on"
    assert uses_keys(node.switch(old)), "put back"


def test_a_floor_waits_until_the_new_version_runs(
    node: SecuredOf, trees: tuple[Path, Path]
) -> None:
    old, new = trees
    enroll(node, code_of(new), 2, floor=2)
    assert uses_keys(node)
    assert uses_keys(node.switch(old)), "the power went before the switch"
    assert refusal(lambda: enroll(node, b"\3" * 32, 1)) == "MANIFEST-VERSION"
    assert uses_keys(node.switch(new))
    assert not uses_keys(node.switch(old))


def test_a_passphrase_holds_for_the_next_version_too(
    node: SecuredOf, trees: tuple[Path, Path]
) -> None:
    _, new = trees
    node.admin.set_passphrase(owner.PIN, "p")
    enroll(node, code_of(new), 1)
    node.switch(new)
    info = node.admin.info()
    assert (info.sealed, info.enrolled) == (True, True)
    node.admin.unseal("p")
    assert uses_keys(node)


def test_many_versions_leave_the_latest_and_the_one_that_runs(
    node: SecuredOf, trees: tuple[Path, Path]
) -> None:
    old, new = trees
    enroll(node, code_of(new), 1)
    for version in range(2, 14):
        enroll(node, bytes([version]) * 32, version)
        enroll(node, bytes([version]) * 32, version)  # again: nothing
    assert uses_keys(node.switch(old))
    assert not uses_keys(node.switch(new)), "version 1 gave way"


def test_enrolment_is_noted_once(node: SecuredOf) -> None:
    enroll(node, b"\3" * 32, 3)
    enroll(node, b"\3" * 32, 3)
    entries = [e for e in node.admin.audit(1).entries if e.event == "ENROLLED"]
    assert [entry.detail for entry in entries] == [f"0x{'03' * 8}… version 3, floor 0"]


def test_before_there_are_keys_and_a_policy(secured: Secured) -> None:
    assert refusal(lambda: enroll(secured, b"\3" * 32, 3)) == "NOT-PROVISIONED"
    secured.admin.provision(12, "", 5)
    assert refusal(lambda: enroll(secured, b"\3" * 32, 3)) == "MANIFEST-SIGNER"
