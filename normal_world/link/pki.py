"""The private authority of a set of nodes: ca.pem and ca.key in one folder, made once.

Revocation is not supported: certificates are short-lived, and a link ends when one expires.
A renewal keeps the node's key, so that one atomic rename changes everything there is to change.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from normal_world.link import certificates
from normal_world.link.errors import AlreadyExists, FileUnreadable, RequestInvalid
from normal_world.link.files import replace, write_new
from normal_world.link.pem import certificate_pem, key_pem, read_certificate, read_key

NODE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # a DNS label, RFC 1035 §2.3.1
MAX_DAYS = 36500
CLOCK_SKEW = timedelta(minutes=5)  # a board without a clock battery starts a little behind


@dataclass(frozen=True)
class Authority:
    certificate: Path
    key: Path
    common_name: str
    not_after: datetime


@dataclass(frozen=True)
class Issued:
    name: str
    meter: bytes | None
    ca: Path
    certificate: Path
    key: Path
    not_after: datetime


@dataclass(frozen=True)
class CertificateInfo:
    subject: str
    issuer: str
    meter: bytes | None
    names: tuple[str, ...]
    is_authority: bool
    not_before: datetime
    not_after: datetime
    fingerprint: str  # SHA-256 over the DER form, lower-case hexadecimal


def create_authority(directory: Path, common_name: str, days: int) -> Authority:
    """Make ca.key (0600) and ca.pem in `directory`; AlreadyExists if either is there."""
    certificate, key_file = directory / "ca.pem", directory / "ca.key"
    if not 1 <= len(common_name) <= 64:  # RFC 5280, ub-common-name
        raise RequestInvalid(f"common name of {len(common_name)} characters, expected 1 to 64")
    start, end = _validity(None, days)
    for path in (certificate, key_file):
        if path.exists():
            raise AlreadyExists(f"{path} exists: an authority is never overwritten")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificates.authority(key, common_name, start, end)
    write_new(key_file, key_pem(key), 0o600)
    write_new(certificate, certificate_pem(made), 0o644)
    return Authority(certificate, key_file, common_name, made.not_valid_after_utc)


def issue(
    directory: Path,
    name: str,
    meter: bytes | None,
    days: int,
    *,
    renew: bool = False,
    output: Path | None = None,
    start: datetime | None = None,
) -> Issued:
    """Certify a node by the authority in `directory`: <name>.pem and <name>.key (0600).

    `output` is the node's own folder (default `directory`); it also receives ca.pem.
    AlreadyExists if the node has a key or certificate there, unless `renew`: then the key stays.
    `start` is the first moment of validity, five minutes ago if not given.
    """
    _check_request(name, meter)
    issuer, issuer_key = _read_authority(directory)
    first, last = _validity(start, days)
    if last > issuer.not_valid_after_utc:
        raise RequestInvalid(f"{days} days outlive the authority ({issuer.not_valid_after_utc})")
    folder = output or directory
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy_authority(issuer, folder / "ca.pem")
    key = _node_key(folder, name, renew)
    made = certificates.node(issuer, issuer_key, key.public_key(), name, meter, first, last)
    replace(folder / f"{name}.pem", certificate_pem(made), 0o644)
    paths = (folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    return Issued(name, meter, *paths, made.not_valid_after_utc)


def inspect(path: Path) -> CertificateInfo:
    """What the first certificate of a PEM file says; FileMissing, FileUnreadable."""
    certificate = read_certificate(path)
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(found.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        names = ()
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    return CertificateInfo(
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        certificates.meter_of(certificate),
        names,
        basic.ca,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _check_request(name: str, meter: bytes | None) -> None:
    if not NODE_NAME.fullmatch(name) or name == "ca":
        raise RequestInvalid(f"node name {name!r}, expected a-z, 0-9 and - (1 to 63), not ca")
    if meter is not None and len(meter) != 20:
        raise RequestInvalid(f"meter id of {len(meter)} bytes, expected 20")


def _validity(start: datetime | None, days: int) -> tuple[datetime, datetime]:
    if not 1 <= days <= MAX_DAYS:
        raise RequestInvalid(f"valid for {days} days, expected 1 to {MAX_DAYS}")
    first = start or datetime.now(UTC) - CLOCK_SKEW
    return first, first + timedelta(days=days)


def _copy_authority(issuer: x509.Certificate, path: Path) -> None:
    if not path.exists():
        write_new(path, certificate_pem(issuer), 0o644)
    elif read_certificate(path) != issuer:
        raise AlreadyExists(f"{path} belongs to another authority, and is not overwritten")


def _node_key(folder: Path, name: str, renew: bool) -> ec.EllipticCurvePrivateKey:
    certificate, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    if renew and key_file.exists():
        return read_key(key_file)
    for path in (certificate, key_file):
        if path.exists():
            raise AlreadyExists(f"{path} exists: ask for a renewal, or take another name")
    key = ec.generate_private_key(ec.SECP256R1())
    write_new(key_file, key_pem(key), 0o600)
    return key


def _read_authority(directory: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate = read_certificate(directory / "ca.pem")
    key = read_key(directory / "ca.key")
    if certificate.public_key() != key.public_key():
        raise FileUnreadable(f"{directory / 'ca.key'} is not the key of ca.pem beside it")
    return certificate, key
