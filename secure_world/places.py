"""Where things are: under EVLOCK_HOME, or where a system keeps them."""

import os
from pathlib import Path

PROGRAM = "secured"


def state_folder() -> Path:
    """Durable state of this program."""
    home = os.environ.get("EVLOCK_HOME")
    return Path(home, "var", PROGRAM) if home else Path("/var/lib/evlock", PROGRAM)


def run_folder() -> Path:
    """Sockets of all programs."""
    home = os.environ.get("EVLOCK_HOME")
    return Path(home, "run") if home else Path("/run/evlock")
