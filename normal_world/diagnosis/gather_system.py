"""Facts of the machine, all of them readable without rights and without waiting."""

import ctypes
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from firmware.version import VERSION

TIMEX_BYTES = 512  # struct timex has 208 (128 on 32 bits): more is never written
STA_UNSYNC = 0x0040  # linux/timex.h
STATUS_OFFSET = 5 * ctypes.sizeof(ctypes.c_long)  # modes, offset, freq, maxerror, esterror
SERVICES = Path("/etc/systemd/system/evlock-meterd.service")


def system_facts(var: Path, root: Path = Path("/")) -> dict[str, Any]:
    """`var` is the folder whose disk matters; `root` holds sys and proc (another one in tests)."""
    now_s = time.time()
    return {
        "python": list(sys.version_info[:3]),
        "version": VERSION,
        "now_s": now_s,
        "now": time.strftime("%Y-%m-%d %H:%M", time.gmtime(now_s)),
        "year": time.gmtime(now_s).tm_year,
        "ntp_synchronised": synchronised(),
        "rtc": any((root / "sys/class/rtc").glob("rtc*")),
        "disk": disk_facts(var),
        "flash": flash_facts(root),
        "memory_available": memory_available(root),
        "systemd": (root / "run/systemd/system").is_dir() and SERVICES.exists(),
    }


def synchronised() -> bool | None:
    """Whether the kernel believes its clock (adjtimex(2), changing nothing); None if unknown."""
    timex = ctypes.create_string_buffer(TIMEX_BYTES)
    try:
        told = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if told < 0:
        return None
    status = int.from_bytes(timex.raw[STATUS_OFFSET : STATUS_OFFSET + 4], sys.byteorder)
    return not status & STA_UNSYNC


def disk_facts(place: Path) -> dict[str, Any]:
    """Of the file system that holds `place`, or would hold it."""
    while not place.exists() and place != place.parent:
        place = place.parent
    status = os.statvfs(place)
    return {
        "path": str(place),
        "free": shutil.disk_usage(place).free,
        "read_only": bool(status.f_flag & os.ST_RDONLY),
        # File systems without a table of inodes tell 0 of 0.
        "inodes_free": status.f_favail if status.f_files else None,
    }


def flash_facts(root: Path) -> dict[str, list[int]]:
    """device: [used life in steps of 10 %, pre-end-of-life], 0 where the card does not tell."""
    found = {}
    for device in sorted((root / "sys/block").glob("mmcblk[0-9]")):
        folder = device / "device"
        found[device.name] = [_highest(folder / "life_time"), _highest(folder / "pre_eol_info")]
    return found


def memory_available(root: Path) -> int | None:
    """Bytes, by MemAvailable of proc(5)."""
    with suppress(OSError, ValueError, IndexError):
        for line in (root / "proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _highest(path: Path) -> int:
    """Of the hexadecimal numbers in the file (`0x01 0x02`: both areas of an eMMC)."""
    with suppress(OSError, ValueError):
        return max((int(word, 16) for word in path.read_text("ascii").split()), default=0)
    return 0
