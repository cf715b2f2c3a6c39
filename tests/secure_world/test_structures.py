"""Signed structures: digests as eth_account makes them, and signatures that cannot be bent."""

from typing import Any

import pytest
from coincurve import PrivateKey
from eth_abi.abi import encode as abi_encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from secure_world.keys import ORDER, address_of, sign_compact
from secure_world.protocol import (
    FieldInvalid,
    Reading,
    Ready,
    SignatureInvalid,
    SignedReading,
    Terms,
    keccak256,
    payment_rounded_down,
)
from secure_world.structures import EnergyClaim, PolicyHead, claim_purpose

DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


READY = [
    {"name": "trade", "type": "bytes32"},
    {"name": "meter", "type": "address"},
    {"name": "from", "type": "uint64"},
    {"name": "selfCheck", "type": "bytes32"},
]


READING = [
    {"name": "trade", "type": "bytes32"},
    {"name": "meter", "type": "address"},
    {"name": "from", "type": "uint64"},
    {"name": "to", "type": "uint64"},
    {"name": "sequence", "type": "uint32"},
    {"name": "state", "type": "uint8"},
]


POLICY = [
    {"name": "device", "type": "address"},
    {"name": "version", "type": "uint32"},
    {"name": "previous", "type": "bytes32"},
    {"name": "rules", "type": "bytes32"},
]


CLAIM = [
    {"name": "meter", "type": "address"},
    {"name": "direction", "type": "uint8"},
    {"name": "from", "type": "uint64"},
    {"name": "to", "type": "uint64"},
    {"name": "purpose", "type": "bytes32"},
]


KEY = PrivateKey(b"\x07" * 32)


METER = address_of(KEY.public_key)


CHAIN, MARKET = 31337, b"\x0a" * 20


hashes = st.binary(min_size=32, max_size=32)


addresses = st.binary(min_size=20, max_size=20)


chains = st.integers(1, 2**63 - 1)


uint64 = st.integers(0, 2**64 - 1)


readies = st.builds(Ready, hashes, addresses, uint64, hashes)


readings = st.tuples(uint64, uint64).flatmap(
    lambda ends: st.builds(
        Reading,
        hashes,
        addresses,
        st.just(min(ends)),
        st.just(max(ends)),
        st.integers(0, 2**32 - 1),
        st.integers(0, 1),
    )
)


terms = st.builds(
    Terms,
    st.integers(0, 2**256 - 1),
    addresses,
    uint64,
    st.integers(0, 2**96 - 1),
    uint64,
)


def oracle(
    name: str, fields: list[dict[str, str]], values: dict[str, Any], chain: int, at: bytes
) -> bytes:
    """EIP-712 digest by eth_account."""
    signable = encode_typed_data(
        full_message={
            "types": {"EIP712Domain": DOMAIN, name: fields},
            "primaryType": name,
            "domain": {
                "name": "Evlock",
                "version": "1",
                "chainId": chain,
                "verifyingContract": "0x" + at.hex(),
            },
            "message": values,
        }
    )
    return keccak256(b"\x19" + signable.version + signable.header + signable.body)


@settings(max_examples=50)
@given(readies, chains, addresses)
def test_digest_of_ready(ready: Ready, chain: int, market: bytes) -> None:
    values = {
        "trade": ready.trade,
        "meter": "0x" + ready.meter.hex(),
        "from": ready.from_uwh,
        "selfCheck": ready.self_check,
    }
    assert ready.digest(chain, market) == oracle("Ready", READY, values, chain, market)


@settings(max_examples=50)
@given(readings, chains, addresses)
def test_digest_of_reading(reading: Reading, chain: int, market: bytes) -> None:
    values = {
        "trade": reading.trade,
        "meter": "0x" + reading.meter.hex(),
        "from": reading.from_uwh,
        "to": reading.to_uwh,
        "sequence": reading.sequence,
        "state": reading.state,
    }
    assert reading.digest(chain, market) == oracle("Reading", READING, values, chain, market)


@settings(max_examples=50)
@given(addresses, st.integers(0, 2**32 - 1), hashes, hashes, chains, addresses)
def test_digest_of_a_policy(
    device: bytes, version: int, previous: bytes, rules: bytes, chain: int, market: bytes
) -> None:
    values = {"device": "0x" + device.hex(), "version": version}
    values |= {"previous": previous, "rules": rules}
    head = PolicyHead(device, version, previous, rules)
    assert head.digest(chain, market) == oracle("Policy", POLICY, values, chain, market)


@settings(max_examples=50)
@given(addresses, st.integers(0, 1), uint64, uint64, hashes, chains, addresses)
def test_digest_of_a_claim(
    meter: bytes, way: int, start: int, end: int, purpose: bytes, chain: int, registry: bytes
) -> None:
    values = {"meter": "0x" + meter.hex(), "direction": way}
    values |= {"from": start, "to": end, "purpose": purpose}
    claim = EnergyClaim(meter, way, start, end, purpose)
    assert claim.digest(chain, registry) == oracle("Claim", CLAIM, values, chain, registry)


@given(addresses, uint64, st.integers(0, 2**96 - 1))
def test_a_claims_purpose_is_the_contracts(consumer: bytes, reference: int, price: int) -> None:
    encoded = abi_encode(["address", "uint64", "uint96"], ["0x" + consumer.hex(), reference, price])
    assert claim_purpose(consumer, reference, price) == keccak256(encoded)


def test_a_claim_verifies_by_its_meter_and_registry_only() -> None:
    claim = EnergyClaim(METER, 1, 5, 9, b"\1" * 32)
    signature = sign_compact(KEY, claim.digest(CHAIN, MARKET))
    claim.verify(CHAIN, MARKET, signature)
    changed = [claim.replace(to_uwh=10), claim.replace(direction=0), claim.replace(meter=MARKET)]
    for other, place in [*((one, MARKET) for one in changed), (claim, METER)]:
        with pytest.raises(SignatureInvalid):
            other.verify(CHAIN, place, signature)


WRONG: list[tuple[str, Any, str]] = [
    ("trade", b"\1" * 31, "trade"),
    ("trade", b"\1" * 33, "trade"),
    ("meter", b"\1" * 21, "meter"),
    ("from_uwh", -1, "from"),
    ("to_uwh", 2**64, "to"),
    ("sequence", 2**32, "sequence"),
    ("state", 2, "state"),
    ("state", -1, "state"),
]


@pytest.mark.parametrize(("attribute", "value", "name"), WRONG, ids=str)
def test_no_digest_of_a_field_that_does_not_fit(attribute: str, value: Any, name: str) -> None:
    reading = Reading(b"\1" * 32, METER, 5, 6, 7, 0).replace(**{attribute: value})
    with pytest.raises(FieldInvalid, match=f"^{name}: "):
        reading.digest(CHAIN, MARKET)


@pytest.mark.parametrize(
    ("attribute", "value", "name"), [*WRONG[:4], ("self_check", b"", "self_check")], ids=str
)
def test_no_digest_of_a_ready_that_does_not_fit(attribute: str, value: Any, name: str) -> None:
    ready = Ready(b"\1" * 32, METER, 5, b"\3" * 32).replace(**{attribute: value})
    with pytest.raises(FieldInvalid, match=f"^{name}: "):
        ready.digest(CHAIN, MARKET)


@given(terms, chains, addresses)
def test_trade_id_is_the_contracts(given_terms: Terms, chain: int, market: bytes) -> None:
    kinds = ["uint256", "address", "uint256", "address", "uint64", "uint96", "uint64"]
    values = [
        chain,
        "0x" + market.hex(),
        given_terms.ref,
        "0x" + given_terms.buyer_meter.hex(),
        given_terms.amount_uwh,
        given_terms.price,
        given_terms.salt,
    ]
    assert given_terms.trade_id(chain, market) == keccak256(abi_encode(kinds, values))


@given(addresses, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_the_ref_names_the_sellers_meter(meter: bytes, number: int, version: int) -> None:
    ref = int.from_bytes(meter, "big") << 64 | number << 32 | version
    assert Terms(ref, bytes(20), 1, 1, 1).seller_meter == meter


def test_signature_is_ethereums_in_64_bytes() -> None:
    digest = keccak256(b"some digest")
    ours, theirs = sign_compact(KEY, digest), Account.unsafe_sign_hash(digest, KEY.secret)
    packed = int.from_bytes(ours[32:], "big")
    assert int.from_bytes(ours[:32], "big") == theirs.r
    assert packed & (2**255 - 1) == theirs.s
    assert packed >> 255 == theirs.v - 27


def test_eip_2098_example() -> None:
    # The first example of EIP-2098's own test cases.
    key = PrivateKey(bytes.fromhex("1234567890" * 6 + "1234"))
    digest = keccak256(b"\x19Ethereum Signed Message:\n11Hello World")
    r = "68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90"
    s = "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064"
    assert sign_compact(key, digest).hex() == r + s


def signed() -> SignedReading:
    reading = Reading(b"\1" * 32, METER, 5, 9, 3, 1)
    return SignedReading(
        b"\1" * 32, METER, 5, 9, 3, 1, sign_compact(KEY, reading.digest(CHAIN, MARKET))
    )


def test_a_meters_own_reading_verifies() -> None:
    signed().verify(CHAIN, MARKET)
    assert signed().energy_uwh == 4
    assert signed().is_final


CHANGES: list[dict[str, Any]] = [
    {"trade": "0x" + "02" * 32},
    {"meter": "0x" + "02" * 20},
    {"from": 4},
    {"to": 10},
    {"sequence": 4},
    {"state": 0},
    {"signature": "0x" + "00" * 64},
    {"signature": "0x" + "ff" * 64},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_no_changed_field_verifies(change: dict[str, Any]) -> None:
    changed = SignedReading.from_json({**signed().to_json(), **change})
    with pytest.raises(SignatureInvalid):
        changed.verify(CHAIN, MARKET)


def test_no_other_market_or_chain_verifies() -> None:
    for chain, market in ((CHAIN + 1, MARKET), (CHAIN, b"\x0b" * 20)):
        with pytest.raises(SignatureInvalid):
            signed().verify(chain, market)


def test_a_high_s_is_refused_as_such() -> None:
    high = (ORDER // 2 + 1).to_bytes(32, "big")
    with pytest.raises(SignatureInvalid, match="upper half"):
        signed().replace(signature=signed().signature[:32] + high).verify(CHAIN, MARKET)


@given(uint64, st.integers(0, 2**128 - 1))
def test_payment_never_exceeds_the_exact_value(energy_uwh: int, price: int) -> None:
    paid = payment_rounded_down(energy_uwh, price)
    assert paid * 10**9 <= energy_uwh * price < (paid + 1) * 10**9
