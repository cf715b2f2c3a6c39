"""Random numbers for keys: the kernel's, and the board's noise source mixed in where there is one.

    32 bytes = HMAC-SHA256(key: 32 bytes of getrandom, message: NOISE_PER_BLOCK bytes of noise)

So they are as good as the better of the two. Both are tested before the first use and at every one
(health_tests.py); a failure, or a source that cannot be read any more, is a refusal: ENTROPY.
Only a board that has no noise source at all goes without.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path

from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.health_tests import START_UP_SAMPLES, HealthTests

DEVICE = Path("/dev/hwrng")
NOISE_BITS = 4.0  # H of a byte of noise: half of what such chips claim
KERNEL_BITS = 8.0
BLOCK = 32
_COMPARED = 16
# SP 800-90C asks for 64 bits more than come out: 80 bytes.
NOISE_PER_BLOCK = int((8 * BLOCK + 64) / NOISE_BITS)


class Source:
    """Bytes of `read(size)`, tested; after a fault it gives none any more."""

    def __init__(self, name: str, read: Callable[[int], bytes], h: float) -> None:
        self._name, self._read, self._h = name, read, h
        self._starts: set[bytes] = set()  # hashes
        self._fault, self._started = "", False

    def start(self) -> None:
        """The start-up test, on samples that nobody uses. Raises ENTROPY."""
        if not self._started:
            self._tests = HealthTests(self._h)
            for _ in range(START_UP_SAMPLES // BLOCK):
                self._take(BLOCK)
            self._started = True

    def take(self, size: int) -> bytes:
        """`size` bytes. Raises SecureWorldRefused: ENTROPY."""
        self.start()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        samples = b""
        while len(samples) < size and not self._fault:
            samples += self._more(size - len(samples))
        if not self._fault:
            self._fault = self._tests.fault(samples) or self._repetition(samples)
        if self._fault:
            text = f"{self._name}: {self._fault}, expected a sound source of random numbers"
            raise SecureWorldRefused(ErrorCode.ENTROPY, text)
        return samples

    def _more(self, size: int) -> bytes:
        try:
            samples = self._read(size)
        except OSError as error:
            self._fault = error.strerror or "cannot be read"
            return b""
        if not samples:
            self._fault = "has no more"
        return samples

    def _repetition(self, samples: bytes) -> str:
        """A generator that starts again from its seed: 16 bytes of a good one never come twice."""
        start = hashlib.sha256(samples[:_COMPARED]).digest()
        if len(samples) >= _COMPARED and start in self._starts:
            return "gave the same bytes twice"
        self._starts.add(start)
        return ""


class Generator:
    """The kernel's random numbers, and those of `noise` if there is one."""

    def __init__(self, noise: Source | None) -> None:
        self._kernel = Source("getrandom", os.getrandom, KERNEL_BITS)
        self._noise = noise

    def draw(self, size: int) -> bytes:
        """Raises SecureWorldRefused: ENTROPY."""
        blocks = [self._block() for _ in range(0, size, BLOCK)]
        return b"".join(blocks)[:size]

    def _block(self) -> bytes:
        key = self._kernel.take(BLOCK)
        if self._noise is None:
            return key
        return hmac.digest(key, self._noise.take(NOISE_PER_BLOCK), "sha256")


class Device:
    """A noise device, opened when it is first read: by a child, after the fork."""

    def __init__(self, path: Path) -> None:
        self._path, self._handle = path, -1

    def read(self, size: int) -> bytes:
        """Raises OSError."""
        if self._handle < 0:
            self._handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        return os.read(self._handle, size)

    def is_there(self) -> bool:
        """Whether it can be opened and has a driver behind it; waits for nothing."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            os.read(handle, 1)
        except BlockingIOError:
            return True
        except OSError:  # ENODEV: /dev/hwrng of a kernel that found no such chip
            return False
        finally:
            os.close(handle)
        return True


class _Chosen:
    """What this process draws from."""

    noise: Path | None = None
    generator: Generator | None = None


def use(noise: Path | None = None) -> None:
    """Settle, once at the start, what random numbers come from.

    A path that is given must work: without it ENTROPY is all there is. By default it is DEVICE,
    if the board has one.
    """
    path = noise or (DEVICE if Device(DEVICE).is_there() else None)
    source = Source("hwrng", Device(path).read, NOISE_BITS) if path is not None else None
    _Chosen.noise, _Chosen.generator = path, Generator(source)


def source() -> str:
    """What INFO says of it."""
    if _Chosen.generator is None:
        use()
    return "getrandom" if _Chosen.noise is None else "hwrng+getrandom"


def random_bytes(size: int) -> bytes:
    """`size` bytes for a key. Raises SecureWorldRefused: ENTROPY."""
    if _Chosen.generator is None:
        use()
    assert _Chosen.generator is not None
    return _Chosen.generator.draw(size)
