"""An I2C bus of Linux (/dev/i2c-N) behind the calls that Adafruit's I2CDevice makes."""

import errno
import fcntl
import importlib
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from drivers.errors import BusLibrary

Readable = bytes | bytearray | memoryview
I2C_RDWR = 0x0707  # linux/i2c-dev.h
ADDRESSES = range(0x08, 0x78)  # I2C specification UM10204, section 3.1.12: the rest is reserved
CUT_OFF = (errno.ENODEV, errno.EBADF)  # the adapter went: an open file leads nowhere any more


class LinuxI2C:
    """OSError EREMOTEIO or ENXIO when nobody acknowledges; other OSErrors when the bus is gone.

    The device is opened with the first transfer, and again with the next after the adapter went.
    One I2C_RDWR call is one transfer on the wire: other programs' transfers come before or after.
    """

    _bus: Any = None

    def __init__(self, device: str) -> None:
        self._device = device
        try:
            self._smbus = importlib.import_module("smbus2")
            self._rdwr: Callable[..., Any] = self._smbus.smbus2.i2c_rdwr_ioctl_data.create
        except (ImportError, AttributeError) as error:
            raise BusLibrary(f"smbus2: {error}; the extra pi, pi5 or linux expected") from error
        lock = threading.Lock()
        self.try_lock = partial(lock.acquire, False)
        self.unlock = lock.release

    def writeto(
        self, address: int, buffer: Readable, *, start: int = 0, end: int | None = None
    ) -> None:
        """Write buffer[start:end]; nothing at all probes the address, where the adapter can."""
        self._transfer(address, self._write(address, buffer, start, end))

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Fill buffer[start:end]."""
        end = len(buffer) if end is None else end
        answer = self._smbus.i2c_msg.read(address, end - start)
        self._transfer(address, answer)
        buffer[start:end] = bytes(answer)

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
        in_end = len(in_buffer) if in_end is None else in_end
        answer = self._smbus.i2c_msg.read(address, in_end - in_start)
        self._transfer(address, self._write(address, out_buffer, out_start, out_end), answer)
        in_buffer[in_start:in_end] = bytes(answer)

    def scan(self) -> list[int]:
        """Every address that answers a read of one byte; raises OSError without a bus."""
        return [address for address in ADDRESSES if self._answers(address)]

    def deinit(self) -> None:
        """Close the device; the next call opens it again."""
        bus, self._bus = self._bus, None
        if bus is not None:
            with suppress(OSError):
                bus.close()

    def _answers(self, address: int) -> bool:
        try:
            self.readfrom_into(address, bytearray(1))
        except OSError as error:
            if error.errno in (errno.EREMOTEIO, errno.ENXIO):
                return False
            raise
        return True

    def _write(self, address: int, buffer: Readable, start: int, end: int | None) -> Any:
        return self._smbus.i2c_msg.write(address, bytes(memoryview(buffer)[start:end]))

    def _transfer(self, address: int, *messages: Any) -> None:
        bus = self._bus or self._open()
        try:
            # Not SMBus.i2c_rdwr(): it drops the count of messages that went through, and a
            # missing chip behind such an adapter (virtio) would read as zeros.
            done = fcntl.ioctl(bus.fd, I2C_RDWR, self._rdwr(*messages))
        except OSError as error:
            if error.errno in CUT_OFF:
                self.deinit()
            raise OSError(error.errno, error.strerror, self._device) from error
        if done != len(messages):
            text = f"address {address:#04x}: {done} of {len(messages)} messages acknowledged"
            raise OSError(errno.EREMOTEIO, text, self._device)

    def _open(self) -> Any:
        bus = self._smbus.SMBus(self._device)
        if not bus.funcs & self._smbus.I2cFunc.I2C:
            bus.close()
            raise OSError(errno.EOPNOTSUPP, "an adapter for SMBus only", self._device)
        self._bus = bus
        return bus
