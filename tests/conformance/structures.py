"""What is signed by EIP-712, hashed by eth_account; EIP-2098 signatures made and read."""

from typing import Any

from coincurve import PrivateKey, PublicKey
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

TYPES = {
    "Ready": [
        ("bytes32", "trade"),
        ("address", "meter"),
        ("uint64", "from"),
        ("bytes32", "selfCheck"),
    ],
    "Reading": [
        ("bytes32", "trade"),
        ("address", "meter"),
        ("uint64", "from"),
        ("uint64", "to"),
        ("uint32", "sequence"),
        ("uint8", "state"),
    ],
    "Claim": [
        ("address", "meter"),
        ("uint8", "direction"),
        ("uint64", "from"),
        ("uint64", "to"),
        ("bytes32", "purpose"),
    ],
    "Policy": [
        ("address", "device"),
        ("uint32", "version"),
        ("bytes32", "previous"),
        ("bytes32", "rules"),
    ],
}
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def digest(chain_id: int, market: bytes, name: str, *values: Any) -> bytes:
    """The 32 bytes that are signed for this structure."""
    rows = TYPES[name]
    signable = encode_typed_data(
        domain_data={
            "name": "Evlock",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": "0x" + market.hex(),
        },
        message_types={name: [{"type": kind, "name": field} for kind, field in rows]},
        message_data={
            field: "0x" + value.hex() if kind == "address" else value
            for (kind, field), value in zip(rows, values, strict=True)
        },
    )
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def purpose(consumer: bytes, reference: int, price: int) -> bytes:
    """What a claim is for."""
    kinds = ["address", "uint64", "uint96"]
    return keccak(encode(kinds, ["0x" + consumer.hex(), reference, price]))


def address(key: PublicKey) -> bytes:
    """Ethereum address of a public key."""
    return keccak(key.format(compressed=False)[1:])[12:]


def sign(key: bytes, hashed: bytes) -> bytes:
    """EIP-2098: r, then yParity in the top bit of s."""
    raw = PrivateKey(key).sign_recoverable(hashed, hasher=None)
    return raw[:32] + bytes([raw[32] | raw[64] << 7]) + raw[33:64]


def signer(hashed: bytes, signature: bytes) -> bytes:
    """Address behind an EIP-2098 signature, whose s must be low."""
    packed = int.from_bytes(signature[32:], "big")
    s = packed & ((1 << 255) - 1)
    assert len(signature) == 64 and 0 < s <= ORDER // 2
    raw = signature[:32] + s.to_bytes(32, "big") + bytes([packed >> 255])
    return address(PublicKey.from_signature_and_message(raw, hashed, hasher=None))
