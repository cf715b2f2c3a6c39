"""evlock-secured: the secure world's software home."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from secure_world import isolation, lean, log
from secure_world.errors import SecureWorldError
from secure_world.options import Options, UsageWrong, usage
from secure_world.places import SECRET

EXIT_REFUSED = 2  # usage or configuration


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 0 after an orderly stop, 2 if the state or a socket is unusable."""
    try:
        options = Options(sys.argv[1:] if argv is None else argv)
        if options.help:
            print(usage())
        else:
            serve(options.state, options.run, options.allowed, options.noise)
    except UsageWrong as error:
        print(f"{usage()}\n\nevlock-secured: {error}", file=sys.stderr)
        return EXIT_REFUSED
    except (SecureWorldError, OSError) as error:
        log.event("ERROR", getattr(error, "code", "STATE"), str(error))
        return EXIT_REFUSED
    return 0


def serve(state: Path, run: Path, allowed: Sequence[str] = (), noise: Path | None = None) -> None:
    """Harden, open the state, open the sockets, say ready, serve."""
    gc.disable()  # what the start makes stays: looking for garbage in it takes a tenth of the time
    lean.spare()
    weaker = isolation.enforce(state, allowed)

    from secure_world.device_secret import FileSecret
    from secure_world.opening import Opening

    opening = Opening(FileSecret(state / SECRET))  # it measures the code while we load ours

    from secure_world import destruction, entropy
    from secure_world.clock import BootClock
    from secure_world.device import Device
    from secure_world.server import Server
    from secure_world.service import Manager

    entropy.use(noise)
    manager = Manager()
    device = Device(state, BootClock(), opening)
    device.isolation = ",".join(filter(None, (weaker, device.vault.weakness)))
    server = Server(device, run, manager)
    destruction.finish(device)
    device.count_start()
    gc.freeze()  # later collections pass it by, and leave pages alone that children share
    gc.enable()
    manager.say(f"READY=1\nSTATUS=serving, start {device.boot_count}")
    print("ready", flush=True)
    log.event("INFO", "READY", f"state {state}, sockets {run}, start {device.boot_count}")
    server.run()
    manager.say("STOPPING=1")
    server.close()
    device.close()
    log.event("INFO", "STOPPED", "orderly")


if __name__ == "__main__":
    sys.exit(main())
