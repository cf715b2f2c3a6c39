"""The certificates of the link that the secure world makes; only children load this.

The device's CA certificate (P-256, path length 0) may name this meter and nobody else. It is
the operator who signs it; here is the request for it, and the short certificates below it.
"""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from secure_world.entropy import random_bytes
from secure_world.link_identity import link_key_id, link_name

LAST_S = 253_402_300_799  # 9999-12-31T23:59:59Z, the last moment that X.509 can say
_PURPOSES = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]


def certificate_request(secret: bytes, meter: bytes) -> bytes:
    """PKCS #10 (DER) for the CA certificate of this link key (32 bytes) and meter (20 bytes)."""
    permitted = x509.NameConstraints([x509.DNSName(link_name(meter))], None)
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_device_name(meter))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(permitted, critical=True)
        .sign(_private(secret), hashes.SHA256(), ecdsa_deterministic=True)
    )
    return made.public_bytes(Encoding.DER)


def session_certificate(
    secret: bytes, meter: bytes, key: ec.EllipticCurvePublicKey, not_before_s: int, end_s: int
) -> bytes:
    """DER, valid from Unix time `not_before_s` to `end_s`, both at most LAST_S."""
    issuer = _private(secret)
    above = x509.AuthorityKeyIdentifier(_key_id(issuer.public_key()), None, None)
    names = x509.SubjectAlternativeName([x509.DNSName(link_name(meter))])
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(link_name(meter)))
        .issuer_name(_device_name(meter))
        .public_key(key)
        .serial_number(_serial())
        .not_valid_before(_moment(not_before_s))
        .not_valid_after(_moment(end_s))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
        .add_extension(names, critical=False)
        .add_extension(x509.SubjectKeyIdentifier(_key_id(key)), critical=False)
        .add_extension(above, critical=False)
        .sign(issuer, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return made.public_bytes(Encoding.DER)


def _private(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())


def _key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return link_key_id(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))


def _device_name(meter: bytes) -> x509.Name:
    return _name(f"Evlock meter 0x{meter.hex()}")


def _name(common_name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Evlock")
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _serial() -> int:
    """Positive, of at most 20 bytes (RFC 5280 §4.1.2.2)."""
    return 1 + int.from_bytes(random_bytes(19), "big")


def _moment(time_s: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time_s)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
