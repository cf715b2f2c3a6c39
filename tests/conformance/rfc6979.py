"""RFC 6979 with HMAC-SHA-256 on secp256k1, from the text of the RFC: slow and plain."""

import hashlib
import hmac

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Point = tuple[int, int] | None


def nonce(key: int, digest: bytes) -> int:
    """k of section 3.2, steps b to h."""
    secret = key.to_bytes(32, "big")
    reduced = (int.from_bytes(digest, "big") % N).to_bytes(32, "big")
    v, k = b"\1" * 32, b"\0" * 32
    for mark in (b"\0", b"\1"):
        k = _hmac(k, v + mark + secret + reduced)
        v = _hmac(k, v)
    while True:
        v = _hmac(k, v)
        found = int.from_bytes(v, "big")
        if 0 < found < N:
            return found
        k = _hmac(k, v + b"\0")
        v = _hmac(k, v)


def sign(key: bytes, digest: bytes) -> tuple[int, int, int]:
    """(yParity, r, s), s in the lower half (EIP-2)."""
    secret, hashed = int.from_bytes(key, "big"), int.from_bytes(digest, "big")
    k = nonce(secret, digest)
    point = _times(k, G)
    assert point is not None
    x, y = point
    r = x % N
    s = pow(k, -1, N) * (hashed + r * secret) % N
    parity = y & 1
    return (parity ^ 1, r, N - s) if s > N // 2 else (parity, r, s)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def _add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _times(number: int, point: Point) -> Point:
    found: Point = None
    while number:
        if number & 1:
            found = _add(found, point)
        point = _add(point, point)
        number >>= 1
    return found
