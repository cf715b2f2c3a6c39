"""The policy and the nonce guard, refusal by refusal."""

import pytest
from eth_account import Account

from secure_world import rlp
from secure_world.commands import Command, PolicyRule, Role, SetPolicy, Transaction
from secure_world.errors import SecureWorldRefused
from tests.secure_world.rig import (
    ACCOUNT_KEY,
    CHAIN,
    MARKET,
    MAX_FEE,
    MAX_VALUE,
    POLICY,
    SELECTOR,
    Rig,
)

GAS = 100_000


def unsigned(
    nonce: int = 0,
    *,
    chain: int = CHAIN,
    to: bytes = MARKET,
    data: bytes = SELECTOR,
    value: int = 0,
    tip: int = 10,
    max_fee: int = 20,
    gas: int = GAS,
) -> bytes:
    numbers = [rlp.encode_uint(number) for number in (chain, nonce, tip, max_fee, gas)]
    return b"\x02" + rlp.encode([*numbers, to, rlp.encode_uint(value), data, []])


def legacy(nonce: int, price: int) -> bytes:
    first = [rlp.encode_uint(number) for number in (nonce, price, GAS)]
    return rlp.encode([*first, MARKET, b"", SELECTOR, rlp.encode_uint(CHAIN), b"", b""])


def sign(rig: Rig, raw: bytes) -> bytes:
    signed: bytes = rig.ask(Role.NODE, Command.SIGN_TRANSACTION, Transaction(raw)).raw
    return signed


def refusal(rig: Rig, raw: bytes) -> str:
    with pytest.raises(SecureWorldRefused) as caught:
        sign(rig, raw)
    return str(caught.value.code)


def test_signs_for_its_account(rig: Rig) -> None:
    signed = sign(rig, unsigned(value=MAX_VALUE, max_fee=MAX_FEE // GAS))
    assert Account.recover_transaction(signed) == Account.from_key(ACCOUNT_KEY).address


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (unsigned(chain=CHAIN + 1), "POLICY-CHAIN"),
        (unsigned(to=b"\x0b" * 20), "POLICY-CONTRACT"),
        (unsigned(data=b"\xaa\xbb\xcc\xde"), "POLICY-SELECTOR"),
        (unsigned(data=b""), "POLICY-SELECTOR"),
        (unsigned(data=SELECTOR[:3]), "POLICY-SELECTOR"),
        (unsigned(value=MAX_VALUE + 1), "POLICY-VALUE"),
        (unsigned(max_fee=MAX_FEE // GAS + 1), "POLICY-FEE"),
        (legacy(0, MAX_FEE // GAS + 1), "POLICY-FEE"),
    ],
)
def test_refuses_what_no_rule_allows(rig: Rig, raw: bytes, code: str) -> None:
    assert refusal(rig, raw) == code
    assert sign(rig, unsigned(data=SELECTOR + b"other"))  # and no nonce was spent on it


def test_rules_do_not_mix(rig: Rig) -> None:
    other = PolicyRule(CHAIN, b"\x0b" * 20, b"\1\2\3\4", 0)
    rig.ask(Role.ADMIN, Command.SET_POLICY, SetPolicy((*POLICY.rules, other), MAX_FEE))
    assert refusal(rig, unsigned(to=other.to)) == "POLICY-SELECTOR"
    assert refusal(rig, unsigned(to=other.to, data=other.selector, value=1)) == "POLICY-VALUE"
    assert sign(rig, unsigned(to=other.to, data=other.selector))


def test_without_a_policy_nothing_is_signed(rig: Rig) -> None:
    rig.device.policy = None
    assert refusal(rig, unsigned()) == "POLICY-CHAIN"


def test_policy_versions_count_changes_and_survive(rig: Rig) -> None:
    assert rig.ask(Role.ADMIN, Command.SET_POLICY, POLICY).version == 1
    narrower = SetPolicy(POLICY.rules, 5)
    assert rig.ask(Role.ADMIN, Command.SET_POLICY, narrower).version == 2
    rig.restart()
    assert rig.device.policy_version == 2
    assert refusal(rig, unsigned()) == "POLICY-FEE"


def test_the_same_payload_gives_the_same_bytes_for_ever(rig: Rig) -> None:
    first = sign(rig, unsigned(3))
    assert sign(rig, unsigned(3)) == first
    rig.restart()
    assert sign(rig, unsigned(3)) == first


@pytest.mark.parametrize(
    "other",
    [
        unsigned(3, value=1),
        unsigned(3, data=SELECTOR + b"\1"),
        unsigned(3, gas=GAS + 1, tip=11, max_fee=21),
        unsigned(3, tip=11, max_fee=20),
        unsigned(3, tip=10, max_fee=21),
        unsigned(3, tip=9, max_fee=19),
        legacy(3, 50),
    ],
    ids=["value", "data", "gas", "only the tip", "only the fee", "lower", "type"],
)
def test_another_payload_for_a_nonce_is_refused(rig: Rig, other: bytes) -> None:
    sign(rig, unsigned(3))
    assert refusal(rig, other) == "NONCE-USED"
    rig.restart()
    assert refusal(rig, other) == "NONCE-USED"


def test_a_fee_bump_of_the_same_call_passes(rig: Rig) -> None:
    first = sign(rig, unsigned(3))
    bumped = sign(rig, unsigned(3, tip=11, max_fee=21))
    assert bumped != first
    assert sign(rig, unsigned(3)) == first  # what was signed once may be asked for again
    assert refusal(rig, unsigned(3, tip=11, max_fee=22)) == "NONCE-USED"
    assert sign(rig, legacy(4, 50)) != sign(rig, legacy(4, 51))


def test_nonces_of_chains_are_apart(rig: Rig) -> None:
    rule = PolicyRule(CHAIN + 1, MARKET, SELECTOR, 0)
    rig.ask(Role.ADMIN, Command.SET_POLICY, SetPolicy((*POLICY.rules, rule), MAX_FEE))
    assert sign(rig, unsigned(3)) != sign(rig, unsigned(3, chain=CHAIN + 1))


def test_malformed_transactions_keep_their_codes_over_the_wire(rig: Rig) -> None:
    assert refusal(rig, b"\x01\xc0") == "TX-TYPE"
    assert refusal(rig, unsigned() + b"\0") == "TX-MALFORMED"
    assert refusal(rig, unsigned(data=SELECTOR + b"\1" * 8200)) in ("TOO-LARGE", "MALFORMED")
