"""Unsigned transactions, read strictly, and their signed form.

EIP-1559: 0x02 ‖ rlp [chain id, nonce, tip, max fee, gas, to, value, data, access list]
EIP-155:         rlp [nonce, gas price, gas, to, value, data, chain id, 0, 0]
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coincurve import PrivateKey

from secure_world import rlp
from secure_world.commands import MAX_TRANSACTION
from secure_world.errors import ErrorCode, RlpInvalid, SecureWorldRefused
from secure_world.keys import keccak256, sign

LEGACY, DYNAMIC_FEE = 0, 2
_ITEMS = 9
_MAX_NONCE = 2**64 - 2  # EIP-2681


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A transaction whose every field is known to be canonical; fees in wei per gas."""

    kind: int
    chain_id: int
    nonce: int
    tip: int
    max_fee: int
    gas: int
    to: bytes
    value: int
    data: bytes
    digest: bytes
    items: Sequence[rlp.Item]

    @property
    def most_fee(self) -> int:
        """The most wei that it can cost beside its value."""
        return self.gas * self.max_fee

    @property
    def call(self) -> bytes:
        """Hash of what a fee bump keeps."""
        parts = [rlp.encode_uint(number) for number in (self.kind, self.value, self.gas)]
        return keccak256(rlp.encode([*parts, self.to, self.data]))


def parse(raw: bytes) -> Unsigned:
    """Raises SecureWorldRefused: TOO-LARGE, TX-TYPE or TX-MALFORMED."""
    if len(raw) > MAX_TRANSACTION:
        text = f"transaction of {len(raw)} bytes, expected at most {MAX_TRANSACTION}"
        raise SecureWorldRefused(ErrorCode.TOO_LARGE, text)
    first = raw[:1]
    try:
        if first == b"\x02":
            return _dynamic_fee(raw)
        if first >= b"\xc0":
            return _legacy(raw)
    except RlpInvalid as error:
        raise _malformed(str(error)) from error
    text = f"first byte 0x{first.hex()}, expected 0x02 (EIP-1559) or a list (EIP-155)"
    raise SecureWorldRefused(ErrorCode.TX_TYPE, text)


def sign_transaction(key: PrivateKey, transaction: Unsigned) -> bytes:
    """The raw signed transaction: the same bytes for the same transaction, always."""
    parity, r, s = sign(key, transaction.digest)
    if transaction.kind == DYNAMIC_FEE:
        signature = [rlp.encode_uint(part) for part in (parity, r, s)]
        return b"\x02" + rlp.encode([*transaction.items, *signature])
    v = transaction.chain_id * 2 + 35 + parity  # EIP-155
    signature = [rlp.encode_uint(part) for part in (v, r, s)]
    return rlp.encode([*transaction.items[:6], *signature])


def _dynamic_fee(raw: bytes) -> Unsigned:
    items = _items(raw[1:])
    chain_id, nonce, tip, max_fee, gas, to, value, data, access_list = items
    if isinstance(access_list, bytes) or len(access_list) > 0:
        raise _malformed("access list, expected an empty one")
    fees = rlp.decode_uint(tip, 256), rlp.decode_uint(max_fee, 256)
    if fees[0] > fees[1]:
        raise _malformed("tip above the maximum fee, expected at most the maximum fee")
    return _checked(DYNAMIC_FEE, (chain_id, nonce, gas, to, value, data), fees, raw, items)


def _legacy(raw: bytes) -> Unsigned:
    items = _items(raw)
    nonce, price, gas, to, value, data, chain_id, zero, zero_too = items
    if zero != b"" or zero_too != b"":
        raise _malformed("not an unsigned EIP-155 list, expected chain id, 0, 0 at its end")
    fee = rlp.decode_uint(price, 256)
    return _checked(LEGACY, (chain_id, nonce, gas, to, value, data), (fee, fee), raw, items)


def _items(raw: bytes) -> Sequence[rlp.Item]:
    items = rlp.decode(raw)
    if isinstance(items, bytes) or len(items) != _ITEMS:
        raise _malformed(f"expected a list of {_ITEMS} fields")
    return items


def _checked(
    kind: int,
    fields: tuple[rlp.Item, ...],
    fees: tuple[int, int],
    raw: bytes,
    items: Sequence[rlp.Item],
) -> Unsigned:
    chain_id, nonce, gas, to, value, data = fields
    if not isinstance(to, bytes) or len(to) != 20:
        raise _malformed("recipient is not 20 bytes, expected a contract that exists")
    if not isinstance(data, bytes):
        raise _malformed("data is a list, expected bytes")
    numbers = rlp.decode_uint(chain_id, 63), rlp.decode_uint(nonce, 64), rlp.decode_uint(gas, 64)
    if numbers[0] == 0:
        raise _malformed("chain 0, expected the id of a chain (EIP-155)")
    if numbers[1] > _MAX_NONCE:
        raise _malformed(f"nonce {numbers[1]}, expected at most {_MAX_NONCE}")
    amount, digest = rlp.decode_uint(value, 256), keccak256(raw)
    tip, max_fee = fees
    return Unsigned(
        kind, numbers[0], numbers[1], tip, max_fee, numbers[2], to, amount, data, digest, items
    )


def _malformed(text: str) -> SecureWorldRefused:
    return SecureWorldRefused(ErrorCode.TX_MALFORMED, f"transaction: {text}")
