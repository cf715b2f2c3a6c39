"""A copy of the audit log in a file: proof, later, that nothing of it was changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from normal_world.cli import new_file
from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from secure_world.protocol import AuditLog, SecureWorld

MARK, VERSION = "evlock_audit", 1


def fetch(client: "SecureWorld") -> "AuditLog":
    """The whole log that the device keeps, every hash recomputed. Raises AuditBroken."""
    from secure_world.protocol import AuditLog

    page = client.audit(0)
    log = AuditLog(page.before, page.entries)
    while page.entries:
        page = client.audit(log.count + 1)
        log.add(page)
    return log


def to_json(log: "AuditLog") -> dict[str, Any]:
    """The file's content."""
    return {
        MARK: VERSION,
        "count": log.count,
        "head": "0x" + log.head.hex(),
        "before": "0x" + log.before.hex(),
        "entries": [entry.to_json() for entry in log.entries],
    }


def read(path: Path) -> "AuditLog":
    """An earlier copy, whole in itself. Raises UsageInvalid, AuditBroken, OSError."""
    from secure_world.protocol import AuditBroken, AuditEntry, AuditLog

    found = new_file.read(path, MARK, VERSION)
    try:
        entries = [AuditEntry.from_json(entry) for entry in found["entries"]]
        log = AuditLog(_hash(found["before"]), entries)
        log.verify(found["count"], _hash(found["head"]))
    except AuditBroken as error:
        raise AuditBroken(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        text = f"{path}: {error}, an audit log as --out writes it expected"
        raise UsageInvalid(text) from None
    return log


def _hash(text: Any) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise TypeError(f"{len(value)} bytes")
    return value
