"""The board's kernel files (IIO converters, GPIO by number) behind `read` and `write`."""

import errno
import os
import threading

from drivers.virtual.wire import (
    FAILED,
    MAX_FRAME,
    OK,
    SYSFS_READ,
    SYSFS_WRITE,
    Connection,
    refusal,
)


class VirtualSysfs:
    """In place of pathlib's read_text and write_text; safe to share between threads."""

    def __init__(self, socket_path: str | os.PathLike[str], board: str) -> None:
        self._connection = Connection(socket_path, board)
        self._lock = threading.Lock()

    def read(self, path: str) -> str:
        """Text of a file; OSError with the kernel's errno (ENOENT, EACCES, EIO ...)."""
        return self._ask(bytes((SYSFS_READ,)) + os.fsencode(path), path)

    def write(self, path: str, text: str) -> None:
        """Write a file; OSError with the kernel's errno (EBUSY: exported already ...)."""
        data = bytes((SYSFS_WRITE,)) + os.fsencode(path) + b"\0" + text.encode()
        self._ask(data, path)

    def deinit(self) -> None:
        """Close the connection; the next call opens it again."""
        self._connection.close()

    def _ask(self, request: bytes, path: str) -> str:
        if len(request) > MAX_FRAME:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
        with self._lock:
            reply = self._connection.exchange(request)
        if reply[0] == FAILED and len(reply) == 2:
            raise OSError(reply[1], os.strerror(reply[1]), path)
        if reply[0] != OK:
            raise OSError(errno.EPROTO, refusal(reply), path)
        return reply[1:].decode(errors="replace")
