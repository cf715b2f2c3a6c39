"""The demo's trade: one sells, one buys, and the demo looks on until both nodes have ended it."""

import time

from firmware.errors import RpcFailed
from normal_world.demo.breaker import Breaker
from normal_world.demo.errors import TradeFailed
from normal_world.demo.mounting import Mounting
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
        self,
        options: Options,
        stage: Stage,
        progress: Progress,
        record: Record,
        breaker: Breaker,
        mounting: Mounting,
    ) -> None:
        self._options = options
        self._stage = stage
        self._progress = progress
        self._record = record
        self._breaker = breaker
        self._mounting = mounting
        self._ordering = "seller"

    def run(self) -> None:
        """From the offer to the end on the chain, or to the refusal of a node."""
        try:
            self._order()
        except RpcFailed as error:
            self._record.refused = f"{error.code} {error}"
            if error.code == "SELF-CHECK":
                self._record.meters[self._ordering].self_check = str(error)
            self._progress.phase("a node refused to trade")
            return
        while not self._is_over():
            self._turn()
            time.sleep(TURN_S)
        self._progress.phase("the trade has ended")

    def _order(self) -> None:
        options = self._options
        self._breaker.begin("sell", time.monotonic())
        self._mount_before("seller")
        self._progress.phase("the seller offers its energy on the market")
        offer = self._stage.order(
            "seller", "sell", self._turn, amount_uwh=self._record.amount_uwh, price=options.price
        )
        self._mount_before("buyer")
        self._progress.phase("the buyer puts the money into escrow")
        self._stage.order(
            "buyer",
            "buy",
            self._turn,
            amount_uwh=self._record.amount_uwh,
            max_price=options.price,
            offers=[offer["offer_id"]],
        )

    def _mount_before(self, node: str) -> None:
        self._ordering = node
        for fault in self._options.fault:
            if fault.at is None and fault.node == node:
                self._mounting.mount(fault)

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
