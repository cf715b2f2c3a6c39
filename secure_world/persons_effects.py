"""What the children of persons' commands have done for good (effects.py)."""

from typing import Annotated

from secure_world import destruction
from secure_world.commands import PublicKey
from secure_world.device import Device
from secure_world.fields import Octets
from secure_world.message import Address, Message

PinHash = Annotated[bytes, Octets(48)]  # salt and key, pin_rules.py


class PinAttempt(Message):
    """A PIN is about to be tried: a failure until PinRight."""


class PinWrong(Message):
    """It was wrong."""


class PinRight(Message):
    """It was right."""


class PinChanged(Message):
    """Another PIN from now on."""

    hash: PinHash


class Claimed(Message):
    """The device has an owner and a PIN."""

    owner_key: PublicKey
    owner: Address
    hash: PinHash


class Unlocked(Message):
    """A person lets the device sign again."""


class BackedUp(Message):
    """The account key, sealed to the owner, is about to leave."""


class Zeroised(Message):
    """A person gives the device up."""


def pin_attempt(device: Device, _: PinAttempt) -> None:
    """Raises NOT-CLAIMED, PIN-WAIT."""
    device.pin.attempt()


def pin_wrong(device: Device, _: PinWrong) -> None:
    """The failure is counted already: now it is noted."""
    device.audit.note("PIN-WRONG", f"{device.pin.failures} in a row")


def pin_right(device: Device, _: PinRight) -> None:
    """Raises NOT-CLAIMED."""
    device.pin.right()


def pin_changed(device: Device, effect: PinChanged) -> None:
    """Raises NOT-CLAIMED."""
    device.pin.change(effect.hash)
    device.audit.note("PIN-CHANGED")


def claimed(device: Device, effect: Claimed) -> None:
    """Owner and PIN at once. Raises ALREADY-CLAIMED."""
    device.pin.claim(effect.hash)
    device.policy.own(effect.owner_key, effect.owner)
    device.audit.note("CLAIMED", f"0x{effect.owner.hex()}")


def unlocked(device: Device, _: Unlocked) -> None:
    """Unlocked already: nothing."""
    if device.locked:
        device.lock(False)
        device.audit.note("UNLOCKED")


def backed_up(device: Device, _: BackedUp) -> None:
    """Raises NOT-PROVISIONED, TAMPERED."""
    device.check_provisioned()
    device.audit.note("BACKUP")


def zeroised(device: Device, _: Zeroised) -> None:
    """Everything goes but the registers and the audit log."""
    destruction.zeroise(device)
