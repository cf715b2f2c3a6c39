"""The demo from its options to its JSON object and exit code; composition of this folder."""

import contextlib
import json
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from rich.console import Console

from normal_world.demo.errors import DemoTimeout
from normal_world.demo.home import Home
from normal_world.demo.options import Options
from normal_world.demo.progress import Progress, stream_for
from normal_world.demo.receipt import receipt
from normal_world.demo.record import Record
from normal_world.demo.result import build
from normal_world.demo.scene import Scene

GOOD, FAILED = 0, 1
LATE = "DEMO-FAULT-LATE the trade ended before the fault: a larger --amount-uwh, or an earlier @S"


def demonstrate(options: Options, *, as_json: bool) -> int:
    """Run the demo, print the receipt or the object; returns the exit code."""
    amount_uwh = options.energy_uwh(None)  # known when the load is
    scene = Scene(amount_uwh, options.price)
    from normal_world.demo.play import play  # a second for web3, which the demo's time includes

    record = Record(options.seed, amount_uwh, options.price, scene.started_s)
    record.meters = scene.meters
    home = Home.make(options.home)
    stream, interrupted = stream_for(json_only=as_json), False
    try:
        with ended_in_time(options.limit_s()), Progress(scene, stream) as progress:
            play(options, home, progress, record)
    except (Exception, KeyboardInterrupt) as error:
        record.failure = _told(error)
        interrupted = isinstance(error, KeyboardInterrupt)
    record.ended_s = time.monotonic()
    result = build(record)
    if len(record.mounted) < len(options.fault) and "reason" not in result:
        result["reason"], result["reason_code"] = LATE, LATE.split(" ", 1)[0]
    kept = options.keep or (result["state"] == "failed" and not interrupted)
    console = Console(file=stream, highlight=False)
    with contextlib.suppress(OSError, SystemExit):  # rich exits when its reader went away
        console.print(receipt(result))
        if kept:
            console.print(f"home and logs are kept: {home.root}")
    if as_json:
        print(json.dumps(result), flush=True)
    if not kept:
        shutil.rmtree(home.root, ignore_errors=True)
    return exit_code(options, result)


def exit_code(options: Options, result: dict[str, Any]) -> int:
    """Good: settled, or cut or refused because a fault was asked for."""
    asked = bool(options.crash) or options.silent is not None
    good = result["state"] == "settled" or (result["state"] == "cut" and asked)
    if options.fault:  # mounted to be caught
        good = result["state"] in ("cut", "refused")
    return GOOD if good else FAILED


@contextlib.contextmanager
def ended_in_time(limit_s: float) -> Iterator[None]:
    """SIGALRM after the limit and SIGTERM end the demo in order, wherever it waits."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise DemoTimeout(f"the demo did not end within {limit_s:.0f} s: an end was expected")

    def asked_to_stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, handler)
        for number, handler in (
            (signal.SIGALRM, too_long),
            (signal.SIGTERM, asked_to_stop),
            (signal.SIGHUP, asked_to_stop),
        )
    }
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(error: BaseException) -> str:
    from normal_world.cli import failure

    return failure.told(error)[0]
