"""OSErrors of an I2C bus as our named errors, the same for every chip."""

import errno

from drivers.errors import AdcNack, BusGone, DriverError

NOT_ACKNOWLEDGED = (errno.EREMOTEIO, errno.ENXIO)  # Linux, Documentation/i2c/fault-codes


def named(error: OSError | ValueError, chip: str) -> DriverError:
    """What happened to `chip`; Adafruit's probe wraps the OSError in a ValueError."""
    if isinstance(error, DriverError):
        return error
    cause = error.__context__ if isinstance(error, ValueError) else error
    if getattr(cause, "errno", None) in NOT_ACKNOWLEDGED:
        return AdcNack(f"{chip}: no acknowledge, a chip expected there")
    return BusGone(f"{chip}: {cause or error}; a living bus expected")
