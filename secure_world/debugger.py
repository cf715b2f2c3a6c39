"""A debugger on this very process, looked for at the start and every second while it serves.

Nobody but root can attach one: the process is not dumpable. One that reads and is gone within the
second is not seen, nor is root's look into /proc. Software home only.
"""

import os
import time

from secure_world import destruction, hardening, log
from secure_world.commands import Finding
from secure_world.device import Device
from secure_world.store import StoreError

PERIOD_S = 1.0
_TRACER = b"\nTracerPid:\t"
_BYTES = 4096
_MASK = 1 << Finding.DEBUGGER


def tracer(status: bytes) -> int:
    """Process id of whoever traces the process of this /proc/…/status; 0: nobody."""
    _, _, after = status.partition(_TRACER)
    digits = after.partition(b"\n")[0]
    return int(digits) if digits.isdigit() else 0


class Watch:
    """`look` reports a debugger as a finding; the owner's policy says whether it costs the keys."""

    def __init__(self, device: Device) -> None:
        self._device, self._looked_s = device, 0.0
        self._status = os.open(hardening.STATUS, os.O_RDONLY | os.O_CLOEXEC)

    def look(self) -> None:
        """At most once in PERIOD_S; a finding that cannot be kept is tried again."""
        now_s = time.monotonic()
        if now_s < self._looked_s + PERIOD_S:
            return
        self._looked_s = now_s
        process = tracer(os.pread(self._status, _BYTES, 0))
        if process and not self._device.tampered & _MASK:
            self._report(process)

    def close(self) -> None:
        """Look no more."""
        os.close(self._status)

    def _report(self, process: int) -> None:
        device = self._device
        try:
            destroyed = destruction.found(device, _MASK, Finding.DEBUGGER.name)
            device.commit()
        except StoreError as error:
            log.event("ERROR", "STORAGE", f"finding not kept: {error}, expected a writable disk")
            device.undo()
            return
        what = "keys destroyed" if destroyed else "keys kept, as the policy says"
        log.event("WARNING", "DEBUGGER", f"traced by process {process}: {what}")
