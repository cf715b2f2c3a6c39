"""What stands in a node's certificate, and how it is built (X.509, RFC 5280; P-256).

The meter is named by one URI of the subject alternative names, `evlock:meter:0x` and forty
lower-case hexadecimal digits. RFC 5280 §4.2.1.10 lets no name constraint admit a URI without
a host, so the authority is constrained by DNS name, and barred from every IP address.
"""

import ipaddress
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from normal_world.link.errors import CertificateInvalid

URI_PREFIX = "evlock:meter:0x"
DOMAIN = "evlock.internal"  # .internal is reserved for private use (ICANN, July 2024)
NO_ADDRESSES = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]


def meter_of(certificate: x509.Certificate) -> bytes | None:
    """The meter id (20 bytes) that the certificate names; CertificateInvalid if malformed."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        raise CertificateInvalid(f"certificate cannot be read: {error}") from error
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    meters = [uri for uri in uris if uri.startswith("evlock:")]
    if not meters:
        return None
    digits = meters[0].removeprefix(URI_PREFIX)
    if len(meters) > 1 or len(digits) != 40 or not set(digits) <= set("0123456789abcdef"):
        raise CertificateInvalid(f"certificate names {meters!r}, expected one {URI_PREFIX}<40 hex>")
    return bytes.fromhex(digits)


def authority(
    key: ec.EllipticCurvePrivateKey, common_name: str, start: datetime, end: datetime
) -> x509.Certificate:
    """A self-signed authority: path length 0, DNS names under `evlock.internal` only."""
    name = _name(common_name)
    constraints = x509.NameConstraints(
        [x509.DNSName(DOMAIN)], [x509.IPAddress(network) for network in NO_ADDRESSES]
    )
    return (
        _builder(name, name, key.public_key(), key.public_key(), start, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .sign(key, hashes.SHA256())
    )


def node(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    name: str,
    meter: bytes | None,
    start: datetime,
    end: datetime,
) -> x509.Certificate:
    """A node's certificate: dials and is dialled, so it is good for client and server."""
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    names: list[x509.GeneralName] = [x509.DNSName(f"{name}.{DOMAIN}")]
    if meter is not None:
        names.append(x509.UniformResourceIdentifier(URI_PREFIX + meter.hex()))
    return (
        _builder(_name(name), issuer.subject, key, issuer_key.public_key(), start, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
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
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(above, critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Evlock"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
