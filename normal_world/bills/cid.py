"""CIDv1 of a file, as `ipfs add --cid-version=1` gives it.

Chunks of 256 KiB are raw leaves. One chunk is its own root; more hang below nodes of UnixFS
(dag-pb) with at most 174 links each, all leaves at the same depth:

    file of 175 chunks            root
                                /      \\
                    174 leaves under a   1 leaf under b

    PBNode { repeated Links = 2 { Hash = 1, Name = 2 "", Tsize = 3 }, Data = 1 }
    Data   { Type = 1: 2 (file), filesize = 3, repeated blocksizes = 4 }
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK = 262_144  # bytes
LINKS = 174
RAW, DAG_PB = 0x55, 0x70
SHA2_256 = b"\x12\x20"  # multihash: its code, 32 bytes
TEXT = 59  # characters of a CID of ours: b and 36 bytes in base32


@dataclass(frozen=True)
class _Node:
    """A block: what names it, bytes of the file below it, bytes of all blocks below and with it."""

    codec: int
    digest: bytes
    file_size: int
    tree_size: int

    @property
    def cid(self) -> bytes:
        return bytes((1, self.codec)) + SHA2_256 + self.digest


def cid_of(content: bytes) -> str:
    """The CID of these bytes."""
    return _text(_root(content).cid)


def root_digest(content: bytes) -> bytes:
    """SHA-256 of the root block: that of the bytes themselves up to 256 KiB."""
    return _root(content).digest


def raw_cid(digest: bytes) -> str:
    """The CID of one chunk whose SHA-256 this is."""
    return _text(bytes((1, RAW)) + SHA2_256 + digest)


def digest_of(cid: str) -> bytes:
    """The SHA-256 in a CID of ours; ValueError if it is none."""
    raw = b""
    if len(cid) == TEXT and cid.startswith("b") and cid == cid.lower():
        padded = cid[1:].upper() + "=" * (-(TEXT - 1) % 8)
        raw = base64.b32decode(padded)  # binascii.Error is a ValueError
    if raw[:1] != b"\1" or raw[1] not in (RAW, DAG_PB) or raw[2:4] != SHA2_256:
        raise ValueError(f"{cid[:80]!r}: a CIDv1 of SHA-256 in base32 expected")
    if _text(raw) != cid:
        raise ValueError(f"{cid}: bits behind its end, none expected")
    return raw[4:]


def _text(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _root(content: bytes) -> _Node:
    level = [_leaf(chunk) for chunk in _pieces(content)]
    while len(level) > 1:
        level = [_parent(level[at : at + LINKS]) for at in range(0, len(level), LINKS)]
    return level[0]


def _pieces(content: bytes) -> Iterator[bytes]:
    yield content[:CHUNK]  # also of nothing
    for at in range(CHUNK, len(content), CHUNK):
        yield content[at : at + CHUNK]


def _leaf(chunk: bytes) -> _Node:
    return _Node(RAW, hashlib.sha256(chunk).digest(), len(chunk), len(chunk))


def _parent(children: list[_Node]) -> _Node:
    size = sum(child.file_size for child in children)
    data = b"\x08\x02\x18" + _varint(size)
    data += b"".join(b"\x20" + _varint(child.file_size) for child in children)
    links = b"".join(_field(0x12, _link(child)) for child in children)
    block = links + _field(0x0A, data)  # links first: the canonical order of dag-pb
    below = sum(child.tree_size for child in children)
    return _Node(DAG_PB, hashlib.sha256(block).digest(), size, below + len(block))


def _link(child: _Node) -> bytes:
    return _field(0x0A, child.cid) + _field(0x12, b"") + b"\x18" + _varint(child.tree_size)


def _field(tag: int, value: bytes) -> bytes:
    return bytes((tag,)) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
