"""The state folder of a device with an owner and a policy, as Evlock left it before claims."""

import sqlite3
from pathlib import Path

from secure_world import rlp
from secure_world.keys import keccak256, sign_compact
from secure_world.rlp import encode_uint
from secure_world.store import MIGRATIONS
from secure_world.structures import PolicyHead
from tests.secure_world import owner
from tests.secure_world.rig import Rig

IMPORTED_UWH, EXPORTED_UWH = 41, 300
LEFT_UWH = 123_456
RULES = rlp.encode(  # ten fields, as they were
    [
        encode_uint(owner.CHAIN),
        owner.MARKET,
        owner.OWNER,
        b"",
        [[owner.MARKET, owner.SELECTOR, encode_uint(7), encode_uint(3), [], []]],
        [[b"\xff" * 20, encode_uint(10**18), b""]],
        encode_uint(10**16),
        encode_uint(10**6),
        encode_uint(10**7),
        b"\1",
    ]
)


def digest(meter: bytes) -> bytes:
    """What the owner has signed: over the bytes of then."""
    head = PolicyHead(meter, 1, owner.NO_POLICY, keccak256(RULES))
    return head.digest(owner.CHAIN, owner.MARKET)


def state_of_version_3(folder: Path) -> bytes:
    """Keys, owner, policy, registers that ran and a trade that is open; the meter's address."""
    made = Rig(folder)
    meter = made.device.meter
    made.device.close()
    assert isinstance(meter, bytes)
    db = sqlite3.connect(folder / "state.db")
    kept = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in _TABLES}  # noqa: S608
    db.close()
    for path in folder.glob("state.db*"):
        path.unlink()
    db = sqlite3.connect(folder / "state.db")
    db.executescript("".join(MIGRATIONS[:3]) + "PRAGMA user_version = 3;")
    for name, rows in kept.items():
        db.execute(f"DELETE FROM {name}")  # noqa: S608
        for row in rows:
            db.execute(f"INSERT INTO {name} VALUES ({','.join('?' * len(row))})", row)  # noqa: S608
    signature = sign_compact(owner.KEY, digest(meter))
    policy = (1, digest(meter), owner.NO_POLICY, RULES, signature)
    db.execute("INSERT INTO policy VALUES (?,?,?,?,?)", policy)
    db.execute(
        "INSERT INTO allowance VALUES (?,?,'boot-1',?)",
        (b"energy".rjust(20, b"\0"), LEFT_UWH.to_bytes(32, "big"), 10**12),
    )
    db.execute("UPDATE register SET import_uwh = ?, export_uwh = ?", (IMPORTED_UWH, EXPORTED_UWH))
    db.commit()
    db.close()
    return meter


_TABLES = ("device", "owner", "vault", "slot")
