"""Transactions as bytes: what a signer is given, and whether its answer is what was asked for.

```
EIP-1559   0x02 ‖ rlp([chain id, nonce, tip, max fee, gas, to, value, data, access list])
EIP-155    rlp([nonce, gas price, gas, to, value, data, chain id, 0, 0])
Kaia 0x31  delegation.py: the account signs, a fee payer pays
```
"""

from dataclasses import dataclass
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_account import Account
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from normal_world.chain import delegation, hexes
from normal_world.chain.fees import Fees
from normal_world.errors import SignerMismatch

DYNAMIC = b"\x02"


@dataclass(frozen=True)
class Call:
    """What a transaction does, whatever it pays for gas. `to` None creates; value in wei."""

    to: str | None
    data: bytes
    value: int = 0


def unsigned(
    chain_id: int, nonce: int, gas: int, offer: Fees, call: Call, *, delegated_by: str | None = None
) -> bytes:
    """The bytes whose Keccak hash is signed; `delegated_by`: the account whose gas is paid for."""
    to = bytes.fromhex(call.to[2:]) if call.to else b""
    if delegated_by is not None:
        sender = bytes.fromhex(delegated_by[2:])
        head = (chain_id, nonce, offer.max_fee, gas + delegation.EXTRA_GAS)
        return delegation.Delegated(*head, to, call.value, sender, call.data).unsigned()
    if offer.legacy:
        fields = [nonce, offer.max_fee, gas, to, call.value, call.data, chain_id, 0, 0]
        return bytes(rlp.encode(fields))
    fees = [offer.max_priority_fee, offer.max_fee]
    fields = [chain_id, nonce, *fees, gas, to, call.value, call.data, []]
    return DYNAMIC + bytes(rlp.encode(fields))


def sign(payload: bytes, key: PrivateKey) -> bytes:
    """Signs an unsigned transaction with a software key (the operator's; never a meter's)."""
    signature = key.sign_msg_hash(bytes(keccak(payload)))
    parity, r, s = signature.vrs
    if payload.startswith(DYNAMIC):
        return DYNAMIC + bytes(rlp.encode([*rlp.decode(payload[1:]), parity, r, s]))
    fields = rlp.decode(payload)
    v = int.from_bytes(fields[6], "big") * 2 + 35 + parity
    return bytes(rlp.encode([*fields[:6], v, r, s]))


def check_signed(signed: bytes, expected: bytes, account: str) -> str:
    """Hash of a signed transaction, once it is that of `expected`, signed by `account`."""
    if signed[:1] == bytes([delegation.KIND]):
        return _check_paid(signed, expected, account)
    try:
        same = _payload(signed) == _payload(expected)
        signer = str(Account.recover_transaction(signed)).lower() if same else ""
    except (RLPException, ValueError, TypeError, IndexError) as error:
        raise SignerMismatch(f"signer's answer is not a transaction ({error})") from error
    if not same:
        raise SignerMismatch("signer's answer is another transaction than the one asked for")
    if signer != account:
        raise SignerMismatch(f"signed by {signer}, expected {account}")
    return hexes.text(bytes(keccak(signed)))


def _check_paid(signed: bytes, expected: bytes, account: str) -> str:
    wanted = delegation.read_unsigned(expected)
    if "0x" + wanted.sender.hex() != account:
        raise SignerMismatch(f"call of 0x{wanted.sender.hex()}, expected {account}")
    found, _ = delegation.read_paid(signed, wanted.chain_id)
    if found != wanted:
        raise SignerMismatch("signer's answer is another transaction than the one asked for")
    return hexes.text(bytes(keccak(signed)))


def _payload(raw: bytes) -> tuple[bytes, list[Any]]:
    """Type and fields without signature and chain id's place in it."""
    if raw.startswith(DYNAMIC):
        return DYNAMIC, rlp.decode(raw[1:])[:9]
    return b"", rlp.decode(raw)[:6]
