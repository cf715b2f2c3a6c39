"""The operator's authority: what it issues, what it never overwrites, what it refuses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from normal_world.link import pem, pki, revoking
from normal_world.link.certificates import point_of
from normal_world.link.errors import (
    AlreadyExists,
    FileMissing,
    FileUnreadable,
    RequestInvalid,
    RevocationUnknown,
)
from normal_world.link.revocation import read_list
from tests.link.signer import Signer
from tests.link.support import BUYER, SELLER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pki.create_authority(tmp_path / "pki", "Test authority", 30)
    return tmp_path / "pki"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_an_issued_certificate_is_of_the_meter_and_the_key_that_asked(folder: Path) -> None:
    signer = Signer(SELLER)
    issued = pki.issue(folder, signer.request(), 10)
    info = pki.inspect(issued.certificate)
    assert (info.kind, info.meter) == ("device", SELLER)
    assert info.key == point_of(signer.key.public_key())
    assert info.subject == f"CN=Evlock meter 0x{SELLER.hex()},O=Evlock"
    assert info.issuer == "CN=Test authority,O=Evlock"
    assert (info.not_after, info.serial) == (issued.not_after, issued.serial)
    assert len(bytes.fromhex(info.fingerprint)) == 32
    assert info.not_before < datetime.now(UTC) < info.not_after


def test_a_device_may_sign_sessions_of_its_own_name_and_nothing_else(folder: Path) -> None:
    issued = pki.issue(folder, Signer(SELLER).request(), 10)
    found = pem.read_certificate(issued.certificate).extensions
    basic = found.get_extension_for_class(x509.BasicConstraints)
    bounds = found.get_extension_for_class(x509.NameConstraints)
    assert basic.critical and basic.value.ca and basic.value.path_length == 0
    assert bounds.critical
    name = f"{SELLER.hex()}.meter.evlock.internal"
    assert bounds.value.permitted_subtrees == [x509.DNSName(name)]


def test_the_authority_is_bounded_to_meters_and_to_two_levels(folder: Path) -> None:
    found = pem.read_certificate(folder / "ca.pem").extensions
    basic = found.get_extension_for_class(x509.BasicConstraints)
    bounds = found.get_extension_for_class(x509.NameConstraints)
    assert basic.critical and basic.value.ca and basic.value.path_length == 1
    assert bounds.critical
    assert bounds.value.permitted_subtrees == [x509.DNSName("meter.evlock.internal")]
    assert pki.inspect(folder / "ca.pem").kind == "authority"


def test_only_the_owner_reads_the_authoritys_key(folder: Path) -> None:
    assert (folder / "ca.key").stat().st_mode & 0o777 == 0o600


def test_an_authority_is_never_overwritten(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(AlreadyExists, match=r"ca\.pem"):
        pki.create_authority(folder, "Another", 30)
    (folder / "ca.pem").unlink()
    with pytest.raises(AlreadyExists, match=r"ca\.key"):
        pki.create_authority(folder, "Another", 30)
    assert contents(folder)["ca.key"] == before["ca.key"]


def test_a_device_is_renewed_in_its_folder_and_another_never_takes_its_place(
    folder: Path, tmp_path: Path
) -> None:
    home, signer = tmp_path / "home" / "pki", Signer(SELLER)
    first = pki.issue(folder, signer.request(), 1, output=home)
    second = pki.issue(folder, signer.request(), 20, output=home)
    assert second.not_after > first.not_after
    assert pki.inspect(home / "device.pem").serial == second.serial
    before = contents(tmp_path)
    with pytest.raises(AlreadyExists, match="another device's"):
        pki.issue(folder, Signer(BUYER).request(), 1, output=home)
    assert contents(tmp_path) == before


def test_a_device_folder_gets_two_certificates_and_never_a_key(
    folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home" / "pki"
    issued = pki.issue(folder, Signer(SELLER).request(), 10, output=home)
    assert sorted(contents(home)) == ["ca.pem", "device.pem"]
    assert issued.ca.read_bytes() == (folder / "ca.pem").read_bytes()
    other = tmp_path / "other"
    pki.create_authority(other, "Test authority", 30)
    with pytest.raises(AlreadyExists, match="another authority"):
        pki.issue(other, Signer(SELLER).request(), 10, output=home)
    assert sorted(contents(home)) == ["ca.pem", "device.pem"]


@pytest.mark.parametrize("days", [0, -1, 36501])
def test_a_bad_number_of_days_is_refused(folder: Path, days: int) -> None:
    before = contents(folder)
    with pytest.raises(RequestInvalid, match="days"):
        pki.issue(folder, Signer(SELLER).request(), days)
    assert contents(folder) == before


def test_no_certificate_outlives_its_authority(folder: Path) -> None:
    with pytest.raises(RequestInvalid, match="outlive"):
        pki.issue(folder, Signer(SELLER).request(), 31)
    with pytest.raises(RequestInvalid, match="outlive"):
        start = datetime.now(UTC) + timedelta(days=30)
        pki.issue(folder, Signer(SELLER).request(), 1, start=start)


def _request(name: str | None, key: ec.EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if name is not None:
        bounds = x509.NameConstraints([x509.DNSName(name)], None)
        builder = builder.add_extension(bounds, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


GOOD_NAME = f"{SELLER.hex()}.meter.evlock.internal"
P256, P384 = ec.SECP256R1(), ec.SECP384R1()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "link-request"),
        (b"-----BEGIN CERTIFICATE REQUEST-----\n", "link-request"),
        (_request(None, ec.generate_private_key(P256)), "names no meter"),
        (_request("bank.example", ec.generate_private_key(P256)), "names no meter"),
        (_request("x." + GOOD_NAME, ec.generate_private_key(P256)), "names no meter"),
        (_request(GOOD_NAME.upper(), ec.generate_private_key(P256)), "names no meter"),
        (_request(GOOD_NAME, ec.generate_private_key(P384)), "P-256"),
        (_request(GOOD_NAME, ec.generate_private_key(P256))[:-1] + b"\0", "own key"),
    ],
)
def test_what_is_no_request_of_a_device_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(RequestInvalid, match=words):
        pki.read_request(data)


def test_missing_and_broken_files_are_named(folder: Path, tmp_path: Path) -> None:
    request = Signer(SELLER).request()
    with pytest.raises(FileMissing, match=r"nowhere.*ca\.pem"):
        pki.issue(tmp_path / "nowhere", request, 1)
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(FileMissing, match="none"):
        pki.inspect(tmp_path / "none.pem")
    with pytest.raises(FileUnreadable, match=r"ca\.key"):
        pki.inspect(folder / "ca.key")
    (folder / "ca.key").write_text("no key")
    with pytest.raises(FileUnreadable, match=r"ca\.key"):
        pki.issue(folder, request, 1)


def test_an_authority_with_the_key_of_another_issues_nothing(folder: Path, tmp_path: Path) -> None:
    pki.create_authority(tmp_path / "other", "Other", 30)
    (folder / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    with pytest.raises(FileUnreadable, match="not the key"):
        pki.issue(folder, Signer(SELLER).request(), 1)
    assert not (folder / "issued").exists()


def test_an_authority_that_cannot_certify_devices_says_so(folder: Path) -> None:
    key = pem.read_key(folder / "ca.key")
    name = x509.Name([])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(pem.certificate_pem(made))
    with pytest.raises(FileUnreadable, match="pki create-ca"):
        pki.issue(folder, Signer(SELLER).request(), 1)


# -- revocation --------------------------------------------------------------------------------


def listed(folder: Path) -> set[str]:
    found = read_list(folder / "revoked.pem", pem.read_certificate(folder / "ca.pem"))
    return {f"{entry.serial_number:x}" for entry in found}


def test_all_certificates_of_a_meter_are_revoked_and_no_others(folder: Path) -> None:
    first, second = (pki.issue(folder, Signer(SELLER).request(), 1) for _ in range(2))
    other = pki.issue(folder, Signer(BUYER).request(), 1)
    made = revoking.revoke(folder, revoking.issued_to(folder, SELLER), 7)
    assert set(made.serials) == listed(folder) == {first.serial, second.serial}
    assert set(made.serials).isdisjoint({other.serial})


def test_the_list_grows_and_is_renewed_and_forgets_nobody(folder: Path) -> None:
    one, two = (pki.issue(folder, Signer(meter).request(), 1) for meter in (SELLER, BUYER))
    revoking.revoke(folder, [pem.read_certificate(one.certificate)], 7)
    again = revoking.revoke(folder, [pem.read_certificate(one.certificate)], 7)
    assert again.serials == (one.serial,)
    revoking.revoke(folder, revoking.issued_to(folder, BUYER), 7)
    renewed = revoking.revoke(folder, [], 30)
    assert set(renewed.serials) == {one.serial, two.serial}
    assert renewed.not_after > again.not_after


def test_what_the_authority_did_not_issue_is_not_revoked(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestInvalid, match=SELLER.hex()):
        revoking.issued_to(folder, SELLER)
    pki.create_authority(tmp_path / "other", "Other", 30)
    strange = pki.issue(tmp_path / "other", Signer(SELLER).request(), 1)
    with pytest.raises(RequestInvalid, match="not issued"):
        revoking.revoke(folder, [pem.read_certificate(strange.certificate)], 7)
    assert not (folder / "revoked.pem").exists()


def test_a_list_of_somebody_else_is_not_continued(folder: Path, tmp_path: Path) -> None:
    pki.create_authority(tmp_path / "other", "Test authority", 30)
    revoking.revoke(tmp_path / "other", [], 7)
    (folder / "revoked.pem").write_bytes((tmp_path / "other" / "revoked.pem").read_bytes())
    with pytest.raises(RevocationUnknown, match="not signed"):
        revoking.revoke(folder, [], 7)
