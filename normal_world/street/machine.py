"""What the street costs this machine: CPU time of its programs, by kind."""

import os
from collections import defaultdict
from pathlib import Path

KINDS = {
    "drivers.virtual": "plant",
    "normal_world.chain.devchain": "chain",
    "secure_world.main": "secured",
    "firmware.main": "meterd",
    "normal_world.main": "noded",
    "normal_world.cli.main": "relay",
}


def cpu_seconds() -> dict[str, float]:
    """CPU time so far of this process's children, by what they are."""
    found: defaultdict[str, float] = defaultdict(float)
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has just ended
        kind = next((KINDS[word] for word in words if word in KINDS), None)
        if kind is not None and int(fields[1]) == os.getpid():
            found[kind] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return dict(found)
