"""What is seen of the demo right now: filled by the watchers, drawn by the views."""

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class MeterScene:
    """One side of the trade, as its own meter and chain account see it."""

    voltage_v: float | None = None
    current_a: float | None = None
    power_w: float | None = None
    relay_closed: bool = False
    state: str = "starting"
    energy_uwh: int = 0  # of this trade, in the last reading that this meter signed
    credit: int | None = None
    signed: int = 0
    exchanged: int = 0
    self_check: str | None = None
    reading: dict[str, Any] | None = None  # the last one that this meter signed
    first_sample_s: float | None = None


@dataclass
class Scene:
    """Both sides, the money between them and the words for what is going on."""

    amount_uwh: int
    price: int
    phase: str = "starting"
    note: str = ""  # what was broken on purpose
    block: int = 0
    escrow: int | None = None
    paid: int | None = None
    refunded: int | None = None
    sent_true_uwh: int = 0
    delivered_true_uwh: int = 0
    meters: dict[str, MeterScene] = field(
        default_factory=lambda: {"seller": MeterScene(), "buyer": MeterScene()}
    )
    started_s: float = field(default_factory=time.monotonic)

    def fraction(self) -> float:
        """Share of the agreed energy that the buyer's meter has signed, 0 to 1."""
        return min(1.0, self.meters["buyer"].energy_uwh / self.amount_uwh)
