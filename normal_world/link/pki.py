"""The operator's authority: ca.pem and ca.key in one folder, made once; devices below it.

`issued/` beside them keeps a copy of every device's certificate, so that it can be revoked.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from normal_world.link import certificates
from normal_world.link.errors import (
    AlreadyExists,
    CertificateInvalid,
    FileUnreadable,
    LinkError,
    RequestInvalid,
)
from normal_world.link.files import replace, write_new
from normal_world.link.pem import certificate_pem, key_pem, read_certificate, read_key

CA, CA_KEY, DEVICE, ISSUED = "ca.pem", "ca.key", "device.pem", "issued"
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
    meter: bytes
    ca: Path
    certificate: Path
    serial: str  # lower-case hexadecimal
    not_after: datetime


@dataclass(frozen=True)
class CertificateInfo:
    kind: str  # authority, device or other
    subject: str
    issuer: str
    meter: bytes | None
    key: bytes | None  # P-256: x, y
    serial: str
    not_before: datetime
    not_after: datetime
    fingerprint: str  # SHA-256 over the DER form, lower-case hexadecimal


@dataclass(frozen=True)
class Request:
    """A device's request, signed by the key that it is for."""

    meter: bytes
    csr: x509.CertificateSigningRequest


def create_authority(directory: Path, common_name: str, days: int) -> Authority:
    """Make ca.key (0600) and ca.pem in `directory`; AlreadyExists if either is there."""
    certificate, key_file = directory / CA, directory / CA_KEY
    if not 1 <= len(common_name) <= 64:  # RFC 5280, ub-common-name
        raise RequestInvalid(f"common name of {len(common_name)} characters, expected 1 to 64")
    start, end = validity(None, days)
    for path in (certificate, key_file):
        if path.exists():
            raise AlreadyExists(f"{path} exists: an authority is never overwritten")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificates.authority(key, common_name, start, end)
    write_new(key_file, key_pem(key), 0o600)
    write_new(certificate, certificate_pem(made), 0o644)
    return Authority(certificate, key_file, common_name, made.not_valid_after_utc)


def read_request(data: bytes) -> Request:
    """A request as the secure world makes it, PEM or DER; RequestInvalid."""
    try:
        pem = data.lstrip().startswith(b"-----")
        csr = x509.load_pem_x509_csr(data) if pem else x509.load_der_x509_csr(data)
        meter = certificates.permitted_meter(csr.extensions)
        certificates.point_of(csr.public_key())
        sound = csr.is_signature_valid
    except (ValueError, TypeError, CertificateInvalid) as error:
        why = f" ({error})" if isinstance(error, CertificateInvalid) else ""
        text = "expected the file made by `evlock secure-world link-request`"
        raise RequestInvalid(f"no request of a device{why}, {text}") from error
    if meter is None or not sound:
        raise RequestInvalid("request names no meter, or was not signed by its own key")
    return Request(meter, csr)


def issue(
    directory: Path,
    request: Request,
    days: int,
    *,
    output: Path | None = None,
    start: datetime | None = None,
) -> Issued:
    """Certify a device by the authority in `directory`: device.pem and ca.pem in `output`.

    Without `output` it is the folder of that meter under `issued`. An earlier device.pem of the
    same meter is replaced; AlreadyExists if it is another's. `start` is the first moment of
    validity, five minutes ago if not given.
    """
    issuer, issuer_key = read_authority(directory)
    first, last = validity(start, days)
    if last > issuer.not_valid_after_utc:
        raise RequestInvalid(f"{days} days outlive the authority ({issuer.not_valid_after_utc})")
    record = directory / ISSUED / f"0x{request.meter.hex()}"
    folder = output or record
    _check_place(folder, request.meter)
    for path in (folder, record):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy_authority(issuer, folder / CA)
    made = certificates.device(issuer, issuer_key, request.csr, request.meter, first, last)
    write_new(record / f"{made.serial_number:x}.pem", certificate_pem(made), 0o644)
    replace(folder / DEVICE, certificate_pem(made), 0o644)
    serial = f"{made.serial_number:x}"
    return Issued(request.meter, folder / CA, folder / DEVICE, serial, made.not_valid_after_utc)


def inspect(path: Path) -> CertificateInfo:
    """What the first certificate of a PEM file says; FileMissing, FileUnreadable."""
    certificate = read_certificate(path)
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    kind, meter = "authority" if basic.ca else "other", None
    try:
        meter = certificates.device_meter(certificate)
        kind = "device"
    except LinkError:
        pass
    return CertificateInfo(
        kind,
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        meter,
        _point(certificate),
        f"{certificate.serial_number:x}",
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


def read_authority(directory: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Certificate and key; FileMissing, FileUnreadable."""
    certificate = read_certificate(directory / CA)
    key = read_key(directory / CA_KEY)
    if certificate.public_key() != key.public_key():
        raise FileUnreadable(f"{directory / CA_KEY} is not the key of {CA} beside it")
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    if not basic.ca or not basic.path_length:
        text = "an authority of Evlock 0.2 or before, which certified no devices: make another"
        raise FileUnreadable(f"{directory / CA} is {text} (evlock pki create-ca)")
    return certificate, key


def validity(start: datetime | None, days: int) -> tuple[datetime, datetime]:
    """First and last moment; RequestInvalid for a number of days out of range."""
    if not 1 <= days <= MAX_DAYS:
        raise RequestInvalid(f"valid for {days} days, expected 1 to {MAX_DAYS}")
    first = start or datetime.now(UTC) - CLOCK_SKEW
    return first, first + timedelta(days=days)


def _check_place(folder: Path, meter: bytes) -> None:
    there = folder / DEVICE
    if there.exists() and inspect(there).meter != meter:
        raise AlreadyExists(f"{there} is another device's, and is not overwritten")


def _copy_authority(issuer: x509.Certificate, path: Path) -> None:
    if not path.exists():
        write_new(path, certificate_pem(issuer), 0o644)
    elif read_certificate(path) != issuer:
        raise AlreadyExists(f"{path} belongs to another authority, and is not overwritten")


def _point(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificates.point_of(certificate.public_key())
    except CertificateInvalid:
        return None
