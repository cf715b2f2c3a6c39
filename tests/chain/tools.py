"""Accounts, a signer that behaves as the secure world does, and a contract that counts."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from normal_world.chain.client import Chain
from normal_world.chain.devchain.engine import ADDRESSES
from normal_world.chain.transaction import sign
from tests.chain.words import word

RICH = "0x" + ADDRESSES[0].hex()
ETHER = 10**18
_numbers = itertools.count(1)

# counts[calldata word] += 1; without calldata: revert without a reason.
#   CALLDATASIZE PUSH1 08 JUMPI PUSH0 PUSH0 REVERT STOP JUMPDEST
#   PUSH0 CALLDATALOAD DUP1 SLOAD PUSH1 01 ADD SWAP1 SSTORE STOP
COUNTER = bytes.fromhex("366008575f5ffd005b" + "5f358054600101905500")


class SignerRefused(Exception):
    """What the secure world answers when it will not sign."""

    code = "NONCE-USED"


def deploying(runtime: bytes) -> bytes:
    """Creation code that leaves `runtime` (up to 255 bytes): CODECOPY and RETURN."""
    return bytes.fromhex(f"60{len(runtime):02x}80600a5f395ff3fe") + runtime


def deploy(chain: Chain, runtime: bytes) -> str:
    """Address of a new contract with that code."""
    wish = {"from": RICH, "data": "0x" + deploying(runtime).hex()}
    transaction = chain.rpc("eth_sendTransaction", wish)
    mine(chain)
    receipt = chain.receipt(transaction)
    assert receipt is not None
    assert receipt.contract is not None
    return receipt.contract


def mine(chain: Chain, blocks: int = 1) -> None:
    for _ in range(blocks):
        chain.rpc("evm_mine")


def count(chain: Chain, counter: str, number: int) -> int:
    """How often `number` was counted, as the latest block has it."""
    return int(chain.rpc("eth_getStorageAt", counter, "0x" + word(number).hex(), "latest"), 16)


@dataclass
class Account:
    """A key, and the rule of the secure world: one call for one nonce, fees may only rise."""

    key: PrivateKey = field(
        default_factory=lambda: PrivateKey(keccak(text=f"tests {next(_numbers)}"))
    )
    seen: dict[int, tuple[list[Any], int]] = field(default_factory=dict)
    signatures: int = 0

    @property
    def address(self) -> str:
        return str(self.key.public_key.to_address())

    def fund(self, chain: Chain, wei: int = 10 * ETHER) -> None:
        wish = {"from": RICH, "to": self.address, "value": hex(wei)}
        chain.rpc("eth_sendTransaction", wish)
        mine(chain)

    def sign(self, unsigned: bytes) -> bytes:
        chain_id, nonce, _, fee, gas, to, value, data, _ = rlp.decode(unsigned[1:])
        number, call = int.from_bytes(nonce, "big"), [chain_id, gas, to, value, data]
        offer = int.from_bytes(fee, "big")
        known_call, known_offer = self.seen.get(number, (call, offer))
        if call != known_call or offer < known_offer:
            raise SignerRefused(f"nonce {number} was used for another payload")
        self.seen[number] = (call, offer)
        self.signatures += 1
        return sign(unsigned, self.key)
