"""The faults that a board of the plant can have: their names, their strengths, what is broken."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from drivers.errors import FaultError
from drivers.virtual import breakage
from drivers.virtual.board import Board

Change = Callable[[Board, float, float], None]  # (board, strength, time in seconds)


@dataclass(frozen=True, slots=True)
class Fault:
    """`strength` says what the number means; without one there is no number to give."""

    text: str
    change: Change
    strength: str = ""
    default: float = 1.0
    minimum: float = 1.0
    maximum: float = 1.0
    once: bool = False  # it happens, and nothing stays to be cleared

    def checked(self, name: str, wanted: float | None) -> float:
        """The strength to use; raises FaultError: out of range, or none can be given."""
        if wanted is None:
            return self.default
        if not self.strength:
            raise FaultError(f"{name}: strength {str(wanted)[:40]} given, but it has none")
        if not self.minimum <= wanted <= self.maximum:
            allowed = f"{self.minimum:g} to {self.maximum:g}"
            raise FaultError(f"{name}: strength {str(wanted)[:40]} given, {allowed} expected")
        return float(wanted)

    def describe(self, name: str) -> dict[str, Any]:
        """For people and for tools."""
        told: dict[str, Any] = {"name": name, "text": self.text, "strength": self.strength or None}
        if self.strength:
            told |= {"default": self.default, "minimum": self.minimum, "maximum": self.maximum}
        return told


def named(name: str) -> Fault:
    """The fault of that name; raises FaultError with the nearest ones."""
    if name not in FAULTS:
        near = difflib.get_close_matches(name, FAULTS, 1, 0.0)
        raise FaultError(f"fault {name[:40]!r}: no such fault; nearest: {near[0]}")
    return FAULTS[name]


@dataclass(slots=True)
class Active:
    """The faults of one board that last."""

    board: Board
    strengths: dict[str, float] = field(default_factory=dict)

    def cause(self, name: str, wanted: float | None, now_s: float) -> None:
        """Let it happen now; a second time only changes the strength."""
        fault = named(name)
        strength = fault.checked(name, wanted)
        self._change(fault.change, strength, now_s)
        if fault.once:
            return
        for other in EXCLUSIVE.get(name, ()):
            self.strengths.pop(other, None)
        self.strengths[name] = strength

    def clear(self, now_s: float) -> None:
        """Every part is whole again."""
        self._change(breakage.repair, 1.0, now_s)
        self.strengths.clear()

    def _change(self, change: Change, strength: float, now_s: float) -> None:
        self.board.world.flush(now_s)
        change(self.board, strength, now_s)
        self.board.world.resolve()


FAULTS = {
    "sensor-scaled": Fault(
        "Part of the current goes past the current sensor: a shunted conductor.",
        *(breakage.shunt, "share of the current it still sees", 0.8, 0.0, 2.0),
    ),
    "sensor-stuck": Fault(
        "The current sensor's output holds its value, without noise.", breakage.stick
    ),
    "sensor-removed": Fault(
        "The current sensor is unplugged: the converter's pin floats near ground.",
        *(breakage.remove, "volts of hum on the pin", 0.01, 0.0, 1.0),
    ),
    "sensor-saturated": Fault(
        "The current sensor's output stands at a rail.",
        *(breakage.saturate, "share of its supply: 1 rail, 0 ground", 1.0, 0.0, 1.0),
    ),
    "sensor-noisy": Fault(
        "The current sensor is noisy: a bad joint, a lost capacitor.",
        *(breakage.noise, "times its own noise", 20.0, 1.0, 1000.0),
    ),
    "voltage-scaled": Fault(
        "The voltage sensor gives another share of the voltage: a wrong resistor.",
        *(breakage.scale, "times its proper output", 0.9, 0.0, 2.0),
    ),
    "relay-welded": Fault(
        "The main relay's contact is closed whatever its coil says.", breakage.weld
    ),
    "relay-stuck-open": Fault(
        "The main relay's contact is open whatever its coil says.", breakage.stick_open
    ),
    "bus-nack": Fault(
        "The current sensor's converter does not answer.",
        *(breakage.deafen, "share of transfers not acknowledged", 1.0, 0.001, 1.0),
    ),
    "adc-reset": Fault(
        "A glitch sets every ADS1115 of the board back to its defaults, once.",
        breakage.reset,
        once=True,
    ),
    "adc-asleep": Fault(
        "The current sensor's ADS1115 falls into single-shot mode, once.", breakage.sleep, once=True
    ),
    "reference-open": Fault("The reference load's resistor is burnt out.", breakage.burn),
    "case-opened": Fault("The lid of the case is off: its switch opens.", breakage.open_case),
}
# One part can be broken in one of these ways at a time.
EXCLUSIVE = {
    "sensor-stuck": ("sensor-saturated",),
    "sensor-saturated": ("sensor-stuck",),
    "relay-welded": ("relay-stuck-open",),
    "relay-stuck-open": ("relay-welded",),
}
