"""OSErrors of an I2C bus, or of the kernel's own converters, as our named errors."""

import errno

from drivers.errors import AdcAbsent, AdcAccess, AdcError, AdcNack, AdcStuck, BusGone, DriverError

NOT_ACKNOWLEDGED = (errno.EREMOTEIO, errno.ENXIO)  # Linux, Documentation/i2c/fault-codes
NO_SUCH_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO)
FORBIDDEN = (errno.EACCES, errno.EPERM)


def named(error: OSError | ValueError, chip: str) -> DriverError:
    """What happened to `chip`; Adafruit's probe wraps the OSError in a ValueError."""
    if isinstance(error, DriverError):
        return error
    cause = error.__context__ if isinstance(error, ValueError) else error
    if getattr(cause, "errno", None) in NOT_ACKNOWLEDGED:
        return AdcNack(f"{chip}: no acknowledge, a chip expected there")
    return BusGone(f"{chip}: {cause or error}; a living bus expected")


def kernel_fault(error: OSError, path: str) -> AdcError:
    """What happened to the kernel's converter behind the file at `path`."""
    if isinstance(error, AdcError):
        return error
    if error.errno in NO_SUCH_FILE:
        return AdcAbsent(f"{path}: {error.strerror}; a converter of the kernel expected")
    if error.errno in FORBIDDEN:
        return AdcAccess(f"{path}: {error.strerror}; read permission expected")
    return AdcStuck(f"{path}: {error.strerror or error}; a conversion expected")
