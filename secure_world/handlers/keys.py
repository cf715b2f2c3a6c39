"""Commands about the device and its keys."""

from secure_world import destruction
from secure_world.bundle import NewKeys
from secure_world.commands import (
    AuditFrom,
    AuditPage,
    Confirm,
    Empty,
    Finding,
    Info,
    Lock,
    Tamper,
    Tampered,
)
from secure_world.device import Device, Stage
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.structures import EXPORT, IMPORT

HOME, VERSION = "software", "0.4.0"


def info(device: Device, _: Empty) -> Info:
    """Public facts; the keys' only once they count."""
    counts = device.stage is Stage.PROVISIONED
    return Info(
        home=HOME,
        version=VERSION,
        provisioned=counts,
        account=device.account if counts else None,
        meter=device.meter if counts else None,
        boot_count=device.boot_count,
        policy_version=device.policy.version,
        import_uwh=device.register.import_uwh,
        export_uwh=device.register.export_uwh,
        rated_power_w=device.rated_power_w,
        open_import=device.trades.open_in(IMPORT),
        open_export=device.trades.open_in(EXPORT),
        locked=device.locked,
        sealed=device.is_sealed,
        measurement=device.vault.measurement,
        enrolled=device.vault.enrolled,
        owner=device.policy.owner,
        pin_wait_s=device.pin.wait_s(),
        tampered=device.tampered,
        entropy=device.entropy,
        isolation=device.isolation,
        audit_count=device.audit.count,
        audit_head=device.audit.head,
        attestation_key=device.attestation_key if counts else None,
        link_key=device.link_key if counts else None,
    )


def lock(device: Device, _: Lock) -> Empty:
    """Signing off; on again by a PIN."""
    if not device.locked:
        device.lock(True)
        device.audit.note("LOCKED")
    return Empty()


def confirm(device: Device, request: Confirm) -> Empty:
    """The mnemonic of `account` has arrived: these keys count from now on."""
    if device.stage not in (Stage.PENDING, Stage.PROVISIONED) or device.account != request.account:
        text = f"0x{request.account.hex()} is not this device's account, expected its own"
        raise SecureWorldRefused(ErrorCode.ACCOUNT, text)
    if device.stage is Stage.PENDING:
        device.confirm()
        device.audit.note("PROVISIONED")
    return Empty()


def audit(device: Device, request: AuditFrom) -> AuditPage:
    """Entries of the audit log."""
    return device.audit.page(request.first)


def tamper(device: Device, request: Tamper) -> Tampered:
    """Remember a finding; one that the owner's policy marks destroys the keys."""
    name = Finding(request.finding).name.replace("_", "-")
    return Tampered(destruction.found(device, 1 << request.finding, name))


def keep_keys(device: Device, made: NewKeys) -> None:
    """Effect: new keys in place of none, or of unconfirmed ones."""
    check_no_keys(device)
    device.adopt(made)
    if device.stage is Stage.PROVISIONED:
        device.audit.note("RESTORED")


def check_no_keys(device: Device) -> None:
    """Raises ALREADY-PROVISIONED, or TAMPERED until a person has zeroised the device."""
    if device.stage is Stage.PROVISIONED:
        text = "this device has its keys, expected a new one, or `evlock secure-world zeroise`"
        raise SecureWorldRefused(ErrorCode.ALREADY_PROVISIONED, text)
    if device.stage is Stage.DESTROYED:
        device.check_provisioned()
