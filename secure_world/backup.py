"""A backup: the account key, sealed so that only the owner's key, which is elsewhere, opens it.

Z         = ECDH(ephemeral key, owner's key): SHA-256 of the compressed point (secp256k1)
key       = HKDF-SHA256(Z, salt = ephemeral point ‖ owner's point, info = CONTEXT)
sealed    = ephemeral point (33) ‖ nonce (12) ‖ AES-256-GCM(key, nonce, account key, CONTEXT)
CONTEXT   = "Evlock backup 1: account key" ‖ account (20) ‖ owner (20)

Sealing happens in a child, opening off the device: both import `cryptography`.
"""

from coincurve import PrivateKey, PublicKey

from secure_world import derivation, entropy
from secure_world.commands import Backup
from secure_world.errors import BackupInvalid
from secure_world.keys import address_of

POINT_BYTES, NONCE_BYTES, TAG_BYTES, KEY_BYTES = 33, 12, 16, 32
SEALED_BYTES = POINT_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES
_PURPOSE = b"Evlock backup 1: account key"


def seal(account_key: bytes, owner_key: bytes) -> Backup:
    """The account key (32 bytes) for the owner's public key (33 bytes). Only in a child."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    account = address_of(PrivateKey(account_key).public_key)
    owner = address_of(PublicKey(owner_key))
    ephemeral, nonce = PrivateKey(derivation.meter_key()), entropy.random_bytes(NONCE_BYTES)
    point = ephemeral.public_key.format()
    context = _PURPOSE + account + owner
    key = _derive(ephemeral.ecdh(owner_key), point + owner_key, context)
    return Backup(account, owner, point + nonce + AESGCM(key).encrypt(nonce, account_key, context))


def open_backup(backup: Backup, owner_secret: bytes) -> bytes:
    """The account key (32 bytes), by the owner's secret key. Raises BackupInvalid."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret, sealed = PrivateKey(owner_secret), backup.sealed
    owner_key = secret.public_key.format()
    if address_of(secret.public_key) != backup.owner:
        found = address_of(secret.public_key).hex()
        raise BackupInvalid(f"owner key of 0x{found}, expected that of 0x{backup.owner.hex()}")
    if len(sealed) != SEALED_BYTES:
        raise BackupInvalid(f"sealed: {len(sealed)} bytes, expected {SEALED_BYTES}")
    point, nonce = sealed[:POINT_BYTES], sealed[POINT_BYTES : POINT_BYTES + NONCE_BYTES]
    context = _PURPOSE + backup.account + backup.owner
    try:
        key = _derive(secret.ecdh(point), point + owner_key, context)
        opened = AESGCM(key).decrypt(nonce, sealed[POINT_BYTES + NONCE_BYTES :], context)
        account = address_of(PrivateKey(opened).public_key)
    except (InvalidTag, ValueError) as error:  # ValueError: no point of the curve
        raise BackupInvalid("sealed: was changed, expected as the device made it") from error
    if account != backup.account:
        raise BackupInvalid(f"key of 0x{account.hex()}, expected of 0x{backup.account.hex()}")
    return opened


def _derive(shared: bytes, salt: bytes, context: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=context).derive(shared)
