"""Quotes: what a device says of itself, under its attestation key (P-256, SHA-256).

preimage = RLP [ "Evlock quote 1", every field of Quote but the signature, in their order ]
"""

from secure_world import rlp
from secure_world.commands import Quote
from secure_world.errors import SignatureInvalid

_PURPOSE = b"Evlock quote 1"


def preimage(quote: Quote) -> bytes:
    """What ECDSA with SHA-256 signs. Raises FieldInvalid."""
    return rlp.encode([_PURPOSE, *quote.to_rlp()[:-1]])


def sign(secret: bytes, message: bytes) -> bytes:
    """r and s (32 bytes each) under a P-256 secret, by RFC 6979. Only in a child."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify_quote(quote: Quote, point: bytes) -> None:
    """Raises SignatureInvalid unless the holder of `point` (x, y: 64 bytes) made this quote.

    For the normal world: imports `cryptography`. Whether the nonce, the measurement and the rest
    are those expected is for the caller to say.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + point)
    except ValueError as error:
        raise SignatureInvalid("attestation key: expected x and y of a P-256 point") from error
    r, s = (int.from_bytes(part, "big") for part in (quote.signature[:32], quote.signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), preimage(quote), ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise SignatureInvalid("quote: not signed by this attestation key, or altered") from error
