"""Kaia's fee delegation: bytes equal web3py-ext's for both signatures; nothing else passes."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from normal_world.chain import delegation
from normal_world.chain.fees import legacy
from normal_world.chain.transaction import Call, check_signed, unsigned
from normal_world.errors import SignerMismatch

PAPER = Path(__file__).parents[1] / "conformance" / "vectors" / "kaia_paid.json"
VECTORS: dict[str, Any] = json.loads(PAPER.read_text(encoding="ascii"))
PAYER = PrivateKey(bytes.fromhex(VECTORS["payer_key"][2:]))
SENDER = PrivateKey(b"\x11" * 32)
CHAIN = 8217


def octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_paid_transaction_is_web3py_exts(vector: dict[str, Any]) -> None:
    chain = vector["chain_id"]
    paid = delegation.pay(octets(vector["sender_signed"]), chain, PAYER)
    assert paid == octets(vector["paid"])
    assert keccak(paid) == octets(vector["hash"])
    call, payer = delegation.read_paid(paid, chain)
    assert call.unsigned() == octets(vector["unsigned"])
    assert payer == PAYER.public_key.to_canonical_address()
    assert delegation.read_unsigned(call.unsigned()) == call


def sender_signed(call: delegation.Delegated) -> bytes:
    signature = delegation.signed(call.unsigned(), call.chain_id, SENDER)
    return b"\x31" + bytes(rlp.encode([*call.fields(), [signature]]))


CALL = delegation.Delegated(
    CHAIN, 7, 10**10, 10**5, b"\x0a" * 20, 0, SENDER.public_key.to_canonical_address(), b"data"
)
calls = st.builds(
    delegation.Delegated,
    st.just(CHAIN),
    st.integers(0, 2**64 - 2),
    st.integers(0, 2**90),
    st.integers(0, 2**40),
    st.binary(min_size=20, max_size=20),
    st.integers(0, 2**128),
    st.just(CALL.sender),
    st.binary(max_size=200),
)


@settings(deadline=None)
@given(calls)
def test_what_both_signed_is_read_back(call: delegation.Delegated) -> None:
    raw = sender_signed(call)
    assert delegation.read_sender_signed(raw, CHAIN) == call
    assert delegation.read_paid(delegation.pay(raw, CHAIN, PAYER), CHAIN)[0] == call


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_no_changed_byte_passes(place: int, change: int) -> None:
    raw = bytearray(delegation.pay(sender_signed(CALL), CHAIN, PAYER))
    raw[place % len(raw)] ^= change
    with pytest.raises(SignerMismatch):
        delegation.read_paid(bytes(raw), CHAIN)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_garbage_is_refused_by_name(garbage: bytes) -> None:
    for raw in (garbage, b"\x31" + garbage):
        for read in (delegation.read_sender_signed, delegation.read_paid):
            with pytest.raises(SignerMismatch):
                read(raw, CHAIN)
        with pytest.raises(SignerMismatch):
            delegation.read_unsigned(raw)


def test_lists_within_lists_without_end_are_refused_by_name() -> None:
    deep = b""
    for _ in range(3000):
        deep = rlp.codec.length_prefix(len(deep), 192) + deep
    lifted = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # Python's own, as in noded; py-evm in this process may lift it
    try:
        with pytest.raises(SignerMismatch):
            delegation.read_unsigned(deep)
        with pytest.raises(SignerMismatch):
            delegation.read_sender_signed(b"\x31" + deep, CHAIN)
    finally:
        sys.setrecursionlimit(lifted)


def test_another_chain_is_refused() -> None:
    with pytest.raises(SignerMismatch):
        delegation.read_sender_signed(sender_signed(CALL), CHAIN + 1)


def test_an_outbox_accepts_its_own_call_only() -> None:
    account = "0x" + CALL.sender.hex()
    call = Call("0x" + "0a" * 20, b"data")
    payload = unsigned(CHAIN, 7, 90_000, legacy(10**10), call, delegated_by=account)
    asked = delegation.read_unsigned(payload)
    assert asked.gas == 90_000 + delegation.EXTRA_GAS
    paid = delegation.pay(sender_signed(asked), CHAIN, PAYER)
    assert check_signed(paid, payload, account) == "0x" + keccak(paid).hex()
    other = delegation.pay(sender_signed(replace(asked, nonce=8)), CHAIN, PAYER)
    with pytest.raises(SignerMismatch, match="another transaction"):
        check_signed(other, payload, account)
    with pytest.raises(SignerMismatch):
        check_signed(sender_signed(asked), payload, account)
    with pytest.raises(SignerMismatch, match="expected 0x0b"):
        check_signed(paid, payload, "0x" + "0b" * 20)
