"""The demo's trade: one sells, one buys, and the demo looks on until both nodes have ended it."""

import time

from normal_world.demo.breaker import Breaker
from normal_world.demo.errors import TradeFailed
from normal_world.demo.options import Options
from normal_world.demo.progress import Progress
from normal_world.demo.record import Record
from normal_world.demo.stage import NODES, Stage

TURN_S = 0.1
ENDED = ("settled", "closed")
PAUSED = "paused: a meter misses readings and opened its relay"
WORDS = {
    "escrowed": "the money is in escrow; both meters check themselves",
    "ready": "ready: both meters show each other that they are",
    "delivering": "delivering: every second both meters sign what they have counted",
    "ended": "relays open; both meters sign their FINAL reading",
    "settling": "settling on the chain with both FINAL readings",
    "reporting": "the counterpart is silent: reporting the last readings to the chain",
    "closing": "waiting for the end of the report window, then closing on the chain",
    "declined": "a meter declined the trade",
}


class Trade:
    """Orders, then watching; every failure of a part comes out of `run`."""

    def __init__(
        self, options: Options, stage: Stage, progress: Progress, record: Record, breaker: Breaker
    ) -> None:
        self._options = options
        self._stage = stage
        self._progress = progress
        self._record = record
        self._breaker = breaker

    def run(self) -> None:
        """From the offer to the end on the chain."""
        options = self._options
        self._breaker.begin("sell", time.monotonic())
        self._progress.phase("the seller offers its energy on the market")
        offer = self._stage.order(
            "seller", "sell", self._turn, amount_uwh=options.amount_uwh, price=options.price
        )
        self._progress.phase("the buyer puts the money into escrow")
        self._stage.order(
            "buyer",
            "buy",
            self._turn,
            amount_uwh=options.amount_uwh,
            max_price=options.price,
            offers=[offer["offer_id"]],
        )
        while not self._is_over():
            self._turn()
            time.sleep(TURN_S)
        self._progress.phase("the trade has ended")

    def _turn(self) -> None:
        self._stage.supervisor.raise_if_fallen()
        self._stage.supervisor.sample()
        if self._breaker.error is not None:
            raise self._breaker.error
        self._tell()

    def _is_over(self) -> bool:
        """Both nodes have seen the end, but for one that was silenced."""
        silenced = self._options.silent if self._breaker.silent_at_s is not None else None
        waiting_for = [node for node in NODES if silenced is None or node != silenced.node]
        return not self._breaker.is_busy and all(self._phase(node) in ENDED for node in waiting_for)

    def _phase(self, node: str) -> str:
        return str(self._record.trades.get(node, {}).get("phase", ""))

    def _tell(self) -> None:
        phases = [self._phase(node) for node in NODES]
        if "declined" in phases:
            reason = self._record.trades[NODES[phases.index("declined")]]["reason"]
            raise TradeFailed(f"{NODES[phases.index('declined')]}: {reason}")
        later = max(phases, key=lambda phase: list(WORDS).index(phase) if phase in WORDS else -1)
        meters = self._progress.scene.meters.values()
        if later == "delivering" and not all(meter.relay_closed for meter in meters):
            if any(meter.state == "paused" for meter in meters):
                self._progress.phase(PAUSED)
        elif later in WORDS:
            self._progress.phase(WORDS[later])
        self._progress.tick()
