"""Secrets of a node, as the sealed store has them, and a search for them in a process's memory."""

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from secure_world import rlp, sealing

NAMES = ("account", "meter", "attestation", "link")
_LIMB_BITS = 30  # digits of Python's integers
_PIECE = 64 << 20
_MAP = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) r")


def secrets_of(state: Path, folder: Path) -> dict[str, bytes]:
    """The four private keys (32 bytes each) of a copy of secured's state folder, opened."""
    shutil.copytree(state, folder)
    with contextlib.closing(sqlite3.connect(folder / "state.db")) as store:
        (sealed,) = store.execute("SELECT sealed FROM device").fetchone()
        slot = store.execute("SELECT measurement, version, wrapped FROM slot").fetchone()
    root = sealing.root_key((folder / "device-secret").read_bytes())
    bundle = rlp.decode(sealing.open_keys(sealing.unwrap(root, *slot), sealed))
    found = dict(zip(NAMES, bundle, strict=True))
    assert all(isinstance(key, bytes) and len(key) == 32 for key in found.values())
    return {name: bytes(key) for name, key in found.items() if isinstance(key, bytes)}


def traces(secret: bytes) -> dict[str, bytes]:
    """Forms in which a key could lie in memory."""
    digits = []
    number = int.from_bytes(secret, "big")
    while number:
        digits.append(number & ((1 << _LIMB_BITS) - 1))
        number >>= _LIMB_BITS
    return {
        "bytes": secret,
        "bytes reversed": secret[::-1],
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        "hex, two bytes a letter": secret.hex().encode("utf-16-le"),
        "integer": b"".join(digit.to_bytes(4, "little") for digit in digits),
    }


def regions(pid: int) -> Iterator[bytes]:
    """All memory of a process that can be read, each region in pieces that overlap."""
    with Path(f"/proc/{pid}/maps").open(encoding="utf-8") as maps:
        places = [match.groups() for line in maps if (match := _MAP.match(line))]
    handle = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    try:
        for begin, end in places:
            yield from _pieces(handle, int(begin, 16), int(end, 16))
    finally:
        os.close(handle)


def dump(pid: int) -> list[bytes]:
    """All memory of a process, at this moment or about it."""
    return list(regions(pid))


def found_in(memory: list[bytes], wanted: dict[str, bytes]) -> set[str]:
    """Names of what is found in a dump."""
    return {name for name, needle in wanted.items() if any(needle in part for part in memory)}


def _pieces(handle: int, begin: int, end: int) -> Iterator[bytes]:
    while begin < end:
        try:
            piece = os.pread(handle, min(_PIECE + 4096, end - begin), begin)
        except OSError:  # the kernel's own pages
            return
        if not piece:
            return
        yield piece
        begin += _PIECE
