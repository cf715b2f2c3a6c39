"""Certificates and keys in PEM form: read with an error that names the file, and written."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from normal_world.link.errors import FileMissing, FileUnreadable


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of the file; FileMissing, FileUnreadable."""
    try:
        certificate = x509.load_pem_x509_certificate(read(path))
        certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, x509.ExtensionNotFound) as error:
        raise FileUnreadable(f"{path} is no certificate of ours in PEM form: {error}") from error
    return certificate


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """An unencrypted P-256 key; FileMissing, FileUnreadable."""
    try:
        key = serialization.load_pem_private_key(read(path), password=None)
    except (ValueError, TypeError) as error:
        raise FileUnreadable(f"{path} is no unencrypted private key in PEM form") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise FileUnreadable(f"{path} holds another kind of key, expected P-256")
    return key


def read(path: Path) -> bytes:
    """The file's bytes; FileMissing, FileUnreadable."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileMissing(f"{path} does not exist") from None
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from error


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def list_pem(revoked: x509.CertificateRevocationList) -> bytes:
    return revoked.public_bytes(serialization.Encoding.PEM)


def request_pem(der: bytes) -> bytes:
    return x509.load_der_x509_csr(der).public_bytes(serialization.Encoding.PEM)
