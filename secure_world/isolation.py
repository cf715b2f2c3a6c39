"""How well this process is kept apart, and the refusal to start where it is less than it could be.

Each weakness has a name. One that is not allowed by it (`--allow NAME`) ends the start: ISOLATION.
Under EVLOCK_HOME (trials, demo: one user for all programs) that alone allows those of TRIAL.
`info` and quotes tell the names of all that is weaker. Software home only.
"""

import os
from collections.abc import Collection
from pathlib import Path

from secure_world import hardening, log, seccomp
from secure_world.errors import IsolationWeak

_SWAPS, _ROUTES, _ADDRESSES6 = (
    Path("/proc", name) for name in ("swaps", "net/route", "net/if_inet6")
)
_LOOPBACK = "lo"

# Name of a weakness: what is expected instead.
EXPECTED = {
    "root": "a user of its own",
    "no-seccomp": "a kernel with seccomp filters, on x86_64, aarch64 or arm",
    "dumpable": "memory that the same user cannot read",
    "unlocked-memory": "LimitMEMLOCK=infinity, or the capability IPC_LOCK",
    "swap": "locked memory, or no swap",
    "shared-folder": "a state folder and files of its own user, closed to others",
}
NETWORK = "network"  # told, never refused: the filter opens no network socket anyway
TRIAL = frozenset({"root", "unlocked-memory", "swap"})


def enforce(state: Path, allowed: Collection[str]) -> str:
    """Harden this process for good; the names of what is weaker, by comma.

    Raises IsolationWeak for a weakness that is not allowed, or a name that is none.
    """
    unknown = sorted(set(allowed) - EXPECTED.keys())
    if unknown:
        raise IsolationWeak(f"--allow {unknown[0]}: expected one of {', '.join(EXPECTED)}")
    found = _harden(state)
    trial = TRIAL if os.environ.get("EVLOCK_HOME") else frozenset()
    refused = [name for name in found if name not in allowed and name not in trial]
    if refused:
        texts = [f"{name} (expected {EXPECTED[name]})" for name in refused]
        raise IsolationWeak(f"{'; '.join(texts)}; or --allow {' --allow '.join(refused)}")
    for name in found:
        why = "--allow" if name in allowed else "EVLOCK_HOME, a trial"
        log.event("WARNING", "ISOLATION", f"{name} allowed by {why}, expected {EXPECTED[name]}")
    return ",".join([*found, *([NETWORK] if _has_network() else [])])


def _harden(state: Path) -> list[str]:
    """Names of what is weaker, in EXPECTED's order."""
    hardening.harden()
    locked = hardening.lock_memory()
    weak = {
        "root": os.geteuid() == 0,
        "dumpable": hardening.is_dumpable(),
        "unlocked-memory": not locked,
        "swap": not locked and _has_swap(),
        "shared-folder": is_shared(state),
        "no-seccomp": not seccomp.install(),
    }
    return [name for name in EXPECTED if weak[name]]


def is_shared(folder: Path) -> bool:
    """Whether the folder, or a file in it, is another user's or open to others."""
    if not folder.exists():
        return False
    mine = os.geteuid()
    facts = [place.lstat() for place in (folder, *folder.iterdir())]
    return any(fact.st_uid != mine or fact.st_mode & 0o077 for fact in facts)


def _has_swap() -> bool:
    """Whether pages could go to a disk."""
    return len(_lines(_SWAPS)) > 1  # the first line is the heading


def _has_network() -> bool:
    """Whether an interface but the loopback has an address here."""
    routes = [line.split()[0] for line in _lines(_ROUTES)[1:]]
    addresses = [line.split()[-1] for line in _lines(_ADDRESSES6)]
    return any(name != _LOOPBACK for name in (*routes, *addresses))


def _lines(path: Path) -> list[str]:
    """Of a file of the kernel's; none where it has no such file."""
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
