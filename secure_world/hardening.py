"""What a process can do for its own secrecy without being root."""

import ctypes
import os
import resource
import signal
from pathlib import Path

from secure_world import log

# linux/prctl.h
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
# linux/mman.h: lock what there is and what comes, but only pages that are really used
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK = 14  # linux/capability.h

_libc = ctypes.CDLL(None, use_errno=True)


def harden() -> None:
    """No file for others, no core, no ptrace by the same user, no swap where that is allowed."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _lock_memory()


def die_with_parent() -> None:
    """For a child that holds secrets: no life after its parent."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} refused")


def _lock_memory() -> None:
    """Locking under a limit could make a later allocation fail: then better not."""
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    if limit != resource.RLIM_INFINITY and not _has_capability(_CAP_IPC_LOCK):
        log.event("WARNING", "MEMORY-UNLOCKED", f"limit {limit}, expected LimitMEMLOCK=infinity")
    elif _libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        reason = os.strerror(ctypes.get_errno())
        log.event("WARNING", "MEMORY-UNLOCKED", f"mlockall: {reason}, expected locked memory")


def _has_capability(number: int) -> bool:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False
