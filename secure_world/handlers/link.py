"""The link identity's commands. They run in children, which alone load `cryptography`."""

from typing import TYPE_CHECKING

from secure_world.commands import (
    Empty,
    LinkRequest,
    LinkSession,
    LinkSignature,
    SessionCertificate,
    SignLink,
)
from secure_world.device import Device
from secure_world.errors import ErrorCode, FieldInvalid, SecureWorldRefused
from secure_world.link_identity import link_statement
from secure_world.parent import Parent

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec


def link_request(device: Device, _: Empty, __: Parent) -> LinkRequest:
    """A request for the device's CA certificate."""
    keys = device.signing_keys
    from secure_world.link_certificates import certificate_request

    return LinkRequest(certificate_request(keys.link_secret, keys.meter))


def link_session(device: Device, request: LinkSession, _: Parent) -> SessionCertificate:
    """A session certificate for a key of the normal world. Refused: LINK-KEY."""
    keys, key = device.signing_keys, _public(request.key)
    from secure_world.link_certificates import LAST_S, session_certificate

    end_s = request.not_before_s + request.lifetime_s
    if end_s > LAST_S:
        raise FieldInvalid(f"not_before_s: {request.not_before_s}, expected an end by {LAST_S}")
    made = session_certificate(keys.link_secret, keys.meter, key, request.not_before_s, end_s)
    return SessionCertificate(made)


def sign_link(device: Device, request: SignLink, _: Parent) -> LinkSignature:
    """The link identity's word for one connection (RFC 6979)."""
    secret = device.signing_keys.link_secret
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = utils.decode_dss_signature(key.sign(link_statement(request), algorithm))
    return LinkSignature(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _public(point: bytes) -> "ec.EllipticCurvePublicKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + point)
    except ValueError:
        text = "key: not a point of P-256, expected x and y of a public key"
        raise SecureWorldRefused(ErrorCode.LINK_KEY, text) from None
