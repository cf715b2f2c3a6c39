"""Commands about the device and its keys."""

from secure_world import register, trades
from secure_world.commands import Confirm, Empty, Info, Lock
from secure_world.device import Device, Stage
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.structures import EXPORT, IMPORT

HOME, VERSION = "software", "0.2.0"


def info(device: Device, _: Empty) -> Info:
    """Public facts; the addresses only once they count."""
    keys = device.keys if device.stage is Stage.PROVISIONED else None
    registers = register.read(device.store)
    return Info(
        home=HOME,
        version=VERSION,
        provisioned=keys is not None,
        account=keys.account if keys else None,
        meter=keys.meter if keys else None,
        boot_count=device.boot_count,
        policy_version=device.policy_version,
        import_uwh=registers.import_uwh,
        export_uwh=registers.export_uwh,
        rated_power_w=device.rated_power_w,
        open_import=trades.open_in(device.store, IMPORT),
        open_export=trades.open_in(device.store, EXPORT),
        locked=device.locked,
    )


def lock(device: Device, request: Lock) -> Empty:
    """The owner's switch: signing off, signing on."""
    if request.locked != device.locked:
        device.lock(request.locked)
    return Empty()


def confirm(device: Device, request: Confirm) -> Empty:
    """The mnemonic of `account` has arrived: these keys count from now on."""
    keys = device.pending_keys
    if keys is None or keys.account != request.account:
        text = f"0x{request.account.hex()} is not this device's account, expected its own"
        raise SecureWorldRefused(ErrorCode.ACCOUNT, text)
    if device.stage is Stage.PENDING:
        device.confirm()
    return Empty()
