"""Transactions: signed bytes equal eth_account's; everything out of form is refused by its code."""

import json
from pathlib import Path
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
from secure_world.keys import address_of, keccak256, recover
from secure_world.transactions import parse
from tests.secure_world.rig import ACCOUNT_KEY

KEY = PrivateKey(ACCOUNT_KEY)
ACCOUNT = address_of(KEY.public_key)
VECTORS = Path(__file__).parents[1] / "conformance" / "vectors" / "kaia.json"
KAIA: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="ascii"))["vectors"]

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


def kaia(kind: bytes = b"\x30", **changes: rlp.Item) -> bytes:
    """An unsigned transaction of Kaia's own kind, some fields replaced."""
    fields: dict[str, rlp.Item] = {
        "type": kind,
        "nonce": b"\x05",
        "price": b"\x02",
        "gas": b"\x52\x08",
        "to": b"\x0a" * 20,
        "value": b"",
        "from": ACCOUNT,
        "data": b"\xaa\xbb\xcc\xdd",
    }
    tail: dict[str, rlp.Item] = {"chain_id": b"\x20\x19", "zero": b"", "zero_too": b""}
    inner = {name: changes.get(name, value) for name, value in fields.items()}
    outer = {name: changes.get(name, value) for name, value in tail.items()}
    return rlp.encode([rlp.encode(list(inner.values())), *outer.values()])


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


@pytest.mark.parametrize("vector", KAIA, ids=lambda vector: f"{vector['name']} {vector['type']:#x}")
def test_kaia_bytes_are_web3py_exts(vector: dict[str, Any]) -> None:
    parsed, fields = parse(octets(vector["unsigned"])), vector["fields"]
    assert parsed.digest == octets(vector["digest"])
    assert (parsed.kind, parsed.nonce, parsed.gas) == (
        vector["type"],
        fields["nonce"],
        fields["gas"],
    )
    assert parsed.tip == parsed.max_fee == fields["gasPrice"]
    assert (parsed.chain_id, parsed.value) == (fields["chainId"], fields["value"])
    named = octets(fields["to"]), octets(fields["from"]), octets(fields["data"])
    assert (parsed.to, parsed.sender, parsed.data) == named
    signed = transactions.sign_transaction(PrivateKey(octets(vector["key"])), parsed)
    assert signed == octets(vector["signed"])
    if "paid" in vector:  # a fee payer has added its part, and changed nothing
        whole, ours = rlp.decode(octets(vector["paid"])[1:]), rlp.decode(signed[1:])
        assert whole[: len(ours)] == ours
        assert len(whole) == len(ours) + 2


@pytest.mark.parametrize("chain", [1, 255, 65_536, 2**62])
@pytest.mark.parametrize("kind", [0x30, 0x31])
def test_kaia_signatures_are_the_accounts_on_any_chain(kind: int, chain: int) -> None:
    raw = kaia(bytes([kind]), chain_id=rlp.encode_uint(chain))
    items: Any = rlp.decode(transactions.sign_transaction(KEY, parse(raw))[1:])
    v, r, s = (int.from_bytes(part, "big") for part in items[7][0])
    assert v in (2 * chain + 35, 2 * chain + 36)
    compact = r.to_bytes(32, "big") + (s | (v - 2 * chain - 35) << 255).to_bytes(32, "big")
    assert recover(keccak256(raw), compact) == ACCOUNT


def octets(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def wrapped(inner: bytes) -> bytes:
    """A Kaia list around these bytes."""
    return rlp.encode([inner, b"\x20\x19", b"", b""])


OUTER: Any = rlp.decode(kaia())
INNER: bytes = OUTER[0]
NO_STRING = rlp.encode([rlp.decode(INNER), b"\x20\x19", b"", b""])
KAIA_REFUSED = {
    "Kaia value transfer": (kaia(b"\x08"), "TX-TYPE"),
    "Kaia deployment": (kaia(b"\x28"), "TX-TYPE"),
    "Kaia fee ratio": (kaia(b"\x32"), "TX-TYPE"),
    "Kaia type of two bytes": (kaia(b"\x30\x30"), "TX-TYPE"),
    "Kaia type 0": (kaia(b""), "TX-TYPE"),
    "Kaia empty": (wrapped(b"\xc0"), "TX-TYPE"),
    "Kaia EIP-1559 inside": (wrapped(dynamic()), "TX-MALFORMED"),
    "Kaia inner list unwrapped": (NO_STRING, "TX-MALFORMED"),
    "Kaia inner trailing byte": (wrapped(INNER + b"\0"), "TX-MALFORMED"),
    "Kaia trailing byte": (kaia() + b"\0", "TX-MALFORMED"),
    "Kaia inner field more": (wrapped(rlp.encode([*rlp.decode(INNER), b""])), "TX-MALFORMED"),
    "Kaia fee ratio field": (
        wrapped(rlp.encode([b"\x31", *rlp.decode(INNER)[1:], b"\x1e"])),
        "TX-MALFORMED",
    ),
    "Kaia inner not canonical": (wrapped(b"\xf8\x02\x30\x05"), "TX-MALFORMED"),
    "Kaia fee payer's payload": (
        rlp.encode([INNER, b"\x0a" * 20, b"\x20\x19", b"", b""]),
        "TX-MALFORMED",
    ),
    "Kaia signed already": (kaia(zero=b"\1", zero_too=b"\1"), "TX-MALFORMED"),
    "Kaia zero as a byte": (kaia(zero=b"\0"), "TX-MALFORMED"),
    "Kaia creation": (kaia(to=b""), "TX-MALFORMED"),
    "Kaia short sender": (kaia(**{"from": b"\x0a" * 19}), "TX-MALFORMED"),
    "Kaia no sender": (kaia(**{"from": b""}), "TX-MALFORMED"),
    "Kaia data as a list": (kaia(data=[]), "TX-MALFORMED"),
    "Kaia leading zero": (kaia(nonce=b"\0\5"), "TX-MALFORMED"),
    "Kaia nonce of EIP-2681": (kaia(nonce=b"\xff" * 8), "TX-MALFORMED"),
    "Kaia gas too large": (kaia(gas=b"\1" + b"\0" * 8), "TX-MALFORMED"),
    "Kaia price too large": (kaia(price=b"\1" + b"\0" * 32), "TX-MALFORMED"),
    "Kaia chain 0": (kaia(chain_id=b""), "TX-MALFORMED"),
    "Kaia chain too large": (kaia(chain_id=b"\x80" + b"\0" * 7), "TX-MALFORMED"),
    "Kaia chain as a list": (kaia(chain_id=[]), "TX-MALFORMED"),
    "Kaia too large": (kaia(data=b"\xaa" * MAX_TRANSACTION), "TOO-LARGE"),
}
REFUSED = KAIA_REFUSED | {
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
    good = data.draw(st.sampled_from([dynamic(), legacy(), kaia(), kaia(b"\x31")]))
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        parsed = parse(bytes(bad))
    except SecureWorldRefused:
        return
    again = rlp.encode(parsed.items)  # no second form of the same fields
    if parsed.kind == transactions.DYNAMIC_FEE:
        again = b"\x02" + again
    if parsed.sender is not None:
        again = rlp.encode([again, rlp.encode_uint(parsed.chain_id), b"", b""])
    assert again == bad
    assert parsed.digest != parse(good).digest


def test_no_two_kinds_share_what_is_hashed() -> None:
    hashed = [dynamic(), legacy(), kaia(), kaia(b"\x31"), dynamic()[1:]]
    assert len({keccak256(raw) for raw in hashed}) == len(hashed)
    assert [parse(raw).kind for raw in hashed[:4]] == [2, 0, 0x30, 0x31]


def test_a_fee_bump_keeps_the_call_and_nothing_else_does() -> None:
    for make in (dynamic, legacy, kaia):
        call = parse(make()).call
        assert parse(make(**{"max_fee" if make is dynamic else "price": b"\x09"})).call == call
        for change in ({"value": b"\1"}, {"gas": b"\1"}, {"data": b"\1"}, {"to": b"\1" * 20}):
            assert parse(make(**change)).call != call
    assert len({parse(raw).call for raw in (dynamic(), legacy(), kaia(), kaia(b"\x31"))}) == 4
