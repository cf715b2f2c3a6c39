"""The cryptography of keys at rest. Software home, and only in children: imports `cryptography`.

root      = HKDF-Extract(device secret ‖ passphrase key, if there is a passphrase)
slot key  = HKDF-Expand(root, "Evlock slot 1" ‖ measurement): opens the keys' key, for this code
keys' key = 32 random bytes, made with the keys: opens the bundle of secrets
A box is a random nonce of 12 bytes and AES-256-GCM, bound to what it is by its associated data.
"""

import hmac
import os
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
SALT_BYTES = 16
_NONCE_BYTES = 12
_SLOT, _KEYS = b"Evlock slot 1", b"Evlock keys 2"
_VERSION_2 = b"Evlock secured: account and meter key, version 1"  # of state version 2 and before
_SCRYPT_COST = 1 << 16  # 64 MiB for a moment: who has a copy of the card guesses at this price


class BoxClosed(Exception):
    """Another key, or bytes that were changed."""


def extract(secret: bytes) -> bytes:
    """HKDF-Extract with SHA-256 and no salt (RFC 5869, 2.2)."""
    return hmac.digest(bytes(sha256().digest_size), secret, sha256)


def expand(root: bytes, info: bytes, size: int = KEY_BYTES) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869, 2.3)."""
    block, output = b"", b""
    for number in range(1, -(-size // sha256().digest_size) + 1):
        block = hmac.digest(root, block + info + bytes([number]), sha256)
        output += block
    return output[:size]


def prepare() -> None:
    """Load the cipher: what follows is quick."""
    _cipher(bytes(KEY_BYTES))


def new_key() -> bytes:
    """A random keys' key. Raises SecureWorldRefused: ENTROPY."""
    from secure_world import entropy

    return entropy.random_bytes(KEY_BYTES)


def root_key(secret: bytes, passphrase_key: bytes = b"") -> bytes:
    """The root of a device secret, and of the passphrase if there is one."""
    return extract(secret + passphrase_key)


def passphrase_key(passphrase: str, salt: bytes) -> bytes:
    """scrypt (RFC 7914) over the passphrase in its one Unicode form (NFKD)."""
    import unicodedata
    from hashlib import scrypt

    secret = unicodedata.normalize("NFKD", passphrase).encode()
    most = _SCRYPT_COST * 8 * 128 + (1 << 20)
    return scrypt(secret, salt=salt, n=_SCRYPT_COST, r=8, p=1, maxmem=most, dklen=KEY_BYTES)


def wrap(root: bytes, measurement: bytes, version: int, key: bytes) -> bytes:
    """The keys' key for code of this measurement and manifest version."""
    slot_key, bound = _slot(root, measurement, version)
    return close_box(slot_key, key, bound)


def unwrap(root: bytes, measurement: bytes, version: int, wrapped: bytes) -> bytes:
    """The keys' key. Raises BoxClosed: another device, passphrase, measurement or version."""
    slot_key, bound = _slot(root, measurement, version)
    return open_box(slot_key, wrapped, bound)


def seal_keys(key: bytes, plain: bytes) -> bytes:
    """The bundle under the keys' key."""
    return close_box(key, plain, _KEYS)


def open_keys(key: bytes, sealed: bytes) -> bytes:
    """The bundle. Raises BoxClosed."""
    return open_box(key, sealed, _KEYS)


def open_version_2(secret: bytes, sealed: bytes) -> bytes:
    """Account and meter key (32 bytes each) as state version 2 sealed them. Raises BoxClosed."""
    return open_box(expand(extract(secret), _VERSION_2), sealed, _VERSION_2)


def close_box(key: bytes, plain: bytes, bound: bytes) -> bytes:
    """Nonce and AES-256-GCM of `plain`, which opens only with the same `bound`."""
    nonce = os.getrandom(_NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plain, bound)


def open_box(key: bytes, box: bytes, bound: bytes) -> bytes:
    """What was closed in. Raises BoxClosed."""
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:  # ValueError: too short to be a box
        raise BoxClosed from error


def _slot(root: bytes, measurement: bytes, version: int) -> tuple[bytes, bytes]:
    name = _SLOT + measurement
    return expand(root, name), name + version.to_bytes(4, "big")


def _cipher(key: bytes) -> "AESGCM":
    """AES-256-GCM: the class behind the public one, for the public module loads 5 ms of others."""
    try:
        from cryptography.hazmat.bindings._rust import openssl

        return openssl.aead.AESGCM(key)
    except (ImportError, AttributeError):  # another version of the library
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(key)
