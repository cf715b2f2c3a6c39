"""The file of a backup: the sealed account key, the policy's rules, the calibration.

Never a meter key, and never what guards one: a copy would be a second signer with an older memory.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normal_world.cli import new_file
from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from secure_world.protocol import Backup, Info, PolicyState

MARK, VERSION = "evlock_backup", 1


def to_json(
    backup: "Backup", info: "Info", policy: "PolicyState", calibration: dict[str, Any] | None
) -> dict[str, Any]:
    """The file's content; `meter` and the time are labels, for whoever finds the file."""
    rules = {"version": policy.version, "rules": "0x" + policy.rules.hex()}
    return {
        MARK: VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **backup.to_json(),
        "meter": "0x" + info.meter.hex() if info.meter else None,
        "rated_power_w": info.rated_power_w,
        "policy": rules if policy.version else None,
        "calibration": calibration,
    }


class BackupFile:
    """A backup that was read; raises UsageInvalid, OSError."""

    def __init__(self, path: Path) -> None:
        from secure_world.protocol import Backup, FieldInvalid

        found = new_file.read(path, MARK, VERSION)
        fields = {name: found.get(name) for name in ("account", "owner", "sealed")}
        try:
            self.backup = Backup.from_json(fields)
            self.rated_power_w = found["rated_power_w"]
            self.rules = _rules(found["policy"])
            self.meter = _bytes(found["meter"])
        except (FieldInvalid, KeyError, TypeError, ValueError) as error:
            raise UsageInvalid(f"{path}: {error}, a backup as evlock wrote it expected") from None
        if type(self.rated_power_w) is not int or not 0 < self.rated_power_w < 2**24:
            raise UsageInvalid(f"{path}: rated_power_w {self.rated_power_w!r:.20}: watts expected")


def _rules(policy: Any) -> bytes | None:
    """Bytes of the rules that were in force, None if there were none."""
    return None if policy is None else _bytes(policy["rules"])


def _bytes(text: Any) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("0x"))
