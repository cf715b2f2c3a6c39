"""An I2C bus with its targets (NXP UM10204)."""

import random
from collections.abc import Mapping
from typing import Protocol

from drivers.virtual.wire import NACK, OK

GENERAL_CALL, SOFTWARE_RESET = 0x00, 0x06  # UM10204, section 3.1.13
ACKNOWLEDGED, NOT_ACKNOWLEDGED = bytes((OK,)), bytes((NACK,))


class Target(Protocol):
    """A chip on the bus; a `deaf` one misses that share of its transfers."""

    deaf: float

    def write(self, data: bytes, now_s: float) -> None: ...
    def read(self, count: int, now_s: float) -> bytes: ...
    def reset(self) -> None: ...


class I2cBus:
    """Transfers in the form of the bus socket's replies."""

    def __init__(self, targets: Mapping[int, Target]) -> None:
        self.targets = targets
        self._rng = random.Random("evlock i2c")

    def transfer(self, address: int, data: bytes, count: int, now_s: float) -> bytes:
        """Write `data`, then read `count` bytes; NACK when nobody has the address."""
        target = self.targets.get(address)
        if target is None:
            return self._reserved(address, data, count)
        if target.deaf and self._rng.random() < target.deaf:
            return NOT_ACKNOWLEDGED
        if data:
            target.write(data, now_s)
        return ACKNOWLEDGED + target.read(count, now_s) if count else ACKNOWLEDGED

    def _reserved(self, address: int, data: bytes, count: int) -> bytes:
        if address != GENERAL_CALL or count or not self.targets:
            return NOT_ACKNOWLEDGED
        if data[:1] == bytes((SOFTWARE_RESET,)):
            for target in self.targets.values():
                target.reset()
        return ACKNOWLEDGED
