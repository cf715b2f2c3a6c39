"""The list of revoked devices (X.509 CRL, RFC 5280 §5), as a node reads it.

Where a list is configured nobody is accepted without one: a missing, damaged or expired list, or
one of another authority, must not be the way around it.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from normal_world.link.errors import CertificateRevoked, LinkError, RevocationUnknown
from normal_world.link.files import Stamp, stamp
from normal_world.link.pem import read, read_certificate


class Revocations:
    """`path` is read anew whenever it or the authority has changed; None: no list is kept."""

    def __init__(self, path: Path | None, ca: Path, clock: Callable[[], datetime]) -> None:
        self._path, self._ca, self._clock = path, ca, clock
        self._stamp: tuple[Stamp, ...] = ()
        self._list: x509.CertificateRevocationList | None = None

    def check(self, certificate: x509.Certificate) -> None:
        """Raises CertificateRevoked, RevocationUnknown."""
        if self._path is None:
            return
        found = self._current(self._path)
        if found.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
            who = certificate.subject.rfc4514_string()
            raise CertificateRevoked(f"{who} (serial {certificate.serial_number:x}) is revoked")

    def _current(self, path: Path) -> x509.CertificateRevocationList:
        try:
            now = stamp(path), stamp(self._ca)
            if self._list is None or now != self._stamp:
                self._list, self._stamp = read_list(path, read_certificate(self._ca)), now
        except LinkError as error:
            raise RevocationUnknown(f"list of revoked devices: {error}") from error
        check_time(path, self._list, self._clock())
        return self._list


def read_list(path: Path, ca: x509.Certificate) -> x509.CertificateRevocationList:
    """The authority's list; FileMissing, FileUnreadable, RevocationUnknown."""
    data = read(path)
    try:
        found = x509.load_pem_x509_crl(data)
        unknown = [part.oid.dotted_string for part in found.extensions if part.critical]
        key = ca.public_key()
        signed = isinstance(key, ec.EllipticCurvePublicKey) and found.is_signature_valid(key)
    except (ValueError, TypeError) as error:
        raise RevocationUnknown(f"{path} is no revocation list in PEM form: {error}") from error
    if found.issuer != ca.subject or not signed:
        raise RevocationUnknown(f"{path} is not signed by the authority in ca.pem")
    if unknown or found.next_update_utc is None:
        raise RevocationUnknown(f"{path} is no whole list with an end, expected evlock pki's")
    return found


def check_time(path: Path, found: x509.CertificateRevocationList, now: datetime) -> None:
    """Raises RevocationUnknown outside the list's time."""
    first, last = found.last_update_utc, found.next_update_utc
    if last is None or not first <= now < last:
        raise RevocationUnknown(f"{path} is valid {first} to {last}, now is {now:%Y-%m-%d %H:%M}Z")
