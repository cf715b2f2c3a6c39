"""secure-world audit: what persons and findings did, and the proof that nothing was changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli import audit_file, new_file
from normal_world.cli.errors import AuditFailed
from normal_world.cli.output import Json, note, show, table
from normal_world.cli.programs import secure_world

if TYPE_CHECKING:
    from secure_world.protocol import AuditEntry, AuditLog

HEAD = ("entry", "start", "uptime", "event", "detail")


def audit(
    last: Annotated[int, typer.Option("--last", min=1, help="How many entries are shown.")] = 40,
    verify: Annotated[
        bool, typer.Option("--verify", help="Exit code 1 unless the log is whole.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Keep the whole log in a new file.")
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="FILE", help="Prove that nothing of this copy changed."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the audit log: who did what, and what was refused.

    Every entry carries the hash of the one before. Who keeps a copy elsewhere
    can prove later that no entry of it was changed.

    \b
    Examples:
      evlock secure-world audit
      evlock secure-world audit --verify --since may.json --out june.json
    """
    if out is not None:
        new_file.check("--out", out)
    log, proven = _fetched(verify=verify or since is not None or out is not None, since=since)
    if out is not None:
        new_file.write(out, audit_file.to_json(log))
        note(f"{out}: {len(log.entries)} entries, keep it where the meter is not")
    shown = log.entries[-last:]
    told: dict[str, Any] = {
        "count": log.count,
        "head": "0x" + log.head.hex(),
        "proven": proven,
        "entries": [entry.to_json() for entry in shown],
    }
    show(told, as_json=as_json, text="\n".join([_table(shown), *proven]))


def _fetched(*, verify: bool, since: Path | None) -> tuple["AuditLog", list[str]]:
    """The log, and in words what is proven about it. Raises AuditFailed."""
    from secure_world.protocol import AuditBroken, SecureWorldRefused

    earlier = None
    try:
        if since is not None:
            earlier = audit_file.read(since)
        with secure_world("admin") as client:
            info = client.info()
            log = audit_file.fetch(client)
        if not verify:
            return log, []
        log.verify(info.audit_count, info.audit_head)
        proven = [f"whole: entries {log.first} to {log.count}, head 0x{log.head.hex()}"]
        if earlier is not None:
            log.verify(earlier.count, earlier.head)
            proven.append(f"unchanged: all entries up to {earlier.count}, as in {since}")
        return log, proven
    except AuditBroken as error:
        raise AuditFailed(str(error)) from None
    except SecureWorldRefused as error:
        if error.code != "STORAGE":
            raise
        raise AuditFailed(error.message) from None


def _table(entries: "list[AuditEntry]") -> str:
    rows = [
        (one.number, one.boot_count, _uptime(one.uptime_ms), one.event, one.detail)
        for one in entries
    ]
    return table(HEAD, rows)


def _uptime(uptime_ms: int) -> str:
    """`3d 04:05:06` since the machine started."""
    minutes, seconds = divmod(uptime_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours:02}:{minutes:02}:{seconds:02}"
