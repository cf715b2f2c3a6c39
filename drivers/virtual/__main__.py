"""The plant process: two virtual boards, their batteries and the wire between them."""

import argparse
import logging
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from drivers.errors import ParameterError, PlantError, WiringError
from drivers.virtual.machine import DEFAULTS, Machine
from drivers.virtual.server import Server
from drivers.virtual.wiring import Wiring, read_wiring

EPILOG = """\
Boards "seller" and "buyer", each with an ADS1115 at 0x48 (AIN0: ACS712 20A) and one at 0x49
(AIN0: 30k/7.5k divider), a main relay on line 17 and a reference load's relay on line 27 (BCM,
active low). --board wires one as its board.toml says (docs/plant.md). The lines keep their levels
when a client dies.

The control socket takes JSON-RPC 2.0, one object a line. Methods:
  state                  true voltages, currents, energies of both boards
  events                 contact movements with their times
  instrument             {"board", "seconds"}: a calibrated multimeter's mean
  parameters             every seeded parameter by its path
  set                    {"seller.battery.soc": 0.5, ...}
  load                   {"load": "rectifier:300"}: another load (alternating current only)
  faults                 every fault by name, and what is broken now
  fault                  {"board", "name", "strength"?}: break something
  fault.clear            {"board"}: repair all of it
  reset_energy           begin to count true energy anew

Prints "ready" when it serves. SIGTERM or SIGINT ends it."""

SOCKETS = {
    "--socket": "bus and GPIO of both boards (UNIX, SOCK_SEQPACKET)",
    "--control": "control socket for people and tests (UNIX, stream)",
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(message)s", level=logging.INFO)
    try:
        server = Server(_machine(options), options.socket, options.control)
    except PlantError as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "running", False))
    print("ready", flush=True)
    try:
        server.serve()
    finally:
        server.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drivers.virtual",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for option, text in SOCKETS.items():
        parser.add_argument(option, type=Path, required=True, metavar="PATH", help=text)
    parser.add_argument("--seed", type=int, default=1, help="chooses every parameter (default 1)")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML: parameters that differ from the seed's"
    )
    parser.add_argument(
        "--board",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="wire the seller or the buyer as this board.toml says",
    )
    parser.add_argument(
        "--household",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="in place of seller and buyer: a household on a feeder, wired as its board.toml says",
    )
    parser.add_argument(
        "--load",
        metavar="LOAD",
        help="alternating current: resistive, rectifier, dimmer, motor (:watts), or a recording",
    )
    return parser


def _machine(options: argparse.Namespace) -> Machine:
    wirings = dict(map(_wiring, options.board))
    homes = dict(_named("--household", text) for text in options.household)
    if homes and (wirings or options.load is not None):
        raise WiringError("--household: not together with --board or --load")
    machine = Machine(options.seed, time.monotonic(), wirings, options.load, homes)
    if options.config is not None:
        machine.change(dict(_overrides(options.config)), time.monotonic())
    return machine


def _wiring(text: str) -> tuple[str, Wiring]:
    name, wiring = _named("--board", text)
    if name not in DEFAULTS:
        expected = f"{' or '.join(DEFAULTS)}=FILE expected"
        raise WiringError(f"--board {text[:80]!r}: {expected}")
    return name, wiring


def _named(option: str, text: str) -> tuple[str, Wiring]:
    name, separator, path = text.partition("=")
    if not name.isidentifier() or not separator:
        raise WiringError(f"{option} {text[:80]!r}: NAME=FILE expected")
    return name, read_wiring(Path(path))


def _overrides(path: Path) -> Iterator[tuple[str, object]]:
    """Dotted paths and values of a TOML file; its tables nest as the paths do."""
    try:
        return _leaves(tomllib.loads(path.read_text(encoding="utf-8")), "")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParameterError(f"{path}: {error}; a TOML file expected") from error


def _leaves(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


if __name__ == "__main__":
    sys.exit(main())
