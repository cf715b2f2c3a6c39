"""Certificates that no node should accept."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from normal_world.link.certificates import URI_PREFIX
from normal_world.link.link import Credentials
from tests.link.support import (
    BUYER,
    SELLER,
    STRANGER,
    Authority,
)

PAST = datetime.now(UTC) - timedelta(days=3)
FUTURE = datetime.now(UTC) + timedelta(days=3)


@dataclass
class World:
    """Two authorities of one name, and a folder for forgeries."""

    authority: Authority
    other: Authority
    folder: Path

    @property
    def ca(self) -> Path:
        return self.authority.folder / "ca.pem"

    def forge(
        self,
        issuer: tuple[Path, Path],
        *,
        purpose: x509.ObjectIdentifier | None = None,
        host: str = "forged.evlock.internal",
        uris: tuple[str, ...] = (URI_PREFIX + BUYER.hex(),),
        chain: Path | None = None,
    ) -> Credentials:
        """A certificate that pki.py would not make; for BUYER unless `uris` says otherwise."""
        above = x509.load_pem_x509_certificate(issuer[0].read_bytes())
        above_key = serialization.load_pem_private_key(issuer[1].read_bytes(), None)
        assert isinstance(above_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        names += [x509.UniformResourceIdentifier(uri) for uri in uris]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]))
            .issuer_name(above.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(above_key.public_key()), False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        made = builder.sign(above_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        certificate, key_file = self.folder / "forged.pem", self.folder / "forged.key"
        certificate.write_bytes(made + (chain.read_bytes() if chain else b""))
        key_file.touch(mode=0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return Credentials(self.ca, certificate, key_file)

    def by_authority(self) -> tuple[Path, Path]:
        return self.ca, self.authority.folder / "ca.key"


def other_ca(world: World) -> Credentials:
    return world.other.node(BUYER, ca=world.ca)


def expired(world: World) -> Credentials:
    return world.authority.node(BUYER, start=PAST)


def not_yet(world: World) -> Credentials:
    return world.authority.node(BUYER, start=FUTURE)


def stranger(world: World) -> Credentials:
    return world.authority.node(STRANGER)


def no_meter(world: World) -> Credentials:
    return world.authority.node(None)


def made_by_a_node(world: World) -> Credentials:
    node = world.authority.node(BUYER)
    return world.forge((node.certificate, node.key), chain=node.certificate)


def outside_the_names(world: World) -> Credentials:
    return world.forge(world.by_authority(), host="bank.example")


def wrong_purpose(world: World) -> Credentials:
    return world.forge(world.by_authority(), purpose=ExtendedKeyUsageOID.CODE_SIGNING)


def two_meters(world: World) -> Credentials:
    both = (URI_PREFIX + BUYER.hex(), URI_PREFIX + SELLER.hex())
    return world.forge(world.by_authority(), uris=both)


def misspelt_meter(world: World) -> Credentials:
    return world.forge(world.by_authority(), uris=(URI_PREFIX + BUYER.hex() + "00",))
