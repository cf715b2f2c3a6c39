"""The secure world's own time: it has no wall clock that it could trust."""

import time
from pathlib import Path
from typing import Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """Which boot this is, and the time since it, suspended time included."""

    def boot_id(self) -> str: ...
    def now_ns(self) -> int: ...


class BootClock:
    """CLOCK_BOOTTIME: goes on over a restart of the process and begins anew with the machine."""

    def __init__(self) -> None:
        self._boot_id = _BOOT_ID.read_text(encoding="ascii").strip()

    def boot_id(self) -> str:
        """Random name of this boot of the machine."""
        return self._boot_id

    def now_ns(self) -> int:
        """Nanoseconds since the boot."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
