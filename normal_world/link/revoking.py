"""The operator's side of revocation: revoked.pem beside ca.pem, to be copied to every node."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from normal_world.link.certificates import point_of
from normal_world.link.errors import RequestInvalid
from normal_world.link.files import replace
from normal_world.link.pem import list_pem, read, read_certificate
from normal_world.link.pki import ISSUED, read_authority, validity
from normal_world.link.revocation import read_list
from secure_world.protocol import link_key_id

REVOKED = "revoked.pem"


@dataclass(frozen=True)
class Revoked:
    file: Path
    serials: tuple[str, ...]  # all of the list, lower-case hexadecimal
    not_after: datetime  # nodes that have this list accept nobody after it


@dataclass(frozen=True)
class ListInfo:
    """What a list of revoked devices says; its signature is not judged here."""

    kind: str
    issuer: str
    serials: tuple[str, ...]  # lower-case hexadecimal
    not_before: datetime
    not_after: datetime | None


def inspect(path: Path) -> ListInfo | None:
    """What the list in a PEM file says, None if it holds something else; FileMissing."""
    try:
        found = x509.load_pem_x509_crl(read(path))
    except ValueError:
        return None
    serials = tuple(f"{entry.serial_number:x}" for entry in found)
    issuer = found.issuer.rfc4514_string()
    return ListInfo("revoked", issuer, serials, found.last_update_utc, found.next_update_utc)


def issued_to(directory: Path, meter: bytes) -> list[x509.Certificate]:
    """All device certificates of a meter; RequestInvalid if there is none."""
    files = sorted((directory / ISSUED / f"0x{meter.hex()}").glob("*.pem"))
    found = [read_certificate(path) for path in files if path.name not in ("ca.pem", "device.pem")]
    if not found:
        raise RequestInvalid(f"{directory / ISSUED} knows no device of meter 0x{meter.hex()}")
    return found


def revoke(directory: Path, devices: list[x509.Certificate], days: int) -> Revoked:
    """Add certificates (none: only renew) and sign the list anew, good for `days`."""
    issuer, key = read_authority(directory)
    start, end = validity(None, days)
    for device in devices:
        if device.issuer != issuer.subject:
            name = device.subject.rfc4514_string()
            raise RequestInvalid(f"{name} was not issued by the authority in {directory}")
    path = directory / REVOKED
    entries, number = _before(path, issuer) if path.exists() else ({}, 0)
    for device in devices:
        entries.setdefault(device.serial_number, start)
    made = _list(issuer, key, entries, number + 1, (start, end))
    replace(path, list_pem(made), 0o644)
    return Revoked(path, tuple(f"{serial:x}" for serial in sorted(entries)), end)


def _before(path: Path, issuer: x509.Certificate) -> tuple[dict[int, datetime], int]:
    """Serials with the moment of their revocation, and the number of the list."""
    found = read_list(path, issuer)
    number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return {entry.serial_number: entry.revocation_date_utc for entry in found}, number


def _list(
    issuer: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    entries: dict[int, datetime],
    number: int,
    span: tuple[datetime, datetime],
) -> x509.CertificateRevocationList:
    own = x509.AuthorityKeyIdentifier(link_key_id(point_of(key.public_key())), None, None)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(span[0])
        .next_update(span[1])
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(own, critical=False)
    )
    for serial, moment in sorted(entries.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256())
