"""The private authority: what it issues, what it never overwrites, what it refuses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from normal_world.link import pki
from normal_world.link.errors import AlreadyExists, FileMissing, FileUnreadable, RequestInvalid
from tests.link.support import BUYER, SELLER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pki.create_authority(tmp_path / "pki", "Test authority", 30)
    return tmp_path / "pki"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_issued_certificate_names_its_meter_and_its_node(folder: Path) -> None:
    issued = pki.issue(folder, "seller", SELLER, 10)
    info = pki.inspect(issued.certificate)
    assert info.meter == SELLER
    assert info.names == ("seller.evlock.internal",)
    assert info.subject == "CN=seller,O=Evlock"
    assert info.issuer == "CN=Test authority,O=Evlock"
    assert not info.is_authority
    assert info.not_after == issued.not_after
    assert len(bytes.fromhex(info.fingerprint)) == 32
    assert info.not_before < datetime.now(UTC) < info.not_after


def test_a_certificate_without_a_meter_says_so(folder: Path) -> None:
    issued = pki.issue(folder, "gateway", None, 10)
    assert pki.inspect(issued.certificate).meter is None


def test_the_authority_is_bounded_to_its_own_names_and_to_one_level(folder: Path) -> None:
    certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    bounds = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert basic.critical and basic.value.ca and basic.value.path_length == 0
    assert bounds.critical
    assert bounds.value.permitted_subtrees == [x509.DNSName("evlock.internal")]
    assert pki.inspect(folder / "ca.pem").is_authority


def test_only_the_owner_reads_a_key(folder: Path) -> None:
    issued = pki.issue(folder, "seller", SELLER, 10)
    for key in (folder / "ca.key", issued.key):
        assert key.stat().st_mode & 0o777 == 0o600


def test_an_authority_is_never_overwritten(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(AlreadyExists, match=r"ca\.pem"):
        pki.create_authority(folder, "Another", 30)
    (folder / "ca.pem").unlink()
    with pytest.raises(AlreadyExists, match=r"ca\.key"):
        pki.create_authority(folder, "Another", 30)
    assert (folder / "ca.key").read_bytes() == before["ca.key"]


def test_a_node_is_issued_once_and_renewed_on_request_with_the_same_key(folder: Path) -> None:
    first = pki.issue(folder, "seller", SELLER, 1)
    before = contents(folder)
    with pytest.raises(AlreadyExists, match="seller"):
        pki.issue(folder, "seller", SELLER, 1)
    assert contents(folder) == before
    second = pki.issue(folder, "seller", SELLER, 20, renew=True)
    assert second.not_after > first.not_after
    assert contents(folder)["seller.key"] == before["seller.key"]
    assert contents(folder)["seller.pem"] != before["seller.pem"]


def test_a_node_cut_off_between_key_and_certificate_is_finished_by_a_renewal(folder: Path) -> None:
    issued = pki.issue(folder, "seller", SELLER, 1)
    issued.certificate.unlink()
    key = issued.key.read_bytes()
    with pytest.raises(AlreadyExists, match=r"seller\.key"):
        pki.issue(folder, "seller", SELLER, 1)
    again = pki.issue(folder, "seller", SELLER, 1, renew=True)
    assert again.certificate.exists() and again.key.read_bytes() == key


def test_a_node_folder_gets_the_authority_but_never_its_key(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home" / "pki"
    issued = pki.issue(folder, "seller", SELLER, 10, output=home)
    assert sorted(contents(home)) == ["ca.pem", "seller.key", "seller.pem"]
    assert issued.ca.read_bytes() == (folder / "ca.pem").read_bytes()
    other = tmp_path / "other"
    pki.create_authority(other, "Test authority", 30)
    with pytest.raises(AlreadyExists, match="another authority"):
        pki.issue(other, "buyer", BUYER, 10, output=home)
    assert sorted(contents(home)) == ["ca.pem", "seller.key", "seller.pem"]


@pytest.mark.parametrize("name", ["", "ca", "Seller", "a.b", "../x", "-a", "a-", "a" * 64, "a\n"])
def test_a_bad_name_is_refused_and_leaves_nothing(folder: Path, name: str) -> None:
    before = contents(folder)
    with pytest.raises(RequestInvalid, match="node name"):
        pki.issue(folder, name, SELLER, 10)
    assert contents(folder) == before


@pytest.mark.parametrize(("meter", "days"), [(b"short", 1), (SELLER, 0), (SELLER, -1)])
def test_a_bad_request_is_refused(folder: Path, meter: bytes, days: int) -> None:
    with pytest.raises(RequestInvalid):
        pki.issue(folder, "seller", meter, days)


def test_no_certificate_outlives_its_authority(folder: Path) -> None:
    with pytest.raises(RequestInvalid, match="outlive"):
        pki.issue(folder, "seller", SELLER, 31)
    with pytest.raises(RequestInvalid, match="outlive"):
        pki.issue(folder, "seller", SELLER, 1, start=datetime.now(UTC) + timedelta(days=30))


def test_missing_and_broken_files_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match=r"nowhere.*ca\.pem"):
        pki.issue(tmp_path / "nowhere", "seller", SELLER, 1)
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(FileMissing, match="none"):
        pki.inspect(tmp_path / "none.pem")
    with pytest.raises(FileUnreadable, match=r"ca\.key"):
        pki.inspect(folder / "ca.key")
    (folder / "ca.key").write_text("no key")
    with pytest.raises(FileUnreadable, match=r"ca\.key"):
        pki.issue(folder, "seller", SELLER, 1)


def test_an_authority_with_the_key_of_another_issues_nothing(folder: Path, tmp_path: Path) -> None:
    pki.create_authority(tmp_path / "other", "Other", 30)
    (folder / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    with pytest.raises(FileUnreadable, match="not the key"):
        pki.issue(folder, "seller", SELLER, 1)
    assert not (folder / "seller.pem").exists()
