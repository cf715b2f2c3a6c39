"""Identities that no node should accept: certificates and signatures gone wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from normal_world.link import pem, pki, revoking
from normal_world.link.certificates import point_of
from normal_world.link.link import Identity
from secure_world.protocol import SignLink, link_key_id, link_name
from tests.link.signer import Signer
from tests.link.support import BUYER, STRANGER, Authority

DAY_S = 86_400
BOTH = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


@dataclass
class World:
    """Two authorities of one name."""

    authority: Authority
    other: Authority

    @property
    def ca(self) -> Path:
        return self.authority.folder / pki.CA

    def place(self, device: x509.Certificate) -> Path:
        """device.pem with this certificate."""
        path = self.authority.place() / pki.DEVICE
        path.write_bytes(pem.certificate_pem(device))
        return path


def _key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    return link_key_id(point_of(key))


def certificate(
    issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey],
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    span_s: tuple[int, int] = (-DAY_S // 2, DAY_S // 2),
) -> x509.Certificate:
    """Whatever the forger wishes."""
    above = x509.AuthorityKeyIdentifier(_key_id(issuer[1].public_key()), None, None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0])
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) + timedelta(seconds=span_s[0]))
        .not_valid_after(datetime.now(UTC) + timedelta(seconds=span_s[1]))
        .add_extension(x509.SubjectKeyIdentifier(_key_id(key)), critical=False)
        .add_extension(above, critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer[1], hashes.SHA256())


def usage(**bits: bool) -> x509.KeyUsage:
    """No bit but those given."""
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**dict.fromkeys(names, False) | bits)


def forged_device(
    world: World,
    signer: Signer,
    *,
    basic: x509.BasicConstraints | None = None,
    signs: bool = True,
    permitted: str | None = None,
    critical: bool = True,
) -> Identity:
    """A device's certificate as the authority would not make it."""
    issuer, issuer_key = pki.read_authority(world.authority.folder)
    names = [x509.DNSName(link_name(signer.meter) if permitted is None else permitted)]
    basic = basic or x509.BasicConstraints(ca=True, path_length=0)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (basic, True),
        (usage(key_cert_sign=signs, digital_signature=True), True),
    ]
    if permitted != "":
        extensions.append((x509.NameConstraints(names, None), critical))
    subject = signer.request().csr.subject
    made = certificate((issuer.subject, issuer_key), subject, signer.key.public_key(), extensions)
    return Identity(world.ca, world.place(made), signer)


class Forger(Signer):
    """Session certificates as a secure world would not make them; its link key has leaked."""

    def __init__(
        self,
        meter: bytes,
        *,
        names: Sequence[x509.GeneralName] | None = None,
        purposes: Sequence[x509.ObjectIdentifier] = BOTH,
        span_s: tuple[int, int] = (-DAY_S // 2, DAY_S // 2),
    ) -> None:
        super().__init__(meter)
        self.issuer = self.request().csr.subject
        self.names = names or [x509.DNSName(link_name(meter))]
        self.purposes, self.span_s = purposes, span_s

    def certify(self, key: ec.EllipticCurvePublicKey, start_s: int, end_s: int) -> bytes:
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (usage(digital_signature=True), True),
            (x509.SubjectAlternativeName(self.names), False),
        ]
        if self.purposes:
            extensions.append((x509.ExtendedKeyUsage(self.purposes), False))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")])
        made = certificate((self.issuer, self.key), subject, key, extensions, self.span_s)
        return made.public_bytes(Encoding.DER)


class Borrower(Signer):
    """Has the certificate of one device, and sessions and signatures of another."""

    def __init__(self, shown: Signer, used: Signer) -> None:
        super().__init__(shown.meter)
        self.key, self.used = shown.key, used

    def certify(self, key: ec.EllipticCurvePublicKey, start_s: int, end_s: int) -> bytes:
        return self.used.certify(key, start_s, end_s)


class Liar(Signer):
    """Signs, but something else than this connection."""

    def __init__(self, meter: bytes, kind: str) -> None:
        super().__init__(meter)
        self.kind = kind

    def signature(self, link: SignLink) -> bytes:
        fields = {name: getattr(link, name) for name in SignLink.__annotations__}
        if self.kind == "role":
            fields["server"] = not link.server
        elif self.kind == "key":
            return Signer(self.meter).signature(link)
        elif self.kind == "nothing":
            return bytes(64)
        elif self.kind == "most":
            return b"\xff" * 64
        else:
            fields[self.kind] = b"\x5a" * 32
        return super().signature(SignLink(**fields))


# -- who is refused ----------------------------------------------------------------------------


def other_ca(world: World) -> Identity:
    return world.other.node(BUYER, ca=world.ca)


def expired(world: World) -> Identity:
    return world.authority.node(BUYER, signer=Forger(BUYER, span_s=(-DAY_S, -60)))


def not_yet(world: World) -> Identity:
    return world.authority.node(BUYER, signer=Forger(BUYER, span_s=(3600, DAY_S)))


def too_long(world: World) -> Identity:
    return world.authority.node(BUYER, signer=Forger(BUYER, span_s=(-60, DAY_S)))


def stranger(world: World) -> Identity:
    return world.authority.node(STRANGER)


def device_is_no_authority(world: World) -> Identity:
    no = x509.BasicConstraints(ca=False, path_length=None)
    return forged_device(world, Signer(BUYER), basic=no, signs=False)


def device_may_sign_authorities(world: World) -> Identity:
    basic = x509.BasicConstraints(ca=True, path_length=None)
    return forged_device(world, Signer(BUYER), basic=basic)


def device_of_all_meters(world: World) -> Identity:
    return forged_device(world, Signer(BUYER), permitted="meter.evlock.internal")


def device_without_constraint(world: World) -> Identity:
    return forged_device(world, Signer(BUYER), permitted="")


def device_with_soft_constraint(world: World) -> Identity:
    return forged_device(world, Signer(BUYER), critical=False)


def revoked_device(world: World) -> Identity:
    made = world.authority.node(BUYER)
    revoking.revoke(world.authority.folder, [pem.read_certificate(made.device)], 1)
    return made


def session_of_another_device(world: World) -> Identity:
    """Of the same meter: its name is right, the key above is not."""
    return world.authority.node(BUYER, signer=Borrower(Signer(BUYER), Signer(BUYER)))


def outside_the_names(world: World) -> Identity:
    """The device STRANGER says that it is BUYER."""
    names = [x509.DNSName(link_name(BUYER))]
    return world.authority.node(STRANGER, signer=Forger(STRANGER, names=names))


def below_the_name(world: World) -> Identity:
    """OpenSSL lets names below the permitted one pass."""
    names = [x509.DNSName("x." + link_name(BUYER))]
    return world.authority.node(BUYER, signer=Forger(BUYER, names=names))


def two_names(world: World) -> Identity:
    names = [x509.DNSName(link_name(BUYER)), x509.UniformResourceIdentifier("evlock:x")]
    return world.authority.node(BUYER, signer=Forger(BUYER, names=names))


def wrong_purpose(world: World) -> Identity:
    code = Forger(BUYER, purposes=[ExtendedKeyUsageOID.CODE_SIGNING])
    return world.authority.node(BUYER, signer=code)


def no_purpose(world: World) -> Identity:
    return world.authority.node(BUYER, signer=Forger(BUYER, purposes=[]))


def made_by_a_session(world: World) -> Identity:
    """A session key that signs further certificates: it is shown as if it were a device."""
    honest, below = Signer(BUYER), Signer(BUYER)
    session = x509.load_der_x509_certificate(honest.certify(below.key.public_key(), 0, 2 * 10**9))
    return Identity(world.ca, world.place(session), below)


def directly_below_the_authority(world: World) -> Identity:
    """The authority itself has certified a session: no device stands behind it."""
    issuer, key = pki.read_authority(world.authority.folder)
    signer = Forger(BUYER)
    signer.key, signer.issuer = key, issuer.subject
    return Identity(world.ca, world.place(issuer), signer)
