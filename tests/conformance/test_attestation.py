"""Quotes, link identity and backups, opened and verified with public libraries only."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from coincurve import PrivateKey
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.conformance import answers, rlp
from tests.conformance.answers import Backup, Quote, named
from tests.conformance.conftest import Make
from tests.conformance.kit import ACCOUNT_KEY, OWNER, PIN, RULES, Kit
from tests.conformance.owner import Owner, Rules
from tests.conformance.rlp import Value
from tests.conformance.wire import Code, Command, Role

HEIR = Owner(b"\x79" * 32)
LINK: list[Value] = [True, b"\4" * 32, b"\5" * 32, b"\6" * 32, b"\7" * 32]


def public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + point)


def verify(point: bytes, signature: bytes, message: bytes) -> None:
    """Raises InvalidSignature."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public_key(point).verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.NODE])
def test_a_quote(kit: Kit, role: Role) -> None:
    kit.count(3, 4)
    before, nonce = kit.info(), sha256(b"fresh").digest()
    fields = kit.ask(Command.ATTEST, nonce, role=role)
    quote = named(Quote, fields)
    verify(before.attestation_key, quote.signature, rlp.encode(["Evlock quote 1", *fields[:-1]]))
    assert quote.nonce == nonce
    policy = answers.policy(kit.ask(Command.GET_POLICY))
    assert (quote.policy_version, quote.policy_digest) == (policy.version, policy.digest)
    for name in ("home", "version", "measurement", "boot_count", "meter", "tampered", "isolation"):
        assert getattr(quote, name) == getattr(before, name), name
    assert (quote.import_uwh, quote.export_uwh) == (3, 4)
    assert (quote.audit_count, quote.audit_head) == (before.audit_count, before.audit_head)
    with pytest.raises(InvalidSignature):
        altered = [*fields[:-1]]
        altered[8] = b"\xff"
        verify(before.attestation_key, quote.signature, rlp.encode(["Evlock quote 1", *altered]))


def test_the_attestation_key_stays_over_restarts_and_is_the_devices_own(
    make: Make, kit: Kit
) -> None:
    key = kit.info().attestation_key
    kit.restart()
    assert kit.info().attestation_key == key
    other = make().prepare()  # the same account, another device
    assert other.account == kit.account
    assert other.info().attestation_key != key and other.info().link_key != kit.info().link_key
    assert key != kit.info().link_key


def test_a_locked_device_gives_no_quote(kit: Kit) -> None:
    kit.ask(Command.LOCK)
    assert kit.refused(Command.ATTEST, b"\1" * 32) is Code.LOCKED
    assert kit.refused(Command.SIGN_LINK, *LINK) is Code.LOCKED


@pytest.mark.parametrize("server", [True, False])
def test_the_signature_for_a_connection(shared: Kit, server: bool) -> None:
    fields = [server, *LINK[1:]]
    (signature,) = shared.ask(Command.SIGN_LINK, *fields)
    assert isinstance(signature, bytes)
    point = shared.info().link_key
    verify(point, signature, rlp.encode(["Evlock link 1", *fields]))
    for other in ([not server, *LINK[1:]], [server, *LINK[1:4], b"\x08" * 32]):
        with pytest.raises(InvalidSignature):
            verify(point, signature, rlp.encode(["Evlock link 1", *other]))


def test_the_request_for_the_device_ca(shared: Kit) -> None:
    (der,) = shared.ask(Command.LINK_REQUEST)
    assert isinstance(der, bytes)
    request = x509.load_der_x509_csr(der)
    assert request.is_signature_valid
    assert point_of(request.public_key()) == shared.info().link_key
    constraints = request.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical and constraints.value.ca and constraints.value.path_length == 0
    names = request.extensions.get_extension_for_class(x509.NameConstraints)
    assert names.critical and len(names.value.permitted_subtrees or []) == 1


def test_session_certificates(shared: Kit) -> None:
    session = ec.generate_private_key(ec.SECP256R1())
    point, begin_s = point_of(session.public_key()), 1_800_000_000
    (der,) = shared.ask(Command.LINK_SESSION, point, begin_s, 3600)
    assert isinstance(der, bytes)
    made = x509.load_der_x509_certificate(der)
    assert point_of(made.public_key()) == point
    assert made.not_valid_before_utc == datetime.fromtimestamp(begin_s, UTC)
    assert made.not_valid_after_utc == datetime.fromtimestamp(begin_s + 3600, UTC)
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    public_key(shared.info().link_key).verify(
        made.signature, made.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256())
    )
    (request,) = shared.ask(Command.LINK_REQUEST)
    assert isinstance(request, bytes)
    names = x509.load_der_x509_csr(request).extensions.get_extension_for_class(x509.NameConstraints)
    (permitted,) = names.value.permitted_subtrees or []
    alternative = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in alternative.get_values_for_type(x509.DNSName):
        assert name == permitted.value or name.endswith("." + permitted.value)


@pytest.mark.parametrize("point", [b"\0" * 64, b"\xff" * 64, b"\1" * 64])
def test_link_keys_that_are_no_point(shared: Kit, point: bytes) -> None:
    assert shared.refused(Command.LINK_SESSION, point, 1_800_000_000, 3600) is Code.LINK_KEY


def point_of(key: object) -> bytes:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


def opened(backup: Backup, owner_key: bytes) -> bytes:
    """The account key out of a backup, by its description alone. Raises InvalidTag."""
    secret = PrivateKey(owner_key)
    point, nonce, box = backup.sealed[:33], backup.sealed[33:45], backup.sealed[45:]
    context = b"Evlock backup 1: account key" + backup.account + backup.owner
    salt = point + secret.public_key.format()
    key = HKDF(hashes.SHA256(), 32, salt=salt, info=context).derive(secret.ecdh(point))
    return AESGCM(key).decrypt(nonce, box, context)


def test_a_backup_opens_for_the_owner_only(kit: Kit) -> None:
    backup = named(Backup, kit.ask(Command.BACKUP, PIN))
    assert (backup.account, backup.owner) == (kit.account, OWNER.address)
    assert opened(backup, OWNER.key) == ACCOUNT_KEY
    assert ACCOUNT_KEY not in backup.sealed
    for wrong in (
        backup._replace(account=b"\1" * 20),
        backup._replace(owner=b"\1" * 20),
        backup._replace(sealed=backup.sealed[:-1] + bytes([backup.sealed[-1] ^ 1])),
    ):
        with pytest.raises(InvalidTag):
            opened(wrong, OWNER.key)
    with pytest.raises(InvalidTag):
        opened(backup, HEIR.key)
    again = named(Backup, kit.ask(Command.BACKUP, PIN))
    assert again.sealed[:33] != backup.sealed[:33]  # another ephemeral key


def test_a_backup_restores_the_account_and_no_meter(make: Make, kit: Kit) -> None:
    backup = named(Backup, kit.ask(Command.BACKUP, PIN))
    other = make()
    other.restore_key(opened(backup, OWNER.key))
    assert other.account == kit.account and other.meter != kit.meter


def test_a_backup_wants_a_pin_and_the_claimed_owner(blank: Kit) -> None:
    blank.prepare()
    assert blank.refused(Command.BACKUP, "wrong one") is Code.PIN_WRONG
    blank.set_policy(Rules(**{**RULES.__dict__, "owner": HEIR.address}))
    assert blank.refused(Command.BACKUP, PIN) is Code.OWNER_KEY  # sealed to nobody it does not know
