"""The delivery of one trade as a state machine: facts go in, the wanted relay state comes out.

    prepared ──start, counterpart ready──► delivering ◄──► paused
        │                                      │              │
        └──────────────stop────────────────► ended ◄──────────┘

Silence: 1.5 s without a verified reading of the counterpart (or without one of our own: the
secure world is gone) opens the relay. Meters apart by more than the tolerance opens it too. Both
resume when the cause is gone within 30 s, else the trade is cut. Everything that says that the
meter itself cannot be believed (a converter set anew, frozen or saturated samples) ends it at once,
and so does a delivery in which nothing flows.
"""

from dataclasses import dataclass, field
from enum import StrEnum

IMPORT, EXPORT = 0, 1
FLOW_UWH = 100  # growth that counts as flowing: 0.4 J
APART_MAX = 3  # a delayed reading may do it once or twice, two honest meters not again and again
PAUSES_MAX = 20  # of one trade: a relay's contacts last about 100 000 movements


RUNNING, ENDED = 2.0, 0.5  # intervals that readings of two meters may be apart in time


class Phase(StrEnum):
    PREPARED = "prepared"
    DELIVERING = "delivering"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True)
class Rules:
    """Times in seconds, tolerance in thousandths of the energy."""

    interval_s: float = 1.0
    silence_s: float = 1.5
    pause_s: float = 30.0
    idle_s: float = 35.0  # longer than a pause: the other side may be in one
    tolerance_permille: int = 50
    tolerance_floor_uwh: int = 3_000

    def tolerance_uwh(self, energy_uwh: int, power_w: float, intervals: float = RUNNING) -> float:
        """How far two honest meters may be apart: some intervals of power plus a share.

        The floor serves the first moments, in which no power has been measured yet.
        """
        intervals_uwh = intervals * self.interval_s * power_w / 0.0036
        share_uwh = energy_uwh * self.tolerance_permille / 1000.0
        return max(float(self.tolerance_floor_uwh), intervals_uwh) + share_uwh


@dataclass
class Delivery:
    """One trade's delivery; every method takes the monotonic time."""

    direction: int
    amount_uwh: int
    rules: Rules
    phase: Phase = Phase.PREPARED
    reason: str = ""
    started: bool = False
    peer_ready: bool = False
    peer_uwh: int = 0
    own_uwh: int = 0
    signed_uwh: int = 0
    power_w: float = 0.0  # of the last few intervals of delivery, the largest
    pauses: int = 0
    apart_pauses: int = 0
    peer_heard_s: float = 0.0
    own_signed_s: float = 0.0
    paused_since_s: float = 0.0
    flowed_uwh: int = 0  # own energy when last it was seen to grow
    flowed_s: float = 0.0
    _powers: list[float] = field(default_factory=list)

    @property
    def relay_wanted(self) -> bool:
        return self.phase is Phase.DELIVERING

    @property
    def silent_after_s(self) -> float:
        """Monotonic time at which missing readings must open the relay."""
        return min(self.peer_heard_s, self.own_signed_s) + self.rules.silence_s

    @property
    def stop_at_uwh(self) -> float:
        """Energy of this meter that ends the delivery.

        The buyer's meter decides; the seller's, which also feeds the wire between, stops only
        when it is further ahead than the tolerance allows.
        """
        if self.direction == IMPORT:
            return float(self.amount_uwh)
        return self.amount_uwh + self.rules.tolerance_uwh(self.amount_uwh, self.power_w)

    @property
    def apart_at_uwh(self) -> float:
        """Energy of this meter from which it is too far ahead of the counterpart's."""
        return self.peer_uwh + self.rules.tolerance_uwh(self.peer_uwh, self.power_w)

    def hear_ready(self, time_s: float) -> None:
        """The counterpart's Ready was verified."""
        self.peer_ready = True
        self._begin(time_s)

    def start(self, time_s: float) -> None:
        """The escrow is final."""
        self.started = True
        self._begin(time_s)

    def recover(self, time_s: float) -> None:
        """After a restart: what was running is paused until readings come again."""
        if self.phase is Phase.DELIVERING:
            self._pause(time_s, "restart")
        elif self.phase is Phase.PAUSED:
            self.paused_since_s = time_s

    def feel(self, power_w: float) -> bool:
        """The power of this moment: it counts until a whole interval was measured. True if new."""
        if self._powers or self.phase is not Phase.DELIVERING or abs(power_w) <= self.power_w:
            return False
        self.power_w = abs(power_w)
        return True

    def sign(self, time_s: float, own_uwh: int) -> None:
        """An own reading was signed; what was delivered since the last one is the power."""
        passed_s = time_s - self.own_signed_s
        if self.phase is Phase.DELIVERING and passed_s > 0.9 * self.rules.interval_s:
            energy_j = (own_uwh - self.signed_uwh) * 0.0036
            if self._powers or energy_j > FLOW_UWH * 0.0036:  # before anything flows `feel` counts
                self._powers = [*self._powers[-3:], energy_j / passed_s]
                self.power_w = max(self._powers)
        self.own_signed_s, self.own_uwh, self.signed_uwh = time_s, own_uwh, own_uwh
        if own_uwh - self.flowed_uwh >= FLOW_UWH:
            self.flowed_s, self.flowed_uwh = time_s, own_uwh

    def hear(self, time_s: float, peer_uwh: int, own_uwh: int, final: bool) -> None:
        """A verified reading of the counterpart arrived while our meter stood at `own_uwh`."""
        self.peer_heard_s, self.peer_uwh, self.own_uwh = time_s, peer_uwh, own_uwh
        if final:
            apart = f", meters apart: here {own_uwh} µWh" if self.apart(ENDED) else ""
            self.end(f"counterpart ended at {peer_uwh} µWh{apart}")
        elif self.phase is Phase.DELIVERING and self.apart():
            self._pause(time_s, "meters apart")

    def trip(self, time_s: float, reason: str) -> None:
        """The guard opened the relay."""
        if self.phase is not Phase.DELIVERING:
            return
        if reason in ("silence", "meters apart", "bus", "gap", "no voltage"):
            self._pause(time_s, reason)
        else:
            self.end(reason)

    def tick(self, time_s: float) -> None:
        """Time has passed: pauses end one way or the other."""
        if self.phase is Phase.DELIVERING and time_s > self.silent_after_s:
            self._pause(time_s, "silence")
        elif self.phase is Phase.DELIVERING and time_s - self.flowed_s > self.rules.idle_s:
            self.end(f"nothing flows: no energy for {self.rules.idle_s:g} s")
        elif self.phase is Phase.PAUSED:
            if time_s - self.paused_since_s > self.rules.pause_s:
                self.end(f"cut: {self.reason} for more than {self.rules.pause_s:g} s")
            elif self._may_resume(time_s):
                self.phase, self.reason, self.flowed_s = Phase.DELIVERING, "", time_s

    def end(self, reason: str) -> None:
        """Stop for good; the first reason stays."""
        if self.phase is not Phase.ENDED:
            self.phase, self.reason = Phase.ENDED, reason

    def apart(self, intervals: float = RUNNING) -> bool:
        """Whether the meters differ by more than the tolerance."""
        energy = max(self.own_uwh, self.peer_uwh)
        return abs(self.own_uwh - self.peer_uwh) > self.rules.tolerance_uwh(
            energy, self.power_w, intervals
        )

    def _begin(self, time_s: float) -> None:
        if self.phase is Phase.PREPARED and self.started and self.peer_ready:
            self.phase = Phase.DELIVERING
            self.peer_heard_s = self.own_signed_s = self.flowed_s = time_s

    def _pause(self, time_s: float, reason: str) -> None:
        self.pauses += 1
        self.apart_pauses += reason == "meters apart"
        if self.pauses > PAUSES_MAX or self.apart_pauses >= APART_MAX:
            self.end(f"cut: paused {self.pauses} times, at last for: {reason}")
        else:
            self.phase, self.reason, self.paused_since_s = Phase.PAUSED, reason, time_s

    def _may_resume(self, time_s: float) -> bool:
        # Both readings must be younger than the pause: an old one proves nothing about now.
        heard = min(self.peer_heard_s, self.own_signed_s)
        return heard > self.paused_since_s and time_s < self.silent_after_s and not self.apart()
