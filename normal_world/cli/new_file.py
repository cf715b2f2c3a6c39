"""A file that a command makes: 0600, whole or absent, never in the place of another."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from normal_world.cli.errors import UsageInvalid

MODE = 0o600


def check(option: str, path: Path) -> None:
    """Before anything is done: raises UsageInvalid unless `path` can be made."""
    if path.exists():
        raise UsageInvalid(f"{option} {path}: exists, a new file expected")
    if not path.parent.is_dir():
        raise UsageInvalid(f"{option} {path}: no such folder, one that is there expected")


def write(path: Path, content: Mapping[str, Any]) -> None:
    """One JSON object; raises OSError."""
    from normal_world.link import files

    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    files.replace(path, text.encode(), MODE)


def read(path: Path, mark: str, version: int) -> dict[str, Any]:
    """The object of a file that begins with `mark`: version. Raises UsageInvalid, OSError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageInvalid(f"{path}: not JSON ({error})") from None
    if not isinstance(found, dict) or found.get(mark) != version:
        raise UsageInvalid(f'{path}: "{mark}": {version} expected')
    return found
