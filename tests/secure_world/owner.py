"""The owner of a device under test, off the device: a key, a law, signed policies."""

from typing import Any

from coincurve import PrivateKey

from secure_world.keys import address_of, sign_compact
from secure_world.policy_paper import digest
from secure_world.protocol import (
    FEES,
    NATIVE,
    Allowance,
    Call,
    PolicyState,
    Rules,
    SecureWorld,
    SetPolicy,
    encode_rlp,
)

KEY = PrivateKey(b"\x33" * 32)
PUBLIC_KEY, OWNER = KEY.public_key.format(), address_of(KEY.public_key)
PIN = "271828"
CHAIN, MARKET, SELECTOR = 31337, b"\x0a" * 20, b"\xaa\xbb\xcc\xdd"
MAX_VALUE, MAX_FEE = 10**18, 10**16
NO_POLICY = b"\0" * 32


def law(**changes: Any) -> Rules:
    """One call of one market, and more energy and money than a test uses."""
    fields: dict[str, Any] = {
        "chain_id": CHAIN,
        "market": MARKET,
        "owner": OWNER,
        "release": None,
        "calls": (Call(MARKET, SELECTOR, MAX_VALUE, 32, (), ()),),
        "allowances": tuple([Allowance(asset, 2**200, 0) for asset in (NATIVE, FEES)]),
        "max_fee_wei": MAX_FEE,
        "max_trade_uwh": 2**63,
        "max_day_uwh": 2**64 - 1,
        "tamper_marks": 0,
    }
    return Rules(**{**fields, **changes})


def signed(
    meter: bytes,
    rules: Rules,
    version: int = 1,
    previous: bytes = NO_POLICY,
    key: PrivateKey = KEY,
) -> SetPolicy:
    """A policy for the device whose meter this is."""
    data = encode_rlp(rules.to_rlp())
    signature = sign_compact(key, digest(meter, version, previous, data, rules))
    return SetPolicy(version, previous, data, signature)


def rule(admin: SecureWorld, rules: Rules | None = None) -> PolicyState:
    """Put the next policy in force; the device must be the owner's."""
    meter, state = admin.info().meter, admin.get_policy()
    assert meter is not None
    request = signed(meter, rules or law(), state.version + 1, state.digest)
    return admin.set_policy(request.version, request.previous, request.rules, request.signature)


def take(admin: SecureWorld, rules: Rules | None = None) -> PolicyState:
    """Claim a provisioned device, and give it its first policy."""
    admin.claim(PUBLIC_KEY, PIN)
    return rule(admin, rules)
