"""evlock-secured: the secure world's software home."""

import argparse
import sys
from pathlib import Path

from secure_world import hardening, log, places
from secure_world.clock import BootClock, Clock
from secure_world.device import Device
from secure_world.errors import SecureWorldError
from secure_world.server import Server
from secure_world.service import Manager

EXIT_REFUSED = 2  # usage or configuration


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop; 0 after an orderly stop, 2 if the state or a socket is unusable."""
    options = _options(argv)
    try:
        serve(options.state, options.run, BootClock())
    except (SecureWorldError, OSError) as error:
        log.event("ERROR", getattr(error, "code", "STATE"), str(error))
        return EXIT_REFUSED
    return 0


def serve(state: Path, run: Path, clock: Clock) -> None:
    """Harden, open the state, open the sockets, say ready, serve."""
    hardening.harden()
    manager = Manager()
    device = Device(state, clock)
    server = Server(device, run, manager)
    device.count_start()
    manager.say(f"READY=1\nSTATUS=serving, start {device.boot_count}")
    print("ready", flush=True)
    log.event("INFO", "READY", f"state {state}, sockets {run}, start {device.boot_count}")
    server.run()
    manager.say("STOPPING=1")
    server.close()
    device.close()
    log.event("INFO", "STOPPED", "orderly")


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="evlock-secured", description=__doc__)
    parser.add_argument("--state", type=Path, default=places.state_folder(), help="state folder")
    parser.add_argument("--run", type=Path, default=places.run_folder(), help="socket folder")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
