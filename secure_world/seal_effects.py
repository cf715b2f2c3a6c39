"""What the children of sealing's commands have done for good (effects.py)."""

from secure_world import manifest
from secure_world.bundle import Bundle
from secure_world.device import Device
from secure_world.message import U32, Hash, Message, SecretKey
from secure_world.opening import Wrapped
from secure_world.vault import Rewrapped
from secure_world.vault_slots import Slot


class Quoted(Message):
    """A quote is about to leave."""


class PassphraseWrong(Message):
    """It did not open the keys; the attempt is counted already."""


class Unsealed(Message):
    """The passphrase was right: what it opened."""

    root: SecretKey
    key: SecretKey
    account_key: SecretKey
    meter_key: SecretKey
    attestation_secret: SecretKey
    link_secret: SecretKey


class Enrolled(Message):
    """A manifest was right: its code may open the keys."""

    measurement: Hash
    version: U32
    floor: U32
    wrapped: Wrapped


def quoted(device: Device, _: Quoted) -> None:
    """Noted, not each time."""
    device.audit.seldom("QUOTE")


def passphrase_wrong(device: Device, _: PassphraseWrong) -> None:
    """Noted."""
    device.audit.note("PASSPHRASE-WRONG", f"{device.pin.failures} in a row")


def unsealed(device: Device, effect: Unsealed) -> None:
    """The keys are open until the process ends. Raises NOT-PROVISIONED, TAMPERED."""
    device.check_provisioned()
    secrets = effect.account_key, effect.meter_key, effect.attestation_secret, effect.link_secret
    bundle = Bundle(*secrets)
    device.pin.take_back()
    device.audit.note("UNSEALED")
    device.commit()  # before they are: an undone batch would not close them again
    device.vault.unsealed(effect.root, effect.key)
    device.open(bundle)


def rewrapped(device: Device, effect: Rewrapped) -> None:
    """Another passphrase, or none. Raises NOT-PROVISIONED, TAMPERED."""
    device.check_provisioned()
    device.vault.rewrap(effect)
    device.audit.note("PASSPHRASE-SET" if effect.salt else "PASSPHRASE-REMOVED")
    device.store.scrub()  # a slot of before opens without this passphrase


def enrolled(device: Device, effect: Enrolled) -> None:
    """Other code may open the keys. Raises NOT-PROVISIONED, TAMPERED, MANIFEST-VERSION."""
    device.check_provisioned()
    manifest.check_version(effect.version, effect.floor, device.vault.floor)
    known = device.vault.slots.of(effect.measurement)
    if known is not None and known.version >= effect.version and effect.floor <= device.vault.floor:
        return
    device.vault.enrol(Slot(effect.measurement, effect.version, effect.wrapped), effect.floor)
    code = effect.measurement.hex()[:16]
    device.audit.note("ENROLLED", f"0x{code}… version {effect.version}, floor {effect.floor}")
