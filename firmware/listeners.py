"""Sockets that systemd opened for the program (sd_listen_fds(3)): their owner is the permission."""

import os
import socket
from collections.abc import MutableMapping

from firmware.errors import ConfigError

FIRST = 3  # SD_LISTEN_FDS_START


def take_listeners(environment: MutableMapping[str, str] | None = None) -> dict[str, socket.socket]:
    """Listening sockets by the names of their units (FileDescriptorName=); none when by hand.

    Raises ConfigError for a socket that is no listening UNIX stream.
    """
    given = os.environ if environment is None else environment
    pid, count = given.pop("LISTEN_PID", ""), given.pop("LISTEN_FDS", "")
    names = given.pop("LISTEN_FDNAMES", "").split(":")
    if pid != str(os.getpid()) or not count.isdigit():
        return {}
    handles = range(FIRST, FIRST + int(count))
    return {name: _listener(name, handle) for name, handle in zip(names, handles, strict=False)}


def _listener(name: str, handle: int) -> socket.socket:
    os.set_inheritable(handle, False)
    listener = socket.socket(fileno=handle)
    listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    kind = (listener.family, listener.type)
    if kind != (socket.AF_UNIX, socket.SOCK_STREAM) or not listening:
        raise ConfigError(f"socket {name} of the service manager: ListenStream= of a path expected")
    return listener
