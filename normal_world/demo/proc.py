"""What /proc says of a process, and the tie that ends a child with its parent."""

import ctypes
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True)
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak_rss_mib(pid: int) -> float | None:
    """Largest resident set of the process so far, MiB; None when it is gone."""
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError):
        return None
    return round(int(found[1]) / 1024, 1) if found else None


def end_with_parent() -> Callable[[], None]:
    """A function for the child, before exec: SIGKILL it when the thread that made it is gone."""
    parent = os.getpid()

    def tie() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os.kill(os.getpid(), signal.SIGKILL)

    return tie
