"""evlock-meterd: put the parts together and run."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from drivers.errors import DriverError
from firmware.board_file import read_board
from firmware.checks import Checks
from firmware.config import read_meter
from firmware.control import Control
from firmware.errors import ConfigError, FirmwareError
from firmware.hardware import assemble, make_relay, open_gpio
from firmware.jsonrpc_server import Server
from firmware.opening import Opening
from firmware.places import Places
from firmware.sampler import Sampler
from firmware.secured import Secured
from firmware.signals import until_signal
from firmware.store import Store
from firmware.trader import Trader

log = logging.getLogger("evlock-meterd")


def main(arguments: list[str] | None = None) -> int:
    """The program's entry; returns its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    places = Places.of_environment()
    board = options.board or places.etc / "board.toml"
    try:
        if options.open_relays:
            return open_relays(board)
        return asyncio.run(serve(places, board))
    except (FirmwareError, DriverError) as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return getattr(error, "exit_code", 4)


def open_relays(board_file: Path) -> int:
    """Open every relay of the board and leave (ExecStopPost: the daemon may have been killed)."""
    board = read_board(board_file)
    gpio = open_gpio(board)
    for line in (board.relay, board.reference.line):
        make_relay(gpio, line).open()
    return 0


async def serve(places: Places, board_file: Path) -> int:
    """Compose the daemon and run it until SIGTERM or SIGINT."""
    board, config = read_board(board_file), read_meter(places.etc / "node.toml")
    if config.max_current_a > board.max_current_a:
        found = f"max_current_a = {config.max_current_a:g}"
        raise ConfigError(
            f"{places.etc / 'node.toml'}: [limits] {found}, at most {board.max_current_a:g} "
            f"expected: {board_file} allows no more"
        )
    store = Store(places.state("meterd") / "meterd.sqlite")
    secured = Secured(places.socket("secured-meter"))
    loop = asyncio.get_running_loop()
    trips: list[Trader] = []

    def on_trip(reason: str, time_s: float, detail: str) -> None:
        loop.call_soon_threadsafe(trips[0].tripped, reason, time_s, detail)

    sampler = Sampler(assemble(board), 1.0 / board.current_adc.data_rate, on_trip)
    sampler.calibration = store.calibration()
    sampler.meter.noise_floor_a = 0.01
    checks = Checks(sampler, board)
    methods: dict[str, object] = {}
    server = Server(places.socket("meterd"), methods)  # type: ignore[arg-type]
    limit_a, interval_s = config.max_current_a, config.rules.interval_s
    trader = Trader(sampler, secured, store, limit_a, interval_s, server.publish)
    trader.opening = Opening(sampler, checks, secured, store, config, trader.find)
    trips.append(trader)
    control = Control(board.name, sampler, checks, trader, store)
    methods.update(control.for_node())
    admin = Server(places.socket("meterd-admin"), control.for_technician())
    sampler.start()
    try:
        await server.start()
        await admin.start()
        print("ready", flush=True)
        await until_signal(trader.run(), _outlive(sampler))
    finally:
        await server.stop()
        await admin.stop()
        sampler.halt()
        sampler.join(2.0)
        secured.close()
        store.close()
    return 0


async def _outlive(sampler: Sampler) -> None:
    """Fail with the sampling thread: a meter that does not measure must not look alive."""
    await asyncio.shield(asyncio.wrap_future(sampler.ended))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evlock-meterd",
        description="The meter daemon: samples, counts energy, moves the relay.",
        epilog="Settings: $EVLOCK_HOME/etc or /etc/evlock (board.toml, node.toml).",
    )
    parser.add_argument("--board", type=Path, help="another board file than etc/board.toml")
    parser.add_argument(
        "--open-relays", action="store_true", help="open every relay of the board and exit"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
