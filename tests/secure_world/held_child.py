"""evlock-secured whose children for one command wait until somebody opens a FIFO for writing."""

import os
import sys
from pathlib import Path

from secure_world import apart, jobs, main
from secure_world.commands import Command
from secure_world.device import Device
from secure_world.message import Message
from secure_world.parent import Parent

_FIFO = Path(os.environ["EVLOCK_TEST_FIFO"])
_COMMAND = Command[os.environ.get("EVLOCK_TEST_HELD", "CLAIM")]
_work = apart.APART[_COMMAND]


def held(device: Device, request: Message, parent: Parent) -> Message:
    """The command, when the test lets it."""
    _FIFO.read_bytes()
    return _work(device, request, parent)


if __name__ == "__main__":
    apart.APART[_COMMAND] = held
    jobs.PATIENCE_S = float(os.environ.get("EVLOCK_TEST_PATIENCE", jobs.PATIENCE_S))
    sys.exit(main.main(sys.argv[1:]))
