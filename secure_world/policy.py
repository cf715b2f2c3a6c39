"""The owner's first policy: which calls may be signed, what they may carry, what they may cost."""

from secure_world.commands import PolicyRule, SetPolicy
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.transactions import Unsigned


def check(policy: SetPolicy | None, transaction: Unsigned) -> None:
    """Raises SecureWorldRefused with the first bound that no rule meets."""
    if policy is None:
        raise SecureWorldRefused(ErrorCode.POLICY_CHAIN, "no policy is set, expected one")
    rules = _same_chain(policy.rules, transaction)
    rules = _same_contract(rules, transaction)
    rules = _same_selector(rules, transaction)
    most = max(rule.max_value for rule in rules)
    if transaction.value > most:
        text = f"value {transaction.value} wei, expected at most {most}"
        raise SecureWorldRefused(ErrorCode.POLICY_VALUE, text)
    if transaction.most_fee > policy.max_fee_wei:
        text = f"fee up to {transaction.most_fee} wei, expected at most {policy.max_fee_wei}"
        raise SecureWorldRefused(ErrorCode.POLICY_FEE, text)


def _same_chain(rules: tuple[PolicyRule, ...], transaction: Unsigned) -> list[PolicyRule]:
    found = [rule for rule in rules if rule.chain_id == transaction.chain_id]
    if not found:
        text = f"chain {transaction.chain_id}, expected one that the policy names"
        raise SecureWorldRefused(ErrorCode.POLICY_CHAIN, text)
    return found


def _same_contract(rules: list[PolicyRule], transaction: Unsigned) -> list[PolicyRule]:
    found = [rule for rule in rules if rule.to == transaction.to]
    if not found:
        text = f"contract 0x{transaction.to.hex()}, expected one that the policy names"
        raise SecureWorldRefused(ErrorCode.POLICY_CONTRACT, text)
    return found


def _same_selector(rules: list[PolicyRule], transaction: Unsigned) -> list[PolicyRule]:
    selector = transaction.data[:4]
    found = [rule for rule in rules if rule.selector == selector]
    if not found:
        text = f"selector 0x{selector.hex()}, expected one that the policy names"
        raise SecureWorldRefused(ErrorCode.POLICY_SELECTOR, text)
    return found
