"""The state folder of a provisioned device as Evlock 0.2 left it (state version 2)."""

import sqlite3
from pathlib import Path

from coincurve import PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from secure_world.keys import address_of
from secure_world.store import MIGRATIONS

_SECRET, _NONCE = b"\x77" * 32, b"\x88" * 12
_KEYS = b"\x11" * 32 + b"\x22" * 32
_PURPOSE = b"Evlock secured: account and meter key, version 1"
ACCOUNT = address_of(PrivateKey(b"\x11" * 32).public_key)
METER = address_of(PrivateKey(b"\x22" * 32).public_key)


def state_of_version_2(folder: Path) -> None:
    """Both keys sealed under HKDF of the device secret, an unsigned policy, a register that ran."""
    folder.mkdir(parents=True, mode=0o700)
    (folder / "device-secret").write_bytes(_SECRET)
    key = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(_SECRET)
    sealed = _NONCE + AESGCM(key).encrypt(_NONCE, _KEYS, _PURPOSE)
    db = sqlite3.connect(folder / "state.db")
    db.executescript(f"{MIGRATIONS[0]} {MIGRATIONS[1]} PRAGMA user_version = 2;")
    db.execute(
        "UPDATE device SET stage = 2, sealed = ?, rated_power_w = 2300, boot_count = 3,"
        " policy = x'c0', policy_version = 1",
        (sealed,),
    )
    db.execute("UPDATE register SET import_uwh = 41, export_uwh = 42")
    db.commit()
    db.close()
    for path in folder.iterdir():
        path.chmod(0o600)
