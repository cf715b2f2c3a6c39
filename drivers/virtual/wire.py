"""What crosses the plant's bus socket: one SOCK_SEQPACKET message a request, one a reply.

request   HELLO       | name of the board in ASCII
          TRANSFER    | address | bytes to read | bytes to write ...     (write, then read)
          GPIO        | action  | line, two bytes, high first | value
          SYSFS_READ  | path
          SYSFS_WRITE | path | 0 | text
reply     OK          | bytes read, the level of the line, or the file's text
          NACK                                                           (nobody at that address)
          REFUSED     | one line of text
          FAILED      | errno                                            (as the kernel would)
"""

import errno
import os
import socket
import struct

HELLO, TRANSFER, GPIO, SYSFS_READ, SYSFS_WRITE = 1, 2, 3, 4, 5
SETUP_IN, SETUP_OUT, OUTPUT, INPUT = 0, 1, 2, 3
OK, NACK, REFUSED, FAILED = 0, 1, 2, 3
KEEP = 0xFF  # as the value of SETUP_OUT: the level stays as it is latched
MAX_FRAME = 272
MAX_PATH = 107  # struct sockaddr_un without the closing zero
TIME_LIMIT_S = 1.0


def checked_path(path: str | os.PathLike[str]) -> str:
    """The path as text; raises OSError naming it when no UNIX socket can have it."""
    text = os.fspath(path)
    if len(os.fsencode(text)) > MAX_PATH:
        raise OSError(errno.ENAMETOOLONG, f"socket path over {MAX_PATH} bytes", text)
    return text


class Connection:
    """A client's end; connects with the first exchange, and again with the next after a fault."""

    _socket: socket.socket | None = None

    def __init__(self, path: str | os.PathLike[str], board: str) -> None:
        self._path, self._board = checked_path(path), board

    def __del__(self) -> None:
        self.close()

    def exchange(self, request: bytes) -> bytes:
        """The plant's reply; raises OSError when it is gone or silent for a second."""
        try:
            link = self._socket or self._connect()
            link.send(request)
            reply = link.recv(MAX_FRAME)
        except BlockingIOError as error:
            self.close()  # a late reply must never answer the next request
            raise OSError(errno.ETIMEDOUT, "the plant does not answer", self._path) from error
        except OSError as error:
            self.close()
            raise OSError(error.errno, error.strerror, self._path) from error
        if not reply:
            self.close()
            raise OSError(errno.ECONNRESET, "the plant hung up", self._path)
        return reply

    def close(self) -> None:
        """Drop the connection; the lines keep their levels."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = link
        # Kernel time limits keep the socket blocking: half the system calls of settimeout().
        limit = struct.pack("ll", *divmod(round(TIME_LIMIT_S * 1e6), 1_000_000))
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        link.connect(self._path)
        link.send(bytes((HELLO,)) + self._board.encode())
        reply = link.recv(MAX_FRAME)
        if reply[:1] != bytes((OK,)):
            raise OSError(errno.ENODEV, refusal(reply))
        return link


def refusal(reply: bytes) -> str:
    """The line of text in a reply that is not OK."""
    return reply[1:].decode(errors="replace") or "the plant hung up"
