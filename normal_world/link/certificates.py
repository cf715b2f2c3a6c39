"""What stands in the link's certificates (X.509, RFC 5280; all keys P-256).

    authority   ca.pem, the operator's; may name meters        path length 1
    device      device.pem, key in the secure world            path length 0, permits one name
    session     in memory, a day at most                       names the meter

The meter is named by one DNS name, `<40 hex digits>.meter.evlock.internal`.
"""

import ipaddress
import re
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from normal_world.link.errors import CertificateInvalid, NameOutside, NotADevice, WrongPurpose
from secure_world.protocol import LINK_DOMAIN, link_key_id, link_name

NAME = re.compile(r"([0-9a-f]{40})\." + re.escape(LINK_DOMAIN))
NO_ADDRESSES = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
SESSION_LIMIT = timedelta(hours=24)
_PURPOSES = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}


def meter_of_name(name: str) -> bytes | None:
    """The meter id (20 bytes) of its DNS name; None for any other name."""
    found = NAME.fullmatch(name)
    return bytes.fromhex(found[1]) if found else None


def point_of(key: object) -> bytes:
    """x and y (64 bytes) of a P-256 public key; CertificateInvalid for any other."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise CertificateInvalid("certificate of another kind of key, expected P-256")
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def permitted_meter(extensions: x509.Extensions) -> bytes | None:
    """The meter of the one name that the constraints permit; None if they permit others."""
    try:
        found = extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return None
    permitted = found.value.permitted_subtrees or []
    if not found.critical or len(permitted) != 1 or not isinstance(permitted[0], x509.DNSName):
        return None
    return meter_of_name(permitted[0].value)


def device_meter(certificate: x509.Certificate) -> bytes:
    """The meter of a device's CA certificate; NotADevice, CertificateInvalid."""
    point_of(certificate.public_key())
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        meter = permitted_meter(certificate.extensions)
    except (ValueError, x509.ExtensionNotFound) as error:
        raise CertificateInvalid(f"certificate cannot be read: {error}") from error
    if not basic.ca or basic.path_length != 0 or meter is None:
        raise NotADevice("it signs no sessions of one meter alone, expected a device's certificate")
    return meter


def session_meter(certificate: x509.Certificate, device: bytes) -> bytes:
    """The meter of a session certificate below the one of `device`; PeerRefused."""
    point_of(certificate.public_key())
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise CertificateInvalid(f"certificate cannot be read: {error}") from error
    if list(names) != [x509.DNSName(link_name(device))]:
        raise NameOutside(f"it does not name meter 0x{device.hex()} alone, as the one above it")
    if not _PURPOSES.issubset(usage):
        raise WrongPurpose("it is not for both ends of a connection")
    if certificate.not_valid_after_utc - certificate.not_valid_before_utc > SESSION_LIMIT:
        raise CertificateInvalid(f"it is valid for longer than a session may be ({SESSION_LIMIT})")
    return device


def authority(
    key: ec.EllipticCurvePrivateKey, common_name: str, start: datetime, end: datetime
) -> x509.Certificate:
    """A self-signed authority: path length 1, names of meters only."""
    name = _name(common_name)
    constraints = x509.NameConstraints([x509.DNSName(LINK_DOMAIN)], _addresses())
    return (
        _builder(name, name, key.public_key(), key.public_key(), start, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(lists=True), critical=True)
        .add_extension(constraints, critical=True)
        .sign(key, hashes.SHA256())
    )


def device(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    request: x509.CertificateSigningRequest,
    meter: bytes,
    start: datetime,
    end: datetime,
) -> x509.Certificate:
    """A device's CA certificate: of a request only the name and the key are taken."""
    key = request.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    constraints = x509.NameConstraints([x509.DNSName(link_name(meter))], _addresses())
    above = issuer_key.public_key()
    return (
        _builder(request.subject, issuer.subject, key, above, start, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(lists=False), critical=True)
        .add_extension(constraints, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    start: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    own, above = link_key_id(point_of(key)), link_key_id(point_of(issuer_key))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier(own), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier(above, None, None), critical=False)
    )


def _addresses() -> list[x509.GeneralName]:
    """No certificate below may name an IP address."""
    return [x509.IPAddress(network) for network in NO_ADDRESSES]


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Evlock"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, lists: bool) -> x509.KeyUsage:
    """Of an authority, which also signs revocation lists, or of a device, which signs proofs."""
    return x509.KeyUsage(
        digital_signature=not lists,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=lists,
        encipher_only=False,
        decipher_only=False,
    )
