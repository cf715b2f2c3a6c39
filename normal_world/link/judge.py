"""Who a peer is, and whether it may be one: decided in the handshake and every second after."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from OpenSSL import crypto

from normal_world.link import certificates, errors

SESSION, DEVICE = 0, 1  # depths; the authority is at 2

# X509_V_ERR_… of OpenSSL's x509_vfy.h
_REFUSALS: dict[int, type[errors.PeerRefused]] = {
    2: errors.UnknownAuthority,  # issuer not found
    7: errors.UnknownAuthority,  # bad signature: another authority of the same name
    9: errors.CertificateNotYetValid,
    10: errors.CertificateExpired,
    18: errors.UnknownAuthority,  # self-signed
    19: errors.UnknownAuthority,  # self-signed, in the chain
    20: errors.UnknownAuthority,  # issuer not found locally
    21: errors.UnknownAuthority,  # first certificate not verified
    24: errors.NotADevice,  # not a CA certificate
    25: errors.NotADevice,  # path length exceeded
    26: errors.WrongPurpose,
    30: errors.UnknownAuthority,  # key identifiers differ
    32: errors.NotADevice,  # key usage without signing certificates
    47: errors.NameOutside,  # not permitted
    48: errors.NameOutside,  # excluded
    79: errors.NotADevice,  # no CA certificate, in OpenSSL's strict mode
}


@dataclass
class Judge:
    """Decides on one connection's peer; afterwards says who it is."""

    allowed: Callable[[], Collection[bytes]]
    check_revoked: Callable[[x509.Certificate], None]
    meter: bytes = b""
    not_after: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    session: x509.Certificate | None = None
    device: x509.Certificate | None = None

    def judge(self, certificate: crypto.X509, error: int, depth: int) -> None:
        """One step of OpenSSL's walk from the authority to the peer."""
        try:
            found = certificate.to_cryptography()
            who = f"certificate of {found.subject.rfc4514_string()} at depth {depth}"
        except ValueError as fault:
            raise errors.CertificateInvalid(f"certificate cannot be read: {fault}") from fault
        if error:
            span = f"valid {found.not_valid_before_utc} to {found.not_valid_after_utc}"
            kind = _REFUSALS.get(error, errors.CertificateInvalid)
            raise kind(f"{who} ({span}) is refused: {kind.__name__}, X.509 error {error}")
        try:
            if depth == DEVICE:
                self._judge_device(found)
            elif depth == SESSION:
                self._judge_session(found)
        except errors.PeerRefused as fault:
            raise type(fault)(f"{who}: {fault}") from fault

    def check_right(self, now: datetime, peer: object) -> None:
        """A connection must not outlive what it stands on: certificates, enrolment; PeerRefused."""
        if now > self.not_after:
            raise errors.CertificateExpired(f"certificate of {peer} ended {self.not_after}")
        if self.meter not in self.allowed():
            raise errors.WrongMeter(f"{peer} is no longer enrolled")
        if self.device is not None:
            self.check_revoked(self.device)

    def _judge_device(self, found: x509.Certificate) -> None:
        certificates.device_meter(found)
        self.check_revoked(found)
        self.device = found

    def _judge_session(self, found: x509.Certificate) -> None:
        if self.device is None:
            raise errors.NotADevice("no device's certificate above it")
        meter = certificates.session_meter(found, certificates.device_meter(self.device))
        if meter not in self.allowed():
            raise errors.WrongMeter(f"it names meter 0x{meter.hex()}, which is not expected here")
        self.meter, self.session = meter, found
        self.not_after = min(found.not_valid_after_utc, self.device.not_valid_after_utc)
