"""evlock-secured whose children die while they try a PIN, as power or a thief would have it."""

import os
import signal
import sys

from secure_world import main, pin_rules


def _die(stored: bytes, pin: str) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return bool(stored and pin)


if __name__ == "__main__":
    pin_rules.matches = _die
    sys.exit(main.main(sys.argv[1:]))
