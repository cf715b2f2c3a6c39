"""Commands about money: what may be signed, and signing it."""

from secure_world import nonces, policy, transactions
from secure_world.commands import PolicyVersion, SetPolicy, Transaction
from secure_world.device import Device


def set_policy(device: Device, request: SetPolicy) -> PolicyVersion:
    """Replace the policy, unless it is the same."""
    assert device.keys
    if request != device.policy:
        device.set_policy(request)
    return PolicyVersion(device.policy_version)


def sign_transaction(device: Device, request: Transaction) -> Transaction:
    """Sign what the policy allows, once per nonce."""
    transaction = transactions.parse(request.raw)
    keys = device.signing_keys
    policy.check(device.policy, transaction)
    nonces.claim(device.store, transaction)
    return Transaction(transactions.sign_transaction(keys.account_key, transaction))
