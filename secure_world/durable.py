"""Files that are whole or absent, whatever happens to the power."""

import fcntl
import os
from pathlib import Path

from secure_world.errors import StateLocked


def make_private_folder(path: Path) -> None:
    """Create `path` (0700) with its parents; tighten it if it exists."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


def write_file(path: Path, data: bytes) -> None:
    """Write, fsync, rename, fsync the folder: one atomic step, mode 0600."""
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.rename(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make names created in `path` durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(path: Path) -> int:
    """Hold `path` for as long as this process lives. Raises StateLocked if another does."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise StateLocked(f"{path}: held by another process, expected one secured") from error
    return handle
