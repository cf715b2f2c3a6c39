"""evlock-secured whose children for CLAIM wait until somebody opens a FIFO for writing."""

import os
import sys
from pathlib import Path

from secure_world import apart, jobs, main
from secure_world.commands import Claim, Command, Empty
from secure_world.device import Device
from secure_world.parent import Parent

_FIFO = Path(os.environ["EVLOCK_TEST_FIFO"])
_claim = apart.APART[Command.CLAIM]


def held(device: Device, request: Claim, parent: Parent) -> Empty:
    """CLAIM, when the test lets it."""
    _FIFO.read_bytes()
    _claim(device, request, parent)
    return Empty()


if __name__ == "__main__":
    apart.APART[Command.CLAIM] = held
    jobs.PATIENCE_S = float(os.environ.get("EVLOCK_TEST_PATIENCE", jobs.PATIENCE_S))
    sys.exit(main.main(sys.argv[1:]))
