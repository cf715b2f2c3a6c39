"""A policy as its owner signs it: reading its rules strictly, its digest, its signer."""

from secure_world import rlp
from secure_world.commands import Finding, SetPolicy
from secure_world.errors import ErrorCode, FieldInvalid, SecureWorldRefused, SignatureInvalid
from secure_world.keys import address_of, keccak256, recover_key
from secure_world.policy_rules import ENERGY, ONE, TRADES, Call, Rules
from secure_world.structures import PolicyHead

NO_POLICY = b"\0" * 32  # digest before the first


def read_rules(data: bytes) -> Rules:
    """The rules of these bytes, which are their only form. Raises POLICY-RULES."""
    try:
        rules = Rules.from_rlp(rlp.decode(data))
    except FieldInvalid as error:
        raise _wrong(str(error)) from error
    except ValueError as error:  # RLP
        raise _wrong(str(error)) from error
    _check(rules)
    return rules


def digest(device: bytes, version: int, previous: bytes, data: bytes, rules: Rules) -> bytes:
    """What the owner signs (EIP-712) for the meter `device`; `data` are the bytes of `rules`."""
    head = PolicyHead(device, version, previous, keccak256(data))
    return head.digest(rules.chain_id, rules.market)


def check_signer(signed: bytes, request: SetPolicy, owner: bytes) -> bytes:
    """Public key (33 bytes) of `owner`. Raises POLICY-SIGNER unless it signed `signed`."""
    try:
        key = recover_key(signed, request.signature)
    except SignatureInvalid as error:
        raise SecureWorldRefused(ErrorCode.POLICY_SIGNER, str(error)) from error
    signer = address_of(key)
    if signer != owner:
        text = f"signed by 0x{signer.hex()}, expected the owner 0x{owner.hex()}"
        raise SecureWorldRefused(ErrorCode.POLICY_SIGNER, text)
    return key.format()


def _check(rules: Rules) -> None:
    """What the fields' own bounds do not say."""
    for number, call in enumerate(rules.calls):
        _check_call(f"call {number}", call)
    assets = [allowance.asset for allowance in rules.allowances]
    if len(set(assets)) < len(assets):
        raise _wrong("two allowances for an asset, expected one")
    assets += [charge.asset for call in rules.calls for charge in call.charges]
    if ENERGY in assets or TRADES in assets:
        raise _wrong("energy or trades named as an asset, expected max_day_uwh to bound them")
    for claim in rules.claims:
        if claim.min_price > claim.max_price:
            prices = f"{claim.min_price} to {claim.max_price}"
            raise _wrong(f"claims: price {prices}, expected low to high")
    if rules.tamper_marks >> len(Finding):
        raise _wrong(f"tamper marks {rules.tamper_marks:#x}, expected {len(Finding)} bits")


def _check_call(where: str, call: Call) -> None:
    for bound in call.bounds:
        if bound.low > bound.high:
            raise _wrong(f"{where}: bounds {bound.low} to {bound.high}, expected low to high")
    words = [bound.word for bound in call.bounds] + [charge.word for charge in call.charges]
    words += [charge.times for charge in call.charges if charge.times != ONE]
    if words and max(words) >= call.max_words:
        text = f"{where}: argument {max(words)} of {call.max_words}, expected one that may be there"
        raise _wrong(text)


def _wrong(text: str) -> SecureWorldRefused:
    return SecureWorldRefused(ErrorCode.POLICY_RULES, f"rules: {text}")
