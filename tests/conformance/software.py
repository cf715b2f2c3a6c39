"""evlock-secured with a clock that a test moves: `clock file`, then the program's own arguments.

The file holds the boot's number and nanoseconds since it (two u64), mapped before the start.
"""

import mmap
import struct
import sys
from pathlib import Path

from secure_world import clock, main


class MovedClock(clock.BootClock):
    """Reads shared memory: no system call that a filter could refuse."""

    shared: mmap.mmap

    def __init__(self) -> None:
        pass

    def boot_id(self) -> str:
        """The boot's number."""
        return f"boot-{struct.unpack('QQ', self.shared[:])[0]}"

    def now_ns(self) -> int:
        """Nanoseconds since that boot."""
        now_ns: int = struct.unpack("QQ", self.shared[:])[1]
        return now_ns


if __name__ == "__main__":
    with Path(sys.argv[1]).open("rb") as file:
        MovedClock.shared = mmap.mmap(file.fileno(), 16, prot=mmap.PROT_READ)
    clock.BootClock = MovedClock  # type: ignore[misc]
    sys.exit(main.main(sys.argv[2:]))
