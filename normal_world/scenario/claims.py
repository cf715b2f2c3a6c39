"""A meter's claim, signed by a key in this process: for demonstrations, where no device is.

On a device the secure world signs claims (SIGN_CLAIM), and the meter key never leaves it.
"""

from eth_abi.abi import encode
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

EXPORT = 1
_DOMAIN = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_CLAIM = keccak(text="Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose)")


def sign_production(
    key: PrivateKey,
    *,
    chain_id: int,
    registry: str,
    consumer: str,
    interval_uwh: tuple[int, int],
    number: int,
    min_reward: int,
) -> tuple[bytes, bytes]:
    """r and vs (EIP-2098) over Claim of exported energy for a consumer, as ClaimLib checks it."""
    purpose = keccak(
        encode(["address", "uint64", "uint96"], [consumer, number, min_reward]),
    )
    meter = key.public_key.to_address()
    claim = encode(
        ["bytes32", "address", "uint8", "uint64", "uint64", "bytes32"],
        [_CLAIM, meter, EXPORT, *interval_uwh, purpose],
    )
    domain = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [_DOMAIN, keccak(text="Evlock"), keccak(text="1"), chain_id, registry],
    )
    digest = keccak(b"\x19\x01" + keccak(domain) + keccak(claim))
    signature = key.sign_msg_hash(bytes(digest))
    vs = signature.s | signature.v << 255
    return signature.r.to_bytes(32, "big"), vs.to_bytes(32, "big")
