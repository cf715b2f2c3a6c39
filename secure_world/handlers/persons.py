"""Commands of persons: each in a child, which alone sees the PIN."""

from coincurve import PublicKey

from secure_world import backup as backups
from secure_world import pin_check, pin_rules
from secure_world.commands import Backup, ChangePin, Claim, Empty, WithPin
from secure_world.device import Device
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.keys import address_of
from secure_world.parent import Parent
from secure_world.persons_effects import (
    BackedUp,
    Claimed,
    PinChanged,
    Unlocked,
    Zeroised,
)


def claim(device: Device, request: Claim, parent: Parent) -> Empty:
    """The owner's public key and a PIN, once."""
    device.pin.check_unclaimed()
    owner = _address(request.owner_key)
    pin_rules.check_strength(request.pin)
    parent.ask(Claimed(request.owner_key, owner, pin_rules.hashed(request.pin)))
    return Empty()


def change_pin(device: Device, request: ChangePin, parent: Parent) -> Empty:
    """Another PIN; a weak one is refused before the old one is tried."""
    pin_rules.check_strength(request.new_pin)
    pin_check.check(device, parent, request.pin)
    parent.ask(PinChanged(pin_rules.hashed(request.new_pin)))
    return Empty()


def unlock(device: Device, request: WithPin, parent: Parent) -> Empty:
    """Sign again."""
    pin_check.check(device, parent, request.pin)
    parent.ask(Unlocked())
    return Empty()


def backup(device: Device, request: WithPin, parent: Parent) -> Backup:
    """The account key for the owner's eyes; it leaves only once the audit log says so."""
    keys = device.keys
    pin_check.check(device, parent, request.pin)
    sealed = backups.seal(keys.account_key.secret, _owner_key(device))
    parent.ask(BackedUp())
    return sealed


def zeroise(device: Device, request: WithPin, parent: Parent) -> Empty:
    """Give the device up."""
    pin_check.check(device, parent, request.pin)
    parent.ask(Zeroised())
    return Empty()


def _address(owner_key: bytes) -> bytes:
    try:
        return address_of(PublicKey(owner_key))
    except ValueError as error:
        text = "not a point of secp256k1, expected the owner's public key (33 bytes)"
        raise SecureWorldRefused(ErrorCode.OWNER_KEY, text) from error


def _owner_key(device: Device) -> bytes:
    """Public key of the owner in force: a policy may have named another since the claim."""
    owner, owner_key = device.policy.owner, device.policy.owner_key
    if owner is None or owner_key is None or _address(owner_key) != owner:
        text = "the policy names another owner than the claim, expected a policy signed by that one"
        raise SecureWorldRefused(ErrorCode.OWNER_KEY, text)
    return owner_key
