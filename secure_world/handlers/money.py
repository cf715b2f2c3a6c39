"""Commands about money: what may be signed, and signing it."""

from secure_world import transactions
from secure_world.commands import Empty, PolicyState, SetPolicy, Transaction
from secure_world.device import Device
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.policy_check import Charges
from secure_world.policy_rules import FEES
from secure_world.transactions import KAIA_DELEGATED_CALL, Unsigned


def set_policy(device: Device, request: SetPolicy) -> PolicyState:
    """Put the owner's next policy in force; the one in force again changes nothing."""
    device.check_provisioned()
    assert device.meter is not None
    if device.policy.set(request, device.meter):
        device.claims.make_room()
        device.audit.note("POLICY", str(request.version))
    return device.policy.state()


def get_policy(device: Device, _: Empty) -> PolicyState:
    """The policy in force, and what is left under it."""
    return device.policy.state()


def sign_transaction(device: Device, request: Transaction) -> Transaction:
    """Sign what the policy allows, once per nonce; what was signed before costs nothing again."""
    transaction = transactions.parse(request.raw)
    keys = device.signing_keys
    _check_sender(transaction, keys.account)
    charges = device.policy.charges(transaction)
    known = device.nonces.look(keys.account, transaction)
    if known.same:
        return Transaction(transactions.sign_transaction(keys.account_key, transaction))
    if known.bump:
        charges = _of_bump(transaction, known.top_fee_wei)
    planned = device.policy.plan(charges)
    signed = transactions.sign_transaction(keys.account_key, transaction)
    device.nonces.record(keys.account, transaction)
    device.policy.spend(planned)
    return Transaction(signed)


def _check_sender(transaction: Unsigned, account: bytes) -> None:
    """Raises TX-SENDER where the payload names another account than this device's."""
    if transaction.sender not in (None, account):
        text = f"from 0x{transaction.sender.hex()}, expected this account 0x{account.hex()}"
        raise SecureWorldRefused(ErrorCode.TX_SENDER, text)


def _of_bump(transaction: Unsigned, paid_wei: int) -> Charges:
    """Of the same call for more only the fee's difference: the rest is charged already."""
    if transaction.kind == KAIA_DELEGATED_CALL or not transaction.gas:
        return {}
    return {FEES: transaction.most_fee - paid_wei}
