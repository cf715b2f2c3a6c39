"""Which code this is: one SHA-256 over every file that Python would run or read as settings.

measurement = SHA-256 of RLP [ "Evlock measurement 1", [path, SHA-256], … ], sorted by path.
Paths count from the folder that holds the packages, with `/`. What is measured: *.py, *.toml, and
whatever else the interpreter would take in the place of a *.py (*.so, *.pyc beside sources). A link
to a folder stands for itself, it is not followed.
Not measured: Python, its library, site-packages, and the caches of bytecode (bytecode.py looks at
who may write those). docs/secure-world.md says what follows from that.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from secure_world import rlp

PACKAGES = ("board_configs", "drivers", "firmware", "normal_world", "secure_world")
TREE = str(Path(__file__).parents[1])
CACHE = "__pycache__"
_ENDINGS = (".py", ".toml", ".so", ".pyc", ".pyd")
_PURPOSE = b"Evlock measurement 1"
_PIECE = 1 << 20

Files = list[tuple[str, bytes]]


def files(tree: str = TREE, packages: Sequence[str] = PACKAGES) -> Files:
    """(path, SHA-256) of each measured file, sorted. Raises OSError for one that cannot be read."""
    found = []
    for package in packages:
        found += [(path[len(tree) + 1 :], _hash(path)) for path in _walk(f"{tree}/{package}")]
    return sorted(found)


def measurement(found: Files) -> bytes:
    """The one hash of all files."""
    rows = [[os.fsencode(path), digest] for path, digest in found]
    return hashlib.sha256(rlp.encode([_PURPOSE, *rows])).digest()


def _walk(folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return  # a package that is not installed here
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != CACHE:
                yield from _walk(entry.path)
        elif entry.name.endswith(_ENDINGS) or entry.is_dir():
            yield entry.path


def _hash(path: str) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        if not os.path.islink(path):  # noqa: PTH114 - speed
            raise
        return _hash_of_link(path)
    try:
        digest = hashlib.sha256()
        while piece := os.read(handle, _PIECE):
            digest.update(piece)
            if len(piece) < _PIECE:
                break  # a file's end
        return digest.digest()
    except IsADirectoryError:
        return _hash_of_link(path)
    finally:
        os.close(handle)


def _hash_of_link(path: str) -> bytes:
    return hashlib.sha256(b"link to " + os.fsencode(os.readlink(path))).digest()  # noqa: PTH115
