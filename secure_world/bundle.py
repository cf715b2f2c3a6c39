"""The four secrets of a device. They are made, and their points computed, only in children."""

from typing import Annotated

from secure_world import derivation
from secure_world.entropy import random_bytes
from secure_world.fields import Octets, Uint
from secure_world.message import Message, RatedPower, SecretKey

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2

Point64 = Annotated[bytes, Octets(64)]  # P-256: x, y


class Bundle(Message):
    """What the vault seals: scalars of secp256k1 (account, meter) and of P-256 (the others)."""

    account_key: SecretKey
    meter_key: SecretKey
    attestation_secret: SecretKey
    link_secret: SecretKey


class NewKeys(Message):
    """Effect of provision and restore: the secrets, their public points, and all of it sealed."""

    account_key: SecretKey
    meter_key: SecretKey
    attestation_secret: SecretKey
    link_secret: SecretKey
    attestation_key: Point64
    link_key: Point64
    parcel: Annotated[bytes, Octets(1024, shorter=True)]  # vault.seal's, for vault.keep
    rated_power_w: RatedPower
    stage: Annotated[int, Uint(8, low=1, high=2)]  # Stage: PENDING or PROVISIONED


def new(account_key: bytes) -> Bundle:
    """A bundle around an account key; the other secrets are random."""
    return Bundle(account_key, derivation.meter_key(), p256_secret(), p256_secret())


def p256_secret() -> bytes:
    """Random, uniform in 1…order-1. Raises ENTROPY."""
    while True:
        secret = random_bytes(32)
        if 0 < int.from_bytes(secret, "big") < P256_ORDER:
            return secret


def p256_point(secret: bytes) -> bytes:
    """x and y (32 bytes each) of a P-256 secret's public point."""
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
