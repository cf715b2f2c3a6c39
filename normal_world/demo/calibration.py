"""Calibrating a board as a technician does: zero, then a known load and a good multimeter."""

import threading
from typing import Any

from normal_world.demo.stage import NODES, Stage

ZERO_S = 1.5
LOAD_S = 1.5


def calibrate_both(stage: Stage) -> None:
    """Both boards side by side; raises what the first one that failed raised."""
    failures: list[Exception] = []
    threads = [
        threading.Thread(target=_guarded, args=(stage, node, failures), daemon=True)
        for node in NODES
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def calibrate(stage: Stage, node: str) -> None:
    """Zero with open relays; then gains by what the instrument shows under the reference load."""
    stage.ask("meterd-admin", node, "calibrate.zero", seconds=ZERO_S)
    stage.ask("meterd-admin", node, "reference_load", closed=True)
    stage.ask("meterd-admin", node, "calibrate.load", seconds=LOAD_S, **_shown(stage, node))


def _shown(stage: Stage, node: str) -> dict[str, Any]:
    """What the multimeter shows after the load has been on for a moment."""
    threading.Event().wait(LOAD_S)
    shown = stage.ask_plant("instrument", board=node, seconds=LOAD_S / 2)
    return {"voltage_v": shown["voltage_v"], "current_a": shown["current_a"]}


def _guarded(stage: Stage, node: str, failures: list[Exception]) -> None:
    try:
        calibrate(stage, node)
    except Exception as error:  # handed to the thread that waits
        failures.append(error)
