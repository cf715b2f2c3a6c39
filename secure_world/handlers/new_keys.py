"""Provision and restore: in a child, so that the long-running process never sees a mnemonic."""

from secure_world import bundle, derivation
from secure_world.bundle import NewKeys
from secure_world.commands import WORDS, Provision, Provisioned, Restore, Restored, RestoreKey
from secure_world.device import Device, Keys, Stage
from secure_world.errors import ErrorCode, FieldInvalid, SecureWorldRefused
from secure_world.handlers.keys import check_no_keys
from secure_world.keys import ORDER
from secure_world.parent import Parent


def provision(device: Device, request: Provision, parent: Parent) -> Provisioned:
    """New keys from fresh entropy; they count once the client has confirmed the answer."""
    if request.words not in WORDS:
        raise FieldInvalid(f"words: {request.words}, expected 12, 15, 18, 21 or 24")
    check_no_keys(device)
    mnemonic = derivation.new_mnemonic(request.words)
    account_key = derivation.account_key(mnemonic, request.passphrase)
    made = _keep(device, parent, account_key, request.rated_power_w, Stage.PENDING)
    return Provisioned(mnemonic, made.account, made.meter)


def restore(device: Device, request: Restore, parent: Parent) -> Restored:
    """The account key of a mnemonic; all others are new."""
    check_no_keys(device)
    derivation.check_mnemonic(request.mnemonic)
    account_key = derivation.account_key(request.mnemonic, request.passphrase)
    return _keep(device, parent, account_key, request.rated_power_w, Stage.PROVISIONED)


def restore_key(device: Device, request: RestoreKey, parent: Parent) -> Restored:
    """The account key of an opened backup; all others are new."""
    check_no_keys(device)
    if not 0 < int.from_bytes(request.account_key, "big") < ORDER:
        text = "account key out of range, expected a backup's"
        raise SecureWorldRefused(ErrorCode.ACCOUNT, text)
    return _keep(device, parent, request.account_key, request.rated_power_w, Stage.PROVISIONED)


def _keep(
    device: Device, parent: Parent, account_key: bytes, rated_power_w: int, stage: Stage
) -> Restored:
    """Make the other keys, seal all, and have them kept durably; both addresses."""
    made = bundle.new(account_key)
    points = bundle.p256_point(made.attestation_secret), bundle.p256_point(made.link_secret)
    secrets = made.account_key, made.meter_key, made.attestation_secret, made.link_secret
    parent.ask(NewKeys(*secrets, *points, device.vault.seal(made), rated_power_w, stage))
    keys = Keys.of(made)
    return Restored(keys.account, keys.meter)
