"""Quotes: signed by the attestation key over every field, checked by anybody who has the point."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_world import quotes
from secure_world.bundle import p256_point
from secure_world.commands import Quote
from secure_world.errors import SignatureInvalid
from secure_world.protocol import SecureWorldRefused, verify_quote
from tests.secure_world.process import Secured, refusal

# RFC 6979, A.2.5: P-256, SHA-256, message "sample"
RFC_SECRET = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
RFC_POINT = bytes.fromhex(
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
RFC_SIGNATURE = bytes.fromhex(
    "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
)
QUOTE = Quote(
    nonce=b"\1" * 32, home="software", version="0.2.0", measurement=b"\2" * 32, boot_count=3,
    meter=b"\4" * 20, policy_version=5, policy_digest=b"\6" * 32, import_uwh=7, export_uwh=8,
    tampered=0, isolation="", audit_count=9, audit_head=b"\n" * 32, signature=b"\0" * 64,
)  # fmt: skip


def signed(secret: bytes = RFC_SECRET, **fields: Any) -> Quote:
    """The quote with some fields changed before it was signed."""
    made = Quote.from_json({**QUOTE.to_json(), **fields})
    signature = quotes.sign(secret, quotes.preimage(made))
    return Quote.from_json({**made.to_json(), "signature": "0x" + signature.hex()})


def test_signatures_are_those_of_rfc_6979() -> None:
    assert quotes.sign(RFC_SECRET, b"sample") == RFC_SIGNATURE
    assert p256_point(RFC_SECRET) == RFC_POINT


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1))
def test_a_signed_quote_is_good(nonce: bytes, energy_uwh: int) -> None:
    verify_quote(signed(nonce="0x" + nonce.hex(), import_uwh=energy_uwh), RFC_POINT)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nonce", "0x" + "11" * 32), ("home", "optee"), ("version", "0.2.1"),
        ("measurement", "0x" + "11" * 32), ("boot_count", 4), ("meter", "0x" + "11" * 20),
        ("policy_version", 6), ("policy_digest", "0x" + "11" * 32), ("import_uwh", 8),
        ("export_uwh", 7), ("tampered", 1), ("isolation", "x"), ("audit_count", 8),
        ("audit_head", "0x" + "11" * 32), ("signature", "0x" + "11" * 64),
        ("signature", "0x" + "00" * 64),
    ],
)  # fmt: skip
def test_every_field_is_signed(field: str, value: object) -> None:
    altered = Quote.from_json({**signed().to_json(), field: value})
    with pytest.raises(SignatureInvalid, match="not signed by this"):
        verify_quote(altered, RFC_POINT)


def test_another_key_and_what_is_no_key() -> None:
    with pytest.raises(SignatureInvalid, match="not signed by this"):
        verify_quote(signed(b"\1" * 32), RFC_POINT)
    with pytest.raises(SignatureInvalid, match="P-256 point"):
        verify_quote(signed(), b"\1" * 64)


def test_a_device_says_what_it_is(secured: Secured) -> None:
    assert refusal(lambda: secured.admin.attest(b"\1" * 32)) == "NOT-PROVISIONED"
    secured.admin.provision(12, "", 5)
    info = secured.node.info()
    assert info.attestation_key is not None
    quote = secured.node.attest(b"\1" * 32)
    verify_quote(quote, info.attestation_key)
    assert (quote.nonce, quote.meter, quote.home) == (b"\1" * 32, info.meter, "software")
    assert (quote.measurement, quote.boot_count) == (info.measurement, 1)
    assert (quote.audit_count, quote.audit_head) == (info.audit_count, info.audit_head)
    again = secured.admin.attest(b"\2" * 32)
    assert again.nonce == b"\2" * 32
    assert again.audit_count > quote.audit_count, "the first quote is in the log"


def test_the_meter_may_not_ask_and_a_locked_device_says_nothing(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    with pytest.raises(SecureWorldRefused, match="ROLE"):
        secured.meter.attest(b"\1" * 32)
    secured.admin.lock()
    assert refusal(lambda: secured.node.attest(b"\1" * 32)) == "LOCKED"


def test_the_attestation_key_outlives_the_process(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    point = secured.admin.info().attestation_key
    assert point is not None
    secured.kill()
    assert secured.start()
    verify_quote(secured.admin.attest(b"\3" * 32), point)
