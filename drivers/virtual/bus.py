"""The board's I2C bus behind the calls that Adafruit's I2CDevice makes."""

import errno
import os
import threading
from functools import partial

from drivers.errors import ShortRead
from drivers.virtual.wire import NACK, OK, TRANSFER, Connection, refusal

Readable = bytes | bytearray | memoryview
ADDRESSES = range(0x08, 0x78)  # I2C specification UM10204, section 3.1.12: the rest is reserved


class VirtualBus:
    """OSError EREMOTEIO when nobody acknowledges; other OSErrors when the plant is gone."""

    def __init__(self, socket_path: str | os.PathLike[str], board: str) -> None:
        self._connection = Connection(socket_path, board)
        self._exchange = self._connection.exchange
        lock = threading.Lock()
        self.try_lock = partial(lock.acquire, False)
        self.unlock = lock.release

    def writeto(
        self, address: int, buffer: Readable, *, start: int = 0, end: int | None = None
    ) -> None:
        """Write buffer[start:end]; nothing at all probes the address."""
        data = bytes(memoryview(buffer)[start:end])
        _checked(self._exchange(bytes((TRANSFER, address, 0)) + data), 0, address)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Fill buffer[start:end]; a short answer raises ShortRead. The hot path."""
        if end is None:
            end = len(buffer)
        count = end - start
        reply = self._exchange(bytes((TRANSFER, address, count)))
        if reply[0] or len(reply) != count + 1:
            _checked(reply, count, address)
        buffer[start:end] = reply[1:]

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: Readable,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        """Write, repeated start, read: one transfer that nobody can come between."""
        if in_end is None:
            in_end = len(in_buffer)
        data = bytes(memoryview(out_buffer)[out_start:out_end])
        count = in_end - in_start
        reply = self._exchange(bytes((TRANSFER, address, count)) + data)
        _checked(reply, count, address)
        in_buffer[in_start:in_end] = reply[1:]

    def scan(self) -> list[int]:
        """Every address that acknowledges."""
        return [address for address in ADDRESSES if self._answers(address)]

    def deinit(self) -> None:
        """Close the connection; the next call opens it again."""
        self._connection.close()

    def _answers(self, address: int) -> bool:
        return self._exchange(bytes((TRANSFER, address, 0)))[0] == OK


def _checked(reply: bytes, count: int, address: int) -> None:
    if reply[0] == NACK:
        raise OSError(errno.EREMOTEIO, f"no acknowledge from address {address:#04x}")
    if reply[0] != OK:
        raise OSError(errno.EPROTO, refusal(reply))
    if len(reply) != count + 1:
        raise ShortRead(f"address {address:#04x}: {len(reply) - 1} bytes, {count} expected")
