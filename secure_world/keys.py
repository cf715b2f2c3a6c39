"""Keccak-256 and secp256k1: hashing, compact signatures (EIP-2098), recovery, addresses."""

from _pysha3 import keccak_256  # the public module `sha3` patches hashlib: never import that
from coincurve import PrivateKey, PublicKey

from secure_world.errors import SignatureInvalid

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2, secp256k1
_PARITY = 1 << 255


def keccak256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it (not NIST's SHA3-256)."""
    digest: bytes = keccak_256(data).digest()
    return digest


def address_of(key: PublicKey) -> bytes:
    """The last 20 bytes of the hash of the uncompressed point."""
    return keccak256(key.format(compressed=False)[1:])[12:]


def sign(key: PrivateKey, digest: bytes) -> tuple[int, int, int]:
    """(yParity, r, s) by RFC 6979 with low s: the same digest gives the same signature."""
    raw = key.sign_recoverable(digest, hasher=None)
    return raw[64], int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big")


def sign_compact(key: PrivateKey, digest: bytes) -> bytes:
    """64 bytes of EIP-2098: r, then yParity in the top bit of s."""
    raw = key.sign_recoverable(digest, hasher=None)
    return raw[:32] + bytes([raw[32] | raw[64] << 7]) + raw[33:64]


def recover(digest: bytes, signature: bytes) -> bytes:
    """Address that made an EIP-2098 signature. Raises SignatureInvalid (also for a high s)."""
    return address_of(recover_key(digest, signature))


def recover_key(digest: bytes, signature: bytes) -> PublicKey:
    """Public key that made an EIP-2098 signature. Raises SignatureInvalid (also for a high s)."""
    if len(signature) != 64:
        raise SignatureInvalid(f"signature: {len(signature)} bytes, expected 64")
    packed = int.from_bytes(signature[32:], "big")
    s = packed & (_PARITY - 1)
    if s > ORDER // 2:
        raise SignatureInvalid("signature: s in the upper half, expected the lower")
    raw = signature[:32] + s.to_bytes(32, "big") + bytes([packed >> 255])
    try:
        return PublicKey.from_signature_and_message(raw, digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception as well as ValueError
        raise SignatureInvalid("signature: not a point of secp256k1") from error
