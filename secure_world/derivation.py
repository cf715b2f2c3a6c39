"""Entropy → mnemonic → seed → account key. Only in a child: the libraries are big."""

from secure_world.entropy import random_bytes
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.keys import ORDER

PATH = "m/44'/8217'/0'/0/0"  # SLIP-44: 8217 is Kaia


def new_mnemonic(words: int) -> str:
    """BIP-39: every three words carry 32 random bits. Raises ENTROPY."""
    from mnemonic import Mnemonic

    return Mnemonic("english").to_mnemonic(random_bytes(words // 3 * 4))


def check_mnemonic(mnemonic: str) -> None:
    """Refuses words that are not BIP-39's English ones, and a checksum that does not fit."""
    from mnemonic import Mnemonic

    if not Mnemonic("english").check(mnemonic):
        text = "expected 12 to 24 lower-case English BIP-39 words, one space between, right order"
        raise SecureWorldRefused(ErrorCode.MNEMONIC, text)


def account_key(mnemonic: str, passphrase: str) -> bytes:
    """BIP-39 seed, then BIP-32 along PATH (BIP-44)."""
    from bip_utils import Bip32Slip10Secp256k1
    from mnemonic import Mnemonic

    seed = Mnemonic.to_seed(mnemonic, passphrase)
    key: bytes = Bip32Slip10Secp256k1.FromSeed(seed).DerivePath(PATH).PrivateKey().Raw().ToBytes()
    return key


def meter_key() -> bytes:
    """Device-random, uniform in 1…ORDER-1. Raises ENTROPY."""
    while True:
        key = random_bytes(32)
        if 0 < int.from_bytes(key, "big") < ORDER:
            return key
