"""Unsigned transactions, read strictly from what is hashed for signing, and their signed form.

EIP-1559   0x02 ‖ rlp [chain id, nonce, tip, max fee, gas, to, value, data, access list]
EIP-155           rlp [nonce, gas price, gas, to, value, data, chain id, 0, 0]
Kaia              rlp [rlp [type, nonce, gas price, gas, to, value, from, data], chain id, 0, 0]
                  type 0x30 SmartContractExecution, 0x31 FeeDelegatedSmartContractExecution

Kaia's inner list is wrapped as a string. A signed 0x31 is Kaia's SenderTxHashRLP: no fee payer
yet; another account adds its address and signature, and pays.
"""

from collections.abc import Sequence

from coincurve import PrivateKey

from secure_world import rlp
from secure_world.commands import MAX_TRANSACTION
from secure_world.errors import ErrorCode, FieldInvalid, RlpInvalid, SecureWorldRefused
from secure_world.fields import Octets, Uint
from secure_world.keys import keccak256, sign
from secure_world.record import Record

LEGACY, DYNAMIC_FEE, KAIA_CALL, KAIA_DELEGATED_CALL = 0x00, 0x02, 0x30, 0x31
_ITEMS, _KAIA_ITEMS, _KAIA_INNER = 9, 4, 8

_chain_id = Uint(63, low=1).reader("chain id")  # EIP-2294 bounds it just below 2^63
_nonce = Uint(64, high=2**64 - 2).reader("nonce")  # EIP-2681
_gas = Uint(64).reader("gas")
_price = Uint(256).reader("price of gas")
_tip = Uint(256).reader("tip")
_to = Octets(20).reader("recipient")  # no contract creation
_value = Uint(256).reader("value")
_from = Octets(20).reader("from")
_data = Octets(MAX_TRANSACTION, shorter=True).reader("data")


class Unsigned(Record):
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
    items: Sequence[rlp.Item]  # of the innermost list
    sender: bytes | None  # where the payload names it (Kaia)

    @property
    def most_fee(self) -> int:
        """The most wei that it can cost beside its value, whoever pays."""
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
    first = raw[0] if raw else 0
    try:
        if first == DYNAMIC_FEE:
            return _dynamic_fee(raw, _list(rlp.decode(raw[1:]), _ITEMS))
        if first >= 0xC0:
            items = rlp.decode(raw)
            if len(items) == _KAIA_ITEMS:
                return _kaia(raw, _list(items, _KAIA_ITEMS))
            return _legacy(raw, _list(items, _ITEMS))
    except (RlpInvalid, FieldInvalid) as error:
        raise _malformed(str(error)) from error
    text = f"first byte 0x{raw[:1].hex()}, expected 0x02 (EIP-1559) or a list (EIP-155, Kaia)"
    raise SecureWorldRefused(ErrorCode.TX_TYPE, text)


def sign_transaction(key: PrivateKey, transaction: Unsigned) -> bytes:
    """The raw signed transaction: the same bytes for the same transaction, always."""
    parity, *rest = sign(key, transaction.digest)
    kind, items = transaction.kind, transaction.items
    if kind == DYNAMIC_FEE:
        return b"\x02" + rlp.encode([*items, *map(rlp.encode_uint, (parity, *rest))])
    v = transaction.chain_id * 2 + 35 + parity  # EIP-155, and Kaia alike
    signature = list(map(rlp.encode_uint, (v, *rest)))
    if kind == LEGACY:
        return rlp.encode([*items[:6], *signature])
    return bytes([kind]) + rlp.encode([*items[1:], [signature]])


def _dynamic_fee(raw: bytes, items: Sequence[rlp.Item]) -> Unsigned:
    chain_id, nonce, tip, max_fee, gas, to, value, data, access_list = items
    if isinstance(access_list, bytes) or access_list:
        raise _malformed("access list, expected an empty one")
    fees = _tip(tip), _price(max_fee)
    if fees[0] > fees[1]:
        raise _malformed("tip above the maximum fee, expected at most the maximum fee")
    head = (DYNAMIC_FEE, _chain_id(chain_id), _nonce(nonce), *fees, _gas(gas))
    return Unsigned(*head, _to(to), _value(value), _data(data), keccak256(raw), items, None)


def _legacy(raw: bytes, items: Sequence[rlp.Item]) -> Unsigned:
    nonce, price, gas, to, value, data, chain_id, *zeros = items
    if zeros != [b"", b""]:
        raise _malformed("not an unsigned EIP-155 list, expected chain id, 0, 0 at its end")
    fee = _price(price)
    head = (LEGACY, _chain_id(chain_id), _nonce(nonce), fee, fee, _gas(gas))
    return Unsigned(*head, _to(to), _value(value), _data(data), keccak256(raw), items, None)


def _kaia(raw: bytes, outer: Sequence[rlp.Item]) -> Unsigned:
    inner, chain_id, *zeros = outer
    if not isinstance(inner, bytes) or zeros != [b"", b""]:
        raise _malformed("not an unsigned Kaia list, expected a string, chain id, 0, 0")
    decoded = rlp.decode(inner)
    kind, items = _kaia_kind(decoded), _list(decoded, _KAIA_INNER)
    _, nonce, price, gas, to, value, sender, data = items
    fee = _price(price)
    head = (kind, _chain_id(chain_id), _nonce(nonce), fee, fee, _gas(gas))
    digest, account = keccak256(raw), _from(sender)
    return Unsigned(*head, _to(to), _value(value), _data(data), digest, items, account)


def _kaia_kind(items: rlp.Item) -> int:
    kind = items[0] if not isinstance(items, bytes) and items else b""
    if isinstance(kind, bytes) and kind in (b"\x30", b"\x31"):
        return kind[0]
    told = f"0x{kind.hex()}" if isinstance(kind, bytes) else "a list"
    text = f"Kaia type {told}, expected 0x30 or 0x31 (execution of a contract)"
    raise SecureWorldRefused(ErrorCode.TX_TYPE, text)


def _list(item: rlp.Item, size: int) -> Sequence[rlp.Item]:
    if isinstance(item, bytes) or len(item) != size:
        raise _malformed(f"expected a list of {size} fields")
    return item


def _malformed(text: str) -> SecureWorldRefused:
    return SecureWorldRefused(ErrorCode.TX_MALFORMED, f"transaction: {text}")
