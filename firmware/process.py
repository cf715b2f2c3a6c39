"""What the kernel says of this process: memory, processor time, open files, age (proc(5))."""

import os
import resource
import time
from pathlib import Path

PROC = Path("/proc/self")


def process_numbers() -> dict[str, float]:
    """Bytes and seconds of this process; a few dozen microseconds, no file of the disk."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "resident_bytes": _resident_bytes(),
        "cpu_seconds": round(spent.ru_utime + spent.ru_stime, 6),
        "open_files": len(os.listdir(PROC / "fd")) - 1,  # noqa: PTH208 - not the listing's own
        "uptime_seconds": round(time.monotonic() - _started_s(), 2),
    }


def _resident_bytes() -> int:
    pages = int((PROC / "statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _started_s() -> float:
    """Monotonic time of the start: field 22 of stat, in clock ticks since boot."""
    after_name = (PROC / "stat").read_text("utf-8").rpartition(")")[2].split()
    since_boot_s = int(after_name[19]) / os.sysconf("SC_CLK_TCK")
    # The boot clock also counts sleep; a meter does not sleep, and an age may be off by it.
    return time.monotonic() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot_s)
