"""The owner's key, off the device: a file with a private key, plain or as a keystore (V3, JSON)."""

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normal_world.cli import secret_input
from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from eth_keys.datatypes import PrivateKey

MODE = 0o600
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2, secp256k1
PUBLIC_BYTES = 33  # SEC 1, compressed


def make(path: Path, passphrase: str | None) -> "PrivateKey":
    """A new key in a new file (0600); with a passphrase as a keystore. FileExistsError."""
    from eth_keys.datatypes import PrivateKey

    raw = (secrets.randbelow(ORDER - 1) + 1).to_bytes(32, "big")
    text = "0x" + raw.hex() if passphrase is None else json.dumps(_keystore(raw, passphrase))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return PrivateKey(raw)


def is_sealed(path: Path) -> bool:
    """Whether the file asks for a passphrase."""
    return path.read_text(encoding="utf-8").lstrip().startswith("{")


def read(path: Path, passphrase: str = "") -> "PrivateKey":
    """The key of a file; raises UsageInvalid, OSError."""
    from eth_keys.datatypes import PrivateKey

    text = path.read_text(encoding="utf-8").strip()
    try:
        raw = _opened(text, passphrase) if text.startswith("{") else _hex(text)
        if not 0 < int.from_bytes(raw, "big") < ORDER:
            raise ValueError("a key of secp256k1")
        return PrivateKey(raw)
    except (KeyError, TypeError, ValueError) as error:
        wrong_word = "MAC" in str(error)
        expected = "the keystore's passphrase" if wrong_word else "a private key or a keystore V3"
        raise UsageInvalid(f"{path}: {expected} expected") from None


def sign(key: "PrivateKey", digest: bytes) -> bytes:
    """64 bytes of EIP-2098."""
    signature = key.sign_msg_hash(digest)
    parity, r, s = signature.vrs
    return r.to_bytes(32, "big") + (s | parity << 255).to_bytes(32, "big")


def public(key: "PrivateKey") -> bytes:
    """33 bytes, as a device is claimed with."""
    return bytes(key.public_key.to_compressed_bytes())


def public_of(text: str) -> bytes | None:
    """The public key that a text is (66 hexadecimal digits), None when it is something else."""
    from eth_keys.datatypes import PublicKey

    digits = text.removeprefix("0x")
    if len(digits) != 2 * PUBLIC_BYTES or digits[:2] not in ("02", "03"):
        return None
    try:
        raw = bytes.fromhex(digits)
        PublicKey.from_compressed_bytes(raw).to_address()
    except Exception:  # eth_keys raises several kinds
        return None
    return raw


def public_given(text: str, where: str, passphrase_file: Path | None = None) -> bytes:
    """Of 66 digits, or of a file with them or with the owner's own key; raises UsageInvalid."""
    found = public_of(text)
    if found is not None:
        return found
    path = Path(text).expanduser()
    if not path.is_file():
        expected = "66 hexadecimal digits that begin with 02 or 03, or a file, expected"
        raise UsageInvalid(f"{where} {text!r:.80}: {expected}")
    if not is_private(text):
        found = public_of(path.read_text(encoding="utf-8").strip())
        assert found is not None
        return found
    return public(opened(path, passphrase_file))


def is_private(text: str) -> bool:
    """Whether a text names a file that holds the key itself."""
    path = Path(text).expanduser()
    if public_of(text) is not None or not path.is_file():
        return False
    return public_of(path.read_text(encoding="utf-8").strip()) is None


def opened(path: Path, passphrase_file: Path | None) -> "PrivateKey":
    """The key of a file; a keystore's passphrase is asked for, or read from a file."""
    passphrase = ""
    if is_sealed(path):
        passphrase = secret_input.passphrase(passphrase_file, None, confirm=False, of=str(path))
    return read(path, passphrase)


def address_of(public_key: bytes) -> str:
    """0x and 40 digits."""
    from eth_keys.datatypes import PublicKey

    return str(PublicKey.from_compressed_bytes(public_key).to_address())


def _keystore(raw: bytes, passphrase: str) -> dict[str, Any]:
    from eth_account import Account

    return dict(Account.encrypt(raw, passphrase))


def _opened(text: str, passphrase: str) -> bytes:
    from eth_account import Account

    return bytes(Account.decrypt(json.loads(text), passphrase))


def _hex(text: str) -> bytes:
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 32:
        raise ValueError(text)
    return raw
