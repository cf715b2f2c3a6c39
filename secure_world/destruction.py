"""What is destroyed when a person gives the device up, or a marked finding comes in.

The registers, the audit log and the nonces outlive both: energy that was counted stays counted, and
an account that comes back later has its guard again.
No trace of what was deleted stays in the files (Store.scrub); power that goes between the commit
and that is made good at the next start.
"""

from secure_world.device import Device, Stage


def zeroise(device: Device) -> None:
    """No keys, owner, PIN, policy, allowances, trades and claims any more."""
    device.destroy_keys(Stage.EMPTY)
    device.policy.forget()
    device.pin.forget()
    device.store.write("DELETE FROM trade")
    device.trades.load()
    device.claims.forget(device.register.import_uwh, device.register.export_uwh)
    if device.locked:
        device.lock(False)
    device.audit.note("ZEROISED")
    device.store.scrub()


def found(device: Device, mask: int, name: str) -> bool:
    """Remember a finding; whether it has destroyed the keys, for the owner's policy marks it.

    Owner and PIN stay then: a person has to zeroise the device before it gets new keys.
    """
    if not device.tampered & mask:
        device.finding(mask)
        device.audit.note("TAMPER", name)
    if not device.policy.tamper_marks & mask or not has_keys(device):
        return device.stage is Stage.DESTROYED
    device.destroy_keys(Stage.DESTROYED)
    device.audit.note("KEYS-DESTROYED", name)
    device.store.scrub()
    return True


def finish(device: Device) -> None:
    """At the start: a device without keys shall have no trace of any."""
    if not has_keys(device):
        device.store.scrub()


def has_keys(device: Device) -> bool:
    """Whether there are any, confirmed or not."""
    return device.stage in (Stage.PENDING, Stage.PROVISIONED)
