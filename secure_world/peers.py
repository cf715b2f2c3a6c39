"""Who may stay on a role's socket: its owner and root, whatever lets others open the file.

The admin socket is a group's (technicians): there the file's mode alone is the permission.
"""

import socket
from pathlib import Path

from secure_world.commands import Role


def owner_of(listener: socket.socket) -> int | None:
    """User of the listener's file; None for one without a file, or whose file is not seen."""
    name = listener.getsockname()
    try:
        return Path(name).stat().st_uid if name and name[0] == "/" else None
    except OSError:
        return None


def may_speak(role: Role, owner: int | None, uid: int) -> bool:
    """Whether a process of user `uid` may have this role on a socket of user `owner`."""
    return role is Role.ADMIN or uid == 0 or uid == owner
