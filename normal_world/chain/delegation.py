"""Kaia's fee delegation: the meter's account signs a call, another account pays for its gas.

Type 0x31 (FeeDelegatedSmartContractExecution, Kaia docs, "Fee Delegation Transactions"):
```
sender signs     rlp([rlp([0x31, nonce, gas price, gas, to, value, from, data]), chain id, 0, 0])
fee payer signs  rlp([rlp([0x31, …the same…]), fee payer, chain id, 0, 0])
in the chain     0x31 ‖ rlp([nonce, …, from, data, [[v, r, s]], fee payer, [[v, r, s]]])
```
In between, what the sender signed travels without the last two fields (Kaia: SenderTxHashRLP).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_keys.datatypes import PrivateKey, Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException  # type: ignore[import-untyped]
from rlp.sedes import big_endian_int  # type: ignore[import-untyped]

from normal_world.errors import SignerMismatch

KIND = 0x31
EXTRA_GAS = 10_000  # Kaia's charge for the second signature
_CALL_FIELDS, _ADDRESS = 7, 20


@dataclass(frozen=True)
class Delegated:
    """A call whose gas somebody else pays. `price`: wei per gas. `to`, `sender`: 20 bytes."""

    chain_id: int
    nonce: int
    price: int
    gas: int
    to: bytes
    value: int
    sender: bytes
    data: bytes

    def unsigned(self) -> bytes:
        """The bytes whose Keccak hash the sender signs."""
        return bytes(rlp.encode([self._inner(), self.chain_id, 0, 0]))

    def payer_unsigned(self, payer: bytes) -> bytes:
        """The bytes whose Keccak hash the fee payer signs."""
        return bytes(rlp.encode([self._inner(), payer, self.chain_id, 0, 0]))

    def fields(self) -> list[Any]:
        """As they stand in the raw transaction."""
        head = [self.nonce, self.price, self.gas, self.to, self.value]
        return [*head, self.sender, self.data]

    def _inner(self) -> bytes:
        return bytes(rlp.encode([KIND, *self.fields()]))


def read_unsigned(payload: bytes) -> Delegated:
    """What a sender is asked to sign; SignerMismatch if it is of another kind."""
    try:
        inner, chain_id, *zeros = rlp.decode(payload)
        kind, *fields = rlp.decode(inner)
    except (RLPException, ValueError, TypeError, RecursionError) as error:
        raise _wrong(str(error)) from error
    if kind != bytes([KIND]) or zeros != [b"", b""] or len(fields) != _CALL_FIELDS:
        raise _wrong("not an unsigned 0x31 list")
    return _delegated(_number(chain_id), fields)


def read_sender_signed(raw: bytes, chain_id: int) -> Delegated:
    """A call that its sender has signed, without a fee payer; SignerMismatch if it has not."""
    items = _items(raw, _CALL_FIELDS + 1)
    call = _delegated(chain_id, items[:_CALL_FIELDS])
    _require_signed(call.unsigned(), items[_CALL_FIELDS], chain_id, call.sender, "sender")
    return call


def read_paid(raw: bytes, chain_id: int) -> tuple[Delegated, bytes]:
    """A whole transaction, both signatures good; the call and the fee payer's address."""
    items = _items(raw, _CALL_FIELDS + 3)
    call = _delegated(chain_id, items[:_CALL_FIELDS])
    of_sender, payer, of_payer = items[_CALL_FIELDS:]
    _require_signed(call.unsigned(), of_sender, chain_id, call.sender, "sender")
    _require_signed(call.payer_unsigned(payer), of_payer, chain_id, payer, "fee payer")
    return call, payer


def pay(raw: bytes, chain_id: int, key: PrivateKey) -> bytes:
    """Adds the fee payer's signature to a sender-signed call: the transaction for the chain."""
    call = read_sender_signed(raw, chain_id)
    payer = key.public_key.to_canonical_address()
    signature = signed(call.payer_unsigned(payer), chain_id, key)
    items = _items(raw, _CALL_FIELDS + 1)
    return bytes([KIND]) + bytes(rlp.encode([*items, payer, [signature]]))


def signed(payload: bytes, chain_id: int, key: PrivateKey) -> list[int]:
    """v (EIP-155), r, s over the payload's Keccak hash."""
    parity, r, s = key.sign_msg_hash(bytes(keccak(payload))).vrs
    return [chain_id * 2 + 35 + parity, r, s]


def _items(raw: bytes, count: int) -> Sequence[Any]:
    try:
        items = rlp.decode(raw[1:]) if raw[:1] == bytes([KIND]) else None
    except (RLPException, RecursionError) as error:
        raise _wrong(str(error)) from error
    if not isinstance(items, list) or len(items) != count:
        raise _wrong(f"expected 0x31 and a list of {count} fields")
    return items


def _delegated(chain_id: int, fields: Sequence[Any]) -> Delegated:
    nonce, price, gas, to, value, sender, data = fields
    if not all(isinstance(field, bytes) for field in fields):
        raise _wrong("a field is a list")
    if len(to) != _ADDRESS or len(sender) != _ADDRESS:
        raise _wrong("an address has not 20 bytes")
    head = (chain_id, _number(nonce), _number(price), _number(gas))
    return Delegated(*head, to, _number(value), sender, data)


def _number(item: bytes) -> int:
    try:
        return int(big_endian_int.deserialize(item))  # refuses leading zeros
    except RLPException as error:
        raise _wrong(str(error)) from error


def _require_signed(payload: bytes, entry: Any, chain_id: int, by: bytes, who: str) -> None:
    try:
        ((v, r, s),) = entry
        parity = _number(v) - chain_id * 2 - 35
        signature = Signature(vrs=(parity, _number(r), _number(s)))
        found = signature.recover_public_key_from_msg_hash(bytes(keccak(payload)))
    except (BadSignature, ValidationError, ValueError, TypeError) as error:
        raise _wrong(f"{who}'s signature: {error}") from error
    if found.to_canonical_address() != by:
        raise _wrong(f"signed by {found.to_address()}, expected the {who} 0x{by.hex()}")


def _wrong(what: str) -> SignerMismatch:
    return SignerMismatch(f"fee-delegated transaction: {what}")
