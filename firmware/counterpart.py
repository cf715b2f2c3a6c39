"""What the counterpart says: verified here, in the meter, before anything follows from it."""

from typing import Any

from firmware.active import Active
from firmware.errors import CounterpartError
from secure_world.protocol import SignedReading, SignedReady


def take_ready(active: Active, ready_json: dict[str, Any]) -> None:
    """Accept the counterpart's Ready; raises CounterpartError, also for a second, other one."""
    ready = SignedReady.from_json(ready_json)
    _verify(active, ready)
    if active.peer_ready is not None and active.peer_ready != ready:
        raise CounterpartError("another Ready was accepted already", "PEER-READY")
    active.peer_ready = ready


def take_reading(active: Active, reading_json: dict[str, Any]) -> SignedReading | None:
    """Accept a reading newer than the last; None for an older one, which is nothing wrong.

    Raises CounterpartError when it is not the counterpart's, begins elsewhere than its Ready,
    or goes backwards.
    """
    reading = SignedReading.from_json(reading_json)
    _verify(active, reading)
    if active.peer_ready is None or reading.from_uwh != active.peer_ready.from_uwh:
        raise CounterpartError("reading begins elsewhere than Ready", "PEER-FROM")
    last = active.peer_reading
    if last is not None and last.sequence >= reading.sequence:
        return None
    if last is not None and reading.to_uwh < last.to_uwh:
        raise CounterpartError(
            f"reading of {reading.to_uwh} µWh after {last.to_uwh} µWh", "PEER-BACKWARDS"
        )
    if last is not None and last.is_final:
        raise CounterpartError("another reading after FINAL", "PEER-FINAL")
    active.peer_reading = reading
    return reading


def _verify(active: Active, message: SignedReady | SignedReading) -> None:
    if message.meter != active.peer_meter or message.trade != active.ready.trade:
        raise CounterpartError("signed for another meter or trade", "PEER-FOREIGN")
    try:
        message.verify(active.chain_id, active.market)
    except ValueError as error:
        raise CounterpartError(str(error), "PEER-SIGNATURE") from None
