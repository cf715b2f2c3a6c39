"""evlock-secured that kills itself at a chosen durable step, as a power cut would.

A step is a commit that changes something, a migration, a scrub, an fsync, a rename or an unlink;
the moment just before and the moment just after each are counted, in the program and in its
children together. EVLOCK_TEST_KILL_AT says at which moment (0: never), EVLOCK_TEST_COUNT_FROM
whether moments count from the `start` or from when it is `ready`; the count is kept in the file
EVLOCK_TEST_MOMENTS.
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
from secure_world.server import Server
from secure_world.store import Store

_KILL_AT = int(os.environ["EVLOCK_TEST_KILL_AT"])
_REPORT = os.open(os.environ["EVLOCK_TEST_MOMENTS"], os.O_RDWR | os.O_CREAT, 0o600)
_counting = os.environ["EVLOCK_TEST_COUNT_FROM"] == "start"
_PROGRAM = os.getpid()
os.ftruncate(_REPORT, 8)
_count = mmap.mmap(_REPORT, 8)  # shared with children, and there after death


def moment() -> None:
    """One more; the last one if it is the chosen one."""
    if not _counting:
        return
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


def but_for_sockets(unlink: Callable[..., None]) -> Callable[..., None]:
    """A socket's file is no state."""

    def chosen(path: Path, missing_ok: bool = False) -> None:
        (unlink if path.suffix == ".sock" else around(unlink))(path, missing_ok=missing_ok)

    return chosen


def from_now_on(run: Callable[[Server], None]) -> Callable[[Server], None]:
    """The program is ready: moments count from here."""

    def counted(server: Server) -> None:
        global _counting
        _counting = True
        run(server)

    return counted


def patched() -> None:
    """Put moments around all durable steps."""
    for owner, name, wrap in (
        (Store, "commit", commit_if_it_changes),
        (Store, "_migrate", around),
        (Store, "_scrub", around),
        (os, "fsync", around),
        (Path, "rename", around),
        (Path, "unlink", but_for_sockets),
    ):
        setattr(owner, name, wrap(getattr(owner, name)))
    Server.run = from_now_on(Server.run)  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    _count[:8] = bytes(8)
    patched()
    sys.exit(main.main(sys.argv[1:]))
