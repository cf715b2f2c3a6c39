"""Transactions: signed bytes equal eth_account's; everything out of form is refused by its code."""

from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from secure_world import rlp, transactions
from secure_world.commands import MAX_TRANSACTION
from secure_world.errors import SecureWorldRefused
from secure_world.transactions import parse
from tests.secure_world.rig import ACCOUNT_KEY

KEY = PrivateKey(ACCOUNT_KEY)

chains = st.integers(1, 2**53)
nonces = st.integers(0, 2**64 - 2)
gas_limits = st.integers(0, 2**40)
fees = st.integers(0, 2**90)
calls = st.tuples(
    st.binary(min_size=20, max_size=20), st.integers(0, 2**256 - 1), st.binary(max_size=300)
)


def dynamic(**changes: rlp.Item) -> bytes:
    """An unsigned EIP-1559 transaction, some fields replaced."""
    fields: dict[str, rlp.Item] = {
        "chain_id": b"\x01",
        "nonce": b"\x05",
        "tip": b"\x01",
        "max_fee": b"\x02",
        "gas": b"\x52\x08",
        "to": b"\x0a" * 20,
        "value": b"",
        "data": b"\xaa\xbb\xcc\xdd",
        "access_list": [],
    }
    return b"\x02" + rlp.encode(list({**fields, **changes}.values()))


def legacy(**changes: rlp.Item) -> bytes:
    """An unsigned EIP-155 transaction, some fields replaced."""
    fields: dict[str, rlp.Item] = {
        "nonce": b"\x05",
        "price": b"\x02",
        "gas": b"\x52\x08",
        "to": b"\x0a" * 20,
        "value": b"",
        "data": b"\xaa\xbb\xcc\xdd",
        "chain_id": b"\x01",
        "zero": b"",
        "zero_too": b"",
    }
    return rlp.encode(list({**fields, **changes}.values()))


def by_eth_account(fields: dict[str, Any]) -> bytes:
    return bytes(Account.sign_transaction(fields, ACCOUNT_KEY).raw_transaction)


def uints(*numbers: int) -> list[bytes]:
    return [rlp.encode_uint(number) for number in numbers]


@settings(max_examples=60, deadline=None)
@given(chains, nonces, st.tuples(fees, fees), gas_limits, calls)
def test_dynamic_fee_bytes_are_eth_accounts(
    chain: int, nonce: int, two: tuple[int, int], gas: int, call: tuple[bytes, int, bytes]
) -> None:
    tip, max_fee = sorted(two)
    to, value, data = call
    head = uints(chain, nonce, tip, max_fee, gas)
    raw = b"\x02" + rlp.encode([*head, to, *uints(value), data, []])
    fields = {
        "type": 2,
        "chainId": chain,
        "nonce": nonce,
        "maxPriorityFeePerGas": tip,
        "maxFeePerGas": max_fee,
        "gas": gas,
        "to": to_checksum_address(to),
        "value": value,
        "data": data,
    }
    assert transactions.sign_transaction(KEY, parse(raw)) == by_eth_account(fields)


@settings(max_examples=60, deadline=None)
@given(chains, nonces, fees, gas_limits, calls)
def test_legacy_bytes_are_eth_accounts(
    chain: int, nonce: int, price: int, gas: int, call: tuple[bytes, int, bytes]
) -> None:
    to, value, data = call
    raw = rlp.encode([*uints(nonce, price, gas), to, *uints(value), data, *uints(chain, 0, 0)])
    fields = {
        "chainId": chain,
        "nonce": nonce,
        "gasPrice": price,
        "gas": gas,
        "to": to_checksum_address(to),
        "value": value,
        "data": data,
    }
    assert transactions.sign_transaction(KEY, parse(raw)) == by_eth_account(fields)


def test_eip_155_example() -> None:
    # The worked example in EIP-155: key 0x4646…, chain 1.
    key = PrivateKey(b"\x46" * 32)
    unsigned = (
        "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080"
    )
    signed = (
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
        "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
        "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    )
    parsed = parse(bytes.fromhex(unsigned))
    assert transactions.sign_transaction(key, parsed).hex() == signed


REFUSED = {
    "empty": (b"", "TX-TYPE"),
    "EIP-2930": (b"\x01" + dynamic()[1:], "TX-TYPE"),
    "EIP-4844": (b"\x03" + dynamic()[1:], "TX-TYPE"),
    "a string": (rlp.encode(b"\x02" * 60), "TX-TYPE"),
    "trailing byte": (dynamic() + b"\0", "TX-MALFORMED"),
    "legacy with trailing byte": (legacy() + b"\0", "TX-MALFORMED"),
    "before EIP-155": (rlp.encode(rlp.decode(legacy())[:6]), "TX-MALFORMED"),
    "signed already": (legacy(zero=b"\1", zero_too=b"\1"), "TX-MALFORMED"),
    "a field more": (b"\x02" + rlp.encode([*rlp.decode(dynamic()[1:]), b""]), "TX-MALFORMED"),
    "contract creation": (dynamic(to=b""), "TX-MALFORMED"),
    "legacy creation": (legacy(to=b""), "TX-MALFORMED"),
    "short recipient": (dynamic(to=b"\x0a" * 19), "TX-MALFORMED"),
    "access list": (dynamic(access_list=[[b"\x0a" * 20, []]]), "TX-MALFORMED"),
    "access list as bytes": (dynamic(access_list=b""), "TX-MALFORMED"),
    "data as a list": (dynamic(data=[b"\xaa"]), "TX-MALFORMED"),
    "leading zero": (dynamic(gas=b"\0\x52"), "TX-MALFORMED"),
    "zero as a byte": (legacy(value=b"\0"), "TX-MALFORMED"),
    "tip above maximum": (dynamic(tip=b"\x03"), "TX-MALFORMED"),
    "chain 0": (dynamic(chain_id=b""), "TX-MALFORMED"),
    "chain too large": (dynamic(chain_id=b"\x80" + b"\0" * 7), "TX-MALFORMED"),
    "nonce of EIP-2681": (dynamic(nonce=b"\xff" * 8), "TX-MALFORMED"),
    "gas too large": (dynamic(gas=b"\1" + b"\0" * 8), "TX-MALFORMED"),
    "value too large": (dynamic(value=b"\1" + b"\0" * 32), "TX-MALFORMED"),
    "fee too large": (dynamic(max_fee=b"\1" + b"\0" * 32), "TX-MALFORMED"),
    "nonce as a list": (dynamic(nonce=[]), "TX-MALFORMED"),
    "too large": (dynamic(data=b"\xaa" * MAX_TRANSACTION), "TOO-LARGE"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    raw, code = REFUSED[name]
    with pytest.raises(SecureWorldRefused) as caught:
        parse(raw)
    assert caught.value.code == code


@given(st.data())
def test_a_changed_byte_is_refused_or_is_another_payload(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from([dynamic(), legacy()]))
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        parsed = parse(bytes(bad))
    except SecureWorldRefused:
        return
    prefix = b"\x02" if parsed.kind == transactions.DYNAMIC_FEE else b""
    assert prefix + rlp.encode(parsed.items) == bad  # no second form of the same fields
    assert parsed.digest != parse(good).digest
