"""Where things are: under EVLOCK_HOME, or where a system keeps them."""

import os
from pathlib import Path

from secure_world.errors import SocketPathTooLong

PROGRAM = "secured"
DATABASE, SECRET, LOCK = "state.db", "device-secret", "lock"  # in the state folder
MAX_SOCKET_PATH = 107


def state_folder() -> Path:
    """Durable state of this program."""
    home = os.environ.get("EVLOCK_HOME")
    return Path(home, "var", PROGRAM) if home else Path("/var/lib/evlock", PROGRAM)


def run_folder() -> Path:
    """Sockets of all programs."""
    home = os.environ.get("EVLOCK_HOME")
    return Path(home, "run") if home else Path("/run/evlock")


def check_socket_path(path: Path) -> None:
    """Raises SocketPathTooLong if the kernel would not take `path` for a UNIX socket."""
    size = len(os.fsencode(path))
    if size > MAX_SOCKET_PATH:
        raise SocketPathTooLong(f"{path}: {size} bytes, expected at most {MAX_SOCKET_PATH}")
