"""What both worlds say about a device's link identity: its name, its key's id, what it signs."""

from hashlib import sha256

from secure_world import rlp
from secure_world.commands import SignLink

DOMAIN = "meter.evlock.internal"  # .internal is reserved for private use (ICANN, July 2024)
EXPORTER_LABEL = b"EXPORTER-evlock-link"  # RFC 8446 §7.5, 32 bytes, no context
_STATEMENT = b"Evlock link 1"
_KEY_ID_BYTES = 20


def link_name(meter: bytes) -> str:
    """The one DNS name of a meter (id of 20 bytes)."""
    return f"{meter.hex()}.{DOMAIN}"


def link_key_id(point: bytes) -> bytes:
    """Identifier (20 bytes) of a P-256 key (x, y: 64 bytes) in certificates; RFC 7093 §2 (1)."""
    return sha256(b"\4" + point).digest()[:_KEY_ID_BYTES]


def link_statement(connection: SignLink) -> bytes:
    """What ECDSA with SHA-256 signs for one connection. Raises FieldInvalid."""
    return rlp.encode([_STATEMENT, *connection.to_rlp()])
