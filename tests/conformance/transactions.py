"""Unsigned transactions for the wire, and the same signed by eth_account."""

from dataclasses import dataclass, replace
from typing import Any

from eth_account import Account
from eth_utils.address import to_checksum_address

from tests.conformance import rlp
from tests.conformance.owner import CHAIN, MARKET

LEGACY, DYNAMIC_FEE = 0, 2
SELECTOR = b"\xaa\xbb\xcc\xdd"


@dataclass(frozen=True)
class Tx:
    """EIP-155 (`kind` LEGACY), EIP-1559 or Kaia's; `max_fee` is the gas price if there is one."""

    nonce: int = 0
    kind: int = DYNAMIC_FEE
    chain_id: int = CHAIN
    tip: int = 1
    max_fee: int = 2
    gas: int = 100_000
    to: bytes = MARKET
    value: int = 0
    data: bytes = SELECTOR
    sender: bytes = b""  # Kaia's kinds 0x30 and 0x31 name it

    def but(self, **changes: Any) -> "Tx":
        """The same, some fields changed."""
        return replace(self, **changes)

    def items(self) -> list[rlp.Value]:
        """The fields in the order of what is signed."""
        if self.kind == LEGACY:
            head: list[rlp.Value] = [self.nonce, self.max_fee, self.gas, self.to, self.value]
            return [*head, self.data, self.chain_id, 0, 0]
        if self.kind != DYNAMIC_FEE:
            head = [self.kind, self.nonce, self.max_fee, self.gas, self.to, self.value]
            return [rlp.encode([*head, self.sender, self.data]), self.chain_id, 0, 0]
        head = [self.chain_id, self.nonce, self.tip, self.max_fee, self.gas, self.to]
        return [*head, self.value, self.data, []]

    def raw(self) -> bytes:
        """Unsigned, as it is hashed."""
        return (b"\x02" if self.kind == DYNAMIC_FEE else b"") + rlp.encode(self.items())

    def signed_by(self, key: bytes) -> bytes:
        """eth_account's raw signed transaction (not of Kaia's kinds)."""
        fields: dict[str, Any] = {
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "gas": self.gas,
            "to": to_checksum_address(self.to),
            "value": self.value,
            "data": self.data,
        }
        if self.kind == LEGACY:
            fields["gasPrice"] = self.max_fee
        else:
            fields |= {
                "type": 2,
                "maxPriorityFeePerGas": self.tip,
                "maxFeePerGas": self.max_fee,
            }
        return bytes(Account.sign_transaction(fields, key).raw_transaction)


def call(selector: bytes, *words: int | bytes) -> bytes:
    """Call data: the selector, then 32 bytes an argument (addresses to the right)."""
    parts = [w.to_bytes(32, "big") if isinstance(w, int) else w.rjust(32, b"\0") for w in words]
    return selector + b"".join(parts)
