"""Small files written so that no crash leaves half of one, and no key is ever overwritten."""

import os
from pathlib import Path

from normal_world.link.errors import AlreadyExists, FileMissing

Stamp = tuple[int, int, int]


def stamp(path: Path) -> Stamp:
    """What changes with a file: inode, size, time (ns); FileMissing."""
    try:
        found = path.stat()
    except OSError as error:
        raise FileMissing(f"{path} cannot be found: {error.strerror}") from None
    return found.st_ino, found.st_size, found.st_mtime_ns


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Create `path`; AlreadyExists if there is one: link() refuses in the same step."""
    draft = _draft(path, data, mode)
    try:
        os.link(draft, path)
    except FileExistsError:
        raise AlreadyExists(f"{path} exists, and is not overwritten") from None
    finally:
        draft.unlink()
    _sync(path.parent)


def replace(path: Path, data: bytes, mode: int) -> None:
    """Put `data` in the place of whatever `path` held, in one step."""
    _draft(path, data, mode).replace(path)
    _sync(path.parent)


def _draft(path: Path, data: bytes, mode: int) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
