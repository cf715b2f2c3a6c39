"""The policy as its owner signs it: version, previous, signer, rules; and who the owner is."""

from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from secure_world import rlp
from secure_world.commands import Command, Empty, Role, SetPolicy
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.keys import address_of, keccak256
from secure_world.policy_paper import NO_POLICY, digest, read_rules
from secure_world.policy_rules import ENERGY, FEES, NATIVE, ONE, Allowance, Bound, Call, Charge
from tests.secure_world.calls import refusal, sign, unsigned
from tests.secure_world.owner import KEY, OWNER, law, signed
from tests.secure_world.rig import CHAIN, MARKET, METER, SELECTOR, Rig

OTHER_KEY = PrivateKey(b"\x34" * 32)
OTHER = address_of(OTHER_KEY.public_key)
NARROW = law(max_fee_wei=5)


def set_policy(rig: Rig, request: SetPolicy) -> str:
    """OK, or the code of the refusal."""
    try:
        rig.ask(Role.ADMIN, Command.SET_POLICY, request)
    except SecureWorldRefused as error:
        return str(error.code)
    return "OK"


def in_force(rig: Rig) -> tuple[int, bytes]:
    state = rig.ask(Role.METER, Command.GET_POLICY, Empty())
    return state.version, state.digest


def test_what_is_signed_is_eip_712() -> None:
    rules = law()
    data = rlp.encode(rules.to_rlp())
    fields = [("device", "address"), ("version", "uint32")]
    fields += [("previous", "bytes32"), ("rules", "bytes32")]
    told = encode_typed_data(
        domain_data={
            "name": "Evlock",
            "version": "1",
            "chainId": CHAIN,
            "verifyingContract": "0x" + MARKET.hex(),
        },
        message_types={"Policy": [{"name": name, "type": kind} for name, kind in fields]},
        message_data={
            "device": "0x" + METER.hex(),
            "version": 7,
            "previous": b"\x0d" * 32,
            "rules": keccak256(data),
        },
    )
    expected = keccak256(b"\x19" + told.version + told.header + told.body)
    assert digest(METER, 7, b"\x0d" * 32, data, rules) == expected
    signature = Account.unsafe_sign_hash(expected, KEY.secret)
    request = signed(METER, rules, 7, b"\x0d" * 32)
    assert request.signature[:32] == signature.r.to_bytes(32, "big")


def test_the_same_policy_again_changes_nothing(rig: Rig) -> None:
    before, noted = in_force(rig), rig.device.audit.count
    for _ in range(2):
        assert set_policy(rig, signed(METER, law())) == "OK"
        assert in_force(rig) == before
        rig.restart()
    assert rig.device.audit.count == noted


def test_the_next_policy_counts_and_survives(rig: Rig) -> None:
    version, before = in_force(rig)
    assert set_policy(rig, signed(METER, NARROW, version + 1, before)) == "OK"
    rig.restart()
    assert in_force(rig)[0] == version + 1
    assert refusal(rig, unsigned()) == "POLICY-FEE"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"version": 1}, "POLICY-VERSION"),
        ({"version": 3}, "POLICY-VERSION"),
        ({"version": 0}, "POLICY-VERSION"),
        ({"previous": NO_POLICY}, "POLICY-PREVIOUS"),
        ({"key": OTHER_KEY}, "POLICY-SIGNER"),
        ({"meter": b"\x0f" * 20}, "POLICY-SIGNER"),
    ],
)
def test_no_other_policy_is_taken(rig: Rig, wanted: dict[str, Any], code: str) -> None:
    before = in_force(rig)
    fields: dict[str, Any] = {"meter": METER, "version": 2, "previous": before[1], **wanted}
    assert set_policy(rig, signed(rules=NARROW, **fields)) == code
    assert in_force(rig) == before
    assert sign(rig, unsigned())


def test_no_policy_comes_back(rig: Rig) -> None:
    first = signed(METER, law())
    second = signed(METER, NARROW, 2, in_force(rig)[1])
    assert set_policy(rig, second) == "OK"
    third = signed(METER, law(), 3, in_force(rig)[1])
    assert set_policy(rig, third) == "OK"
    for earlier in (first, second):
        assert set_policy(rig, earlier) == "POLICY-VERSION"
    assert in_force(rig)[0] == 3


def test_a_signature_that_is_none_is_refused(rig: Rig) -> None:
    good = signed(METER, NARROW, 2, in_force(rig)[1])
    for signature in (bytes(64), b"\xff" * 64, good.signature[:32] + b"\x7f" * 32):
        assert set_policy(rig, good.replace(signature=signature)) == "POLICY-SIGNER"


def test_an_owner_hands_over(rig: Rig) -> None:
    assert set_policy(rig, signed(METER, law(owner=OTHER), 2, in_force(rig)[1])) == "OK"
    rig.restart()
    next_one = signed(METER, NARROW, 3, in_force(rig)[1])
    assert set_policy(rig, next_one) == "POLICY-SIGNER"
    next_one = signed(METER, NARROW, 3, in_force(rig)[1], OTHER_KEY)
    assert set_policy(rig, next_one) == "OK"
    assert rig.device.policy.owner == OWNER


def test_without_a_policy_nothing_is_signed(rig: Rig) -> None:
    rig.device.policy.forget()
    assert refusal(rig, unsigned()) == "POLICY-MISSING"
    assert in_force(rig) == (0, NO_POLICY)
    assert set_policy(rig, signed(METER, law())) == "NOT-CLAIMED"


ROW = Call(MARKET, SELECTOR, 0, 2, (), ())


@pytest.mark.parametrize(
    "changes",
    [
        {"calls": (ROW.replace(bounds=(Bound(0, 2, 1),)),)},
        {"calls": (ROW.replace(bounds=(Bound(2, 1, 2),)),)},
        {"calls": (ROW.replace(charges=(Charge(NATIVE, 2, ONE, 1),)),)},
        {"calls": (ROW.replace(charges=(Charge(NATIVE, 1, 2, 1),)),)},
        {"calls": (ROW.replace(charges=(Charge(ENERGY, 1, ONE, 1),)),)},
        {"allowances": (Allowance(FEES, 1, 1), Allowance(FEES, 2, 1))},
        {"allowances": (Allowance(ENERGY, 1, 1),)},
        {"tamper_marks": 32},
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rig: Rig, changes: dict[str, Any]) -> None:
    request = signed(METER, law(**changes), 2, in_force(rig)[1])
    assert set_policy(rig, request) == "POLICY-RULES"


GOOD = rlp.encode(law().to_rlp())


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255), st.binary(max_size=3))
def test_rules_have_one_form(at: int, change: int, tail: bytes) -> None:
    """Whatever bytes are read as rules: written again they are the same bytes."""
    bent = bytearray(GOOD)
    bent[at] ^= change
    for data in (bytes(bent), GOOD + tail, GOOD[:at], bytes(bent) + tail):
        try:
            rules = read_rules(data)
        except SecureWorldRefused as error:
            assert error.code == ErrorCode.POLICY_RULES.text
        else:
            assert rlp.encode(rules.to_rlp()) == data
