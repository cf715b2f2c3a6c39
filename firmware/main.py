"""evlock-meterd: put the parts together and run."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

from drivers.errors import DriverError
from firmware.by_hand import ByHand
from firmware.calibrated import CalibrationNote
from firmware.checks import Checks
from firmware.config import read_settings
from firmware.control import Control
from firmware.diagnosis import Diagnosis
from firmware.errors import FirmwareError, told
from firmware.event_file import EventFile
from firmware.event_watch import Changes
from firmware.events import EventLog
from firmware.hardware import assemble
from firmware.history import History
from firmware.history_file import HistoryFile
from firmware.jsonrpc_server import Method, Server
from firmware.listeners import take_listeners
from firmware.metering import meter_of
from firmware.metrics import Metrics
from firmware.notify import Notifier
from firmware.opening import Opening
from firmware.places import Places
from firmware.release import COPY, open_relays, remember
from firmware.safe_mode import SafeMode
from firmware.sampler import Sampler
from firmware.secured import Secured
from firmware.signals import until_signal
from firmware.standing import Connection
from firmware.store import Store
from firmware.tampering import Tampering
from firmware.technician import Technician
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
            copy = places.var / "meterd" / COPY
            return open_relays([options.board] if options.board else [copy, board])
        return asyncio.run(serve(places, board, options.safe_mode_after))
    except (FirmwareError, DriverError) as error:
        print(*told(error), sep="\n", file=sys.stderr)
        return getattr(error, "exit_code", 4)


async def serve(places: Places, board_file: Path, safe_mode_after: int = 0) -> int:
    """Compose the daemon and run it until SIGTERM or SIGINT."""
    notifier, given = Notifier(), take_listeners()
    board, config = read_settings(board_file, places.etc / "node.toml")
    store = Store(places.state("meterd") / "meterd.sqlite")
    safe_mode = SafeMode(places.state("meterd") / "starts.json", safe_mode_after)
    remember(board_file, places.state("meterd"))
    safe_mode.begin()  # now that no second meterd can be meant
    secured = Secured(places.socket("secured-meter"))
    loop = asyncio.get_running_loop()
    trips: list[Trader] = []

    def on_trip(reason: str, time_s: float, detail: str) -> None:
        loop.call_soon_threadsafe(trips[0].tripped, reason, time_s, detail)

    hardware = assemble(board)
    sampler = Sampler(hardware, on_trip, meter_of(board, hardware))
    sampler.calibration = store.calibration()
    checks = Checks(sampler, board)
    methods: dict[str, Method] = {}
    server = Server(places.socket("meterd"), methods, given=given.get("meterd"))
    limit_a, interval_s = config.max_current_a, config.rules.interval_s
    events = EventLog(EventFile(places.state("meterd") / "events.sqlite"))

    tampering: list[Tampering] = []

    def publish(kind: str, **fields: Any) -> None:
        events.hear(kind, **fields)
        if kind == "finding":
            tampering[0].hear(fields["code"], fields["text"])
        server.publish(kind, **fields)

    trader = Trader(sampler, secured, store, limit_a, interval_s, publish)
    trader.opening = Opening(sampler, checks, secured, store, config, trader.find)
    trader.safe_mode = safe_mode
    trips.append(trader)
    tampering.append(Tampering(sampler, secured, trader))
    calibrated = CalibrationNote(places.state("meterd") / "calibrated.json", board)
    connection = Connection(sampler, secured, trader, config.max_current_a, events.note)
    trader.holder = connection
    control = Control(board, sampler, checks, trader, store, calibrated, connection.told)
    events.watch = Changes(sampler, safe_mode)
    by_hand = ByHand(sampler, trader, secured, config.max_current_a, events.note)
    technician = Technician(
        sampler,
        trader,
        events,
        Diagnosis(board, config.max_current_a, sampler, trader, calibrated),
        by_hand,
        board.mains.alternates,
    )
    rows = HistoryFile(places.state("meterd") / "history.sqlite", config.history_days)
    history = History(rows, sampler, trader.find)
    metrics = Metrics(control.status, sampler, trader, secured, history)
    both: dict[str, Method] = {"history": history.answer, "metrics": metrics.read}
    methods.update(control.for_node() | both)
    admin = Server(
        places.socket("meterd-admin"),
        control.for_technician() | technician.methods() | both,
        given=given.get("meterd-admin"),
    )
    sampler.start()
    try:
        await events.begin()
        await server.start()
        await admin.start()
        notifier.ready(_status(sampler, trader))
        print("ready", flush=True)
        await until_signal(
            trader.run(),
            _outlive(sampler),
            history.run(),
            events.run(),
            tampering[0].run(),
            safe_mode.run(),
            *([connection.run()] if config.standing else []),
            # New samples, or another attempt at a dead bus: a stuck thread makes neither.
            notifier.watch(
                lambda: (sampler.meter.samples, sampler.gaps), lambda: _status(sampler, trader)
            ),
        )
        notifier.stopping()
        safe_mode.stopped()
    finally:
        await server.stop()
        await admin.stop()
        await by_hand.stop()
        await connection.stop()
        sampler.halt()
        sampler.join(2.0)
        await history.close()
        await events.close()
        secured.close()
        store.close()
    return 0


def _status(sampler: Sampler, trader: Trader) -> str:
    """One line for `systemctl status`."""
    state = sampler.fault or (trader.active.delivery.phase.value if trader.active else "measuring")
    return f"safe mode (no trades): {state}" if trader.safe_mode.on else state


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
    parser.add_argument(
        "--safe-mode-after",
        type=int,
        default=0,
        metavar="N",
        help="do not trade after N starts in a row that did not last (the service: 3; 0: never)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
