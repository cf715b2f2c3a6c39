"""What a process can do for its own secrecy without being root. Software home only."""

import ctypes
import os
import resource
import signal
from pathlib import Path

# linux/prctl.h
_PR_SET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 3, 4, 38
# linux/mman.h: lock what there is and what comes, but only pages that are really used
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK = 14  # linux/capability.h
STATUS = Path("/proc/self/status")

_libc = ctypes.CDLL(None, use_errno=True)


def harden() -> None:
    """No file for others, no core, no ptrace by the same user, no privileges to win."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def is_dumpable() -> bool:
    """Whether the same user could read this process's memory."""
    return bool(_libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)


def lock_memory() -> bool:
    """Keep all pages out of the swap; whether that is so now.

    Locking under a limit could make a later allocation fail: then better not. A fork loses it.
    """
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    if limit != resource.RLIM_INFINITY and not _has_capability(_CAP_IPC_LOCK):
        return False
    return bool(_libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


def die_with_parent() -> None:
    """For a child that holds secrets: no life after its parent, and its own pages locked too."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    lock_memory()


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} refused")


def _has_capability(number: int) -> bool:
    for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False
