"""Which PINs are too easy, and how one is hashed. Only in a child: scrypt takes 16 MiB."""

from hashlib import scrypt
from hmac import compare_digest
from itertools import pairwise

from secure_world.entropy import random_bytes
from secure_world.errors import ErrorCode, SecureWorldRefused

SHORTEST = 6
SALT_BYTES, KEY_BYTES = 16, 32
HASH_BYTES = SALT_BYTES + KEY_BYTES
_COST, _BLOCK = 2**14, 8  # 16 MiB


def check_strength(pin: str) -> None:
    """Raises SecureWorldRefused: PIN-WEAK."""
    if len(pin) < SHORTEST:
        raise _weak(f"{len(pin)} characters")
    steps = {ord(after) - ord(before) for before, after in pairwise(pin)}
    if pin.isdecimal():
        steps = {(step + 1) % 10 - 1 for step in steps}  # 0 follows 9
    if steps in ({0}, {1}, {-1}):
        raise _weak("all the same, or one run up or down")


def hashed(pin: str) -> bytes:
    """Fresh salt, then scrypt."""
    salt = random_bytes(SALT_BYTES)
    return salt + _stretched(pin, salt)


def matches(stored: bytes, pin: str) -> bool:
    """Whether `stored` is a hash of this PIN; takes the same time either way."""
    return compare_digest(_stretched(pin, stored[:SALT_BYTES]), stored[SALT_BYTES:])


def _stretched(pin: str, salt: bytes) -> bytes:
    return scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=1, dklen=KEY_BYTES)


def _weak(text: str) -> SecureWorldRefused:
    expected = f"expected at least {SHORTEST} characters, neither all the same nor one run"
    return SecureWorldRefused(ErrorCode.PIN_WEAK, f"new PIN: {text}, {expected}")
