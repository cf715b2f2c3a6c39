"""Whether somebody who may not write the sources may write the bytecode that runs in their place.

Python runs `__pycache__/x.pyc` for x.py if date and size of the source in it agree: both can be
forged. So nobody may write a cache (its folder, or a file in it) but root and those who may write
the folder of the sources. This looks at owners and modes only, and so costs no start time.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from secure_world.measurement import CACHE, PACKAGES, TREE

_WRITE_GROUP, _WRITE_OTHERS = 0o020, 0o002


def easier_to_write(tree: str = TREE, packages: Sequence[str] = PACKAGES) -> str:
    """The first cache that more people may write than its sources; empty if there is none."""
    return next((path for package in packages for path in _weak(f"{tree}/{package}")), "")


def _weak(folder: str) -> Iterator[str]:
    try:
        entries = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return  # a package that is not installed here
    for entry in entries:
        if entry.name == CACHE:
            yield from _weak_cache(entry.path, os.stat(folder))  # noqa: PTH116 - speed
        else:
            yield from _weak(entry.path)


def _weak_cache(cache: str, sources: os.stat_result) -> Iterator[str]:
    if _opens(os.lstat(cache), sources):
        yield cache
    try:
        entries = list(os.scandir(cache))
    except PermissionError:
        return  # what this user may not read, it does not run
    for entry in entries:
        with suppress(FileNotFoundError):  # another program is just writing its own
            if _opens(entry.stat(follow_symlinks=False), sources):
                yield entry.path


def _opens(cache: os.stat_result, sources: os.stat_result) -> bool:
    """Whether it lets in somebody whom the sources keep out."""
    if cache.st_uid not in (0, sources.st_uid):
        return True
    more = cache.st_mode & ~sources.st_mode & (_WRITE_GROUP | _WRITE_OTHERS)
    other_group = cache.st_mode & _WRITE_GROUP and cache.st_gid != sources.st_gid
    return bool(more or other_group)
