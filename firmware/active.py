"""The trade that the meter works on, with what both sides have signed for it."""

from dataclasses import dataclass

from firmware.domain.delivery import EXPORT, RUNNING, Delivery
from firmware.domain.guard import Guard
from secure_world.protocol import SignedReading, SignedReady, Terms


@dataclass
class Active:
    """Energies of the trade are the register's growth since `ready.from_uwh`."""

    terms: Terms
    chain_id: int
    market: bytes
    delivery: Delivery
    ready: SignedReady
    offset_uwh: int  # register minus this run's total, in the trade's direction
    peer_ready: SignedReady | None = None
    reading: SignedReading | None = None
    peer_reading: SignedReading | None = None
    closed_once: bool = False  # the relay, in this trade and this run of the daemon

    @property
    def trade(self) -> str:
        return "0x" + self.ready.trade.hex()

    @property
    def peer_meter(self) -> bytes:
        exporting = self.delivery.direction == EXPORT
        return self.terms.buyer_meter if exporting else self.terms.seller_meter

    def energy_uwh(self, running_uwh: float) -> int:
        """Energy of this trade when this run's total stands at `running_uwh`, rounded down."""
        return max(0, self.offset_uwh + int(running_uwh) - self.ready.from_uwh)

    def guard(self, max_current_a: float) -> Guard:
        """What the sampling loop must watch while the relay is closed."""
        base_uwh = self.ready.from_uwh - self.offset_uwh
        return Guard(
            max_current_a=max_current_a,
            direction=self.delivery.direction,
            stop_at_uwh=base_uwh + self.delivery.stop_at_uwh,
            apart_at_uwh=base_uwh + self.delivery.apart_at_uwh,
            silent_after_s=self.delivery.silent_after_s,
            felt_w=self.delivery.power_w,
            slack_s=RUNNING * self.delivery.rules.interval_s,
        )
