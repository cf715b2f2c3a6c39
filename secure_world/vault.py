"""The private keys at rest: AES-256-GCM under a key from the device secret.

The device secret is a file beside the state (0600). That keeps the keys out of a copied database
or backup; it does nothing against a copy of the whole card (docs/threat-model.md).
The cipher's library takes 20 MiB, so sealing and unsealing happen in children.
"""

import os
import socket
from pathlib import Path

from secure_world import durable
from secure_world.child import Child
from secure_world.errors import StateUnreadable

SECRET_BYTES = 32
_NONCE_BYTES = 12
_PURPOSE = b"Evlock secured: account and meter key, version 1"


def device_secret(path: Path) -> bytes:
    """The device secret, made on first use. Raises StateUnreadable if it is damaged."""
    if not path.exists():
        durable.write_file(path, os.getrandom(SECRET_BYTES))
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise StateUnreadable(f"{path}: {len(secret)} bytes, expected {SECRET_BYTES}")
    return secret


def seal(secret: bytes, plain: bytes) -> bytes:
    """Nonce and ciphertext. Only in a child: imports `cryptography`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.getrandom(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret)).encrypt(nonce, plain, _PURPOSE)


def unseal(secret: bytes, sealed: bytes) -> bytes:
    """What was sealed. Raises cryptography's InvalidTag. Only in a child."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(_key(secret)).decrypt(nonce, body, _PURPOSE)


def unseal_in_child(path: Path, sealed: bytes) -> bytes:
    """What was sealed under the secret at `path`. Raises StateUnreadable."""
    if not path.exists():
        raise StateUnreadable(f"{path}: missing, expected the secret that the keys are sealed with")
    secret = device_secret(path)

    def work(channel: socket.socket) -> None:
        channel.send(unseal(secret, sealed))

    child = Child(work)
    plain = child.receive()
    if not child.end() or not plain:
        raise StateUnreadable(f"{path}: does not open the sealed keys, expected the same device")
    return plain


def _key(secret: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret)
