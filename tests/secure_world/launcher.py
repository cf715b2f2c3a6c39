"""evlock-secured that kills itself at a chosen durable step, as a power cut would.

A step is a commit that changes something, a migration, an fsync or a rename; the moment just
before and the moment just after each are counted, in the program and in its children together.
EVLOCK_TEST_KILL_AT says at which moment (0: never); the count is left in EVLOCK_TEST_MOMENTS.
"""

import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from secure_world import main
from secure_world.store import Store

_KILL_AT = int(os.environ["EVLOCK_TEST_KILL_AT"])
_REPORT = Path(os.environ["EVLOCK_TEST_MOMENTS"])
_PROGRAM = os.getpid()
_count = mmap.mmap(-1, 8)  # shared with children


def moment() -> None:
    """One more; the last one if it is the chosen one."""
    (number,) = struct.unpack("Q", _count[:8])
    _count[:8] = struct.pack("Q", number + 1)
    if number + 1 == _KILL_AT:
        os.kill(_PROGRAM, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def around(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step between two moments."""

    def surrounded(*args: Any, **named: Any) -> Any:
        moment()
        result = step(*args, **named)
        moment()
        return result

    return surrounded


def commit_if_it_changes(commit: Callable[[Store], None]) -> Callable[[Store], None]:
    """Only commits that write count."""

    def chosen(store: Store) -> None:
        (around(commit) if store.dirty else commit)(store)

    return chosen


def patched() -> None:
    """Put moments around all durable steps."""
    for owner, name, wrap in (
        (Store, "commit", commit_if_it_changes),
        (Store, "_migrate", around),
        (os, "fsync", around),
        (Path, "rename", around),
    ):
        setattr(owner, name, wrap(getattr(owner, name)))


if __name__ == "__main__":
    patched()
    code = main.main(sys.argv[1:])
    _REPORT.write_text(str(struct.unpack("Q", _count[:8])[0]))
    sys.exit(code)
