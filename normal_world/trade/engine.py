"""The life of a trade in noded, from the escrow on the chain to its settlement.

    escrowed ─self-check, Ready─► ready ─escrow a block old─► delivering ─FINAL─► ended
        │ refused                                                                  │
        ▼                                      both FINAL ─► settling ─────────► settled
     declined ──deadline──► closing ─► closed        counterpart gone ─► reporting ─► closing

The engine moves no relay and verifies for its own records only: meterd verifies what it acts on.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from firmware.domain.delivery import EXPORT, IMPORT
from firmware.errors import RpcError, RpcFailed
from firmware.safe_mode import SafeMode
from normal_world.errors import NormalWorldError
from normal_world.meter_client import MeterClient
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.messages import Messages
from normal_world.trade.store import ENDED, TradeStore

Publish = Callable[..., None]
log = logging.getLogger(__name__)

DEADLINE_MARGIN_BLOCKS = 5  # left for the settlement
SELLER_FIRST_BLOCKS = 3  # the buyer leaves the settlement to the seller for so long
BEFORE_THE_END = ("escrowed", "ready", "delivering")
HOPELESS_BLOCKS = 86_400  # a trade this long past its deadline will be claimed no more
DIRECTIONS = {"buyer": IMPORT, "seller": EXPORT}
GONE = "CHAIN-REORG the chain took the escrow back although it was final"
# Refusals that asking again would not change; everything else is asked again until the deadline.
REFUSALS = frozenset(
    "SELF-CHECK LIMIT-TRADE LIMIT-DAY PEER-UNKNOWN TRADE-FOREIGN UNCALIBRATED".split()
)


class Engine:
    """Steps every open trade; each phase has one method."""

    def __init__(
        self,
        store: TradeStore,
        chain: ChainSide,
        meter: MeterClient,
        messages: Messages,
        final_wait_s: float,
        publish: Publish,
    ) -> None:
        self.store = store
        self.chain = chain
        self.meter = meter
        self.messages = messages
        self.publish = publish
        self._final_wait_s = final_wait_s
        self._since: dict[str, float] = {}
        self._claimed: set[str] = set()  # closing, and the registry has what it can have of it
        self._late: dict[str, int] = {}  # the first block past the deadline that was seen here
        self.safe_mode = SafeMode.off()
        # By direction: an order of the auction is on its way, and its energy is the older one.
        self.is_ordered: Callable[[int], bool] = lambda _direction: False

    async def step(self) -> None:
        """Do for each open trade what its phase asks for; a failure concerns that trade only."""
        for row in self.store.trades(open_only=True):
            held = self.safe_mode.on and row["phase"] in BEFORE_THE_END
            try:
                if await self.chain.is_gone(row):
                    self.enter(row["trade"], "closed", GONE, energy_uwh=0, paid=0, refunded=0)
                    continue
                await (self._hold if held else getattr(self, f"_{row['phase']}"))(row)
            except (RpcError, NormalWorldError) as error:
                log.info("%s %s: %s", error.code, row["trade"][:10], error)

    def enter(self, trade: str, phase: str, reason: str = "", **fields: Any) -> None:
        """Move a trade to a phase, durably, and tell who listens."""
        self.store.update(trade, phase=phase, reason=reason, **fields)
        self._since.pop(trade, None)
        log.info("TRADE %s %s %s", trade[:10], phase, reason)
        self.publish("trade", trade=trade, phase=phase, reason=reason)

    async def stop_without_escrow(self) -> None:
        """Blocks vanished that were final: end each delivery that nothing stands for any more."""
        self._claimed.clear()
        for row in self.store.trades(open_only=True):
            if row["phase"] in ("ready", "delivering") and not await self.chain.is_open(row):
                await self.stop_meter(row["trade"], GONE)

    def back(self, trade: str) -> None:
        """The escrow is in another block; a trade that was given up for it goes on."""
        row = self.store.trade(trade)
        if row is not None and row["phase"] == "closed" and row["end_block"] is None:
            self.enter(trade, "ended", "the escrow is on the chain again")

    async def _hold(self, row: dict[str, Any]) -> None:
        """Safe mode: begin nothing and let nothing run on; what was delivered is settled."""
        if row["phase"] != "escrowed":
            await self.stop_meter(row["trade"], "safe mode")
            await self._notice_end(row)
        elif self.chain.head > row["deadline_block"]:
            self.enter(row["trade"], "declined", "safe mode until the deadline")

    # -- phases ------------------------------------------------------------------------------
    async def _escrowed(self, row: dict[str, Any]) -> None:
        """The escrow is final: have the meter check itself and sign Ready."""
        trade = row["trade"]
        if self.chain.head > row["deadline_block"]:
            self.enter(trade, "declined", "the deadline passed before the meter was ready")
            return
        if self._waits_for_another(row) or self.is_ordered(DIRECTIONS[row["role"]]):
            return
        try:
            found = await self.meter.call(
                "trade.prepare",
                terms=row["terms"],
                chain_id=self.chain.book.chain_id,
                market=self.chain.book.market,
            )
        except RpcFailed as error:
            if error.code == "TRADE-ENDED":
                await self._catch_up(row)
                self.enter(trade, "ended", str(error))
            elif error.code in REFUSALS:
                self.enter(trade, "declined", f"{error.code} {error}")
            else:
                log.info("%s %s: %s", error.code, trade[:10], error)
            return
        self.store.update(trade, ready=found["ready"], self_check=found["self_check"])
        self.enter(trade, "ready")
        await self.messages.share(self.store.trade(trade) or row)

    async def _ready(self, row: dict[str, Any]) -> None:
        """Both Ready exchanged, the escrow under another block: the meter may close its relay."""
        trade = row["trade"]
        await self.messages.share(row)
        if self.chain.final < row["escrow_block"] + 1 or await self._notice_end(row):
            return
        if self.chain.head > row["deadline_block"]:
            await self.stop_meter(trade, "the deadline passed")
        elif row["peer_ready"] is not None:
            await self.meter.call("trade.peer_ready", ready=row["peer_ready"])
            await self.meter.call("trade.start", trade=trade)
            start_block = row["start_block"] or self.chain.head
            self.enter(trade, "delivering", start_block=start_block)
        elif self._waited(trade, self._final_wait_s + 60.0):
            await self.stop_meter(trade, "counterpart never ready")

    async def _delivering(self, row: dict[str, Any]) -> None:
        """Readings flow by events; here only what an event could have missed."""
        if self.chain.head > row["deadline_block"] - DEADLINE_MARGIN_BLOCKS:
            await self.stop_meter(row["trade"], "the deadline is near")
        if self._waited(row["trade"], 1.0) or self.chain.head > row["deadline_block"]:
            self._since.pop(row["trade"], None)
            await self._notice_end(row)

    async def _ended(self, row: dict[str, Any]) -> None:
        """Our FINAL is signed: settle with the counterpart's, or report without it."""
        trade = row["trade"]
        if self.messages.both_final(row):
            self.enter(trade, "settling", row["reason"], final_block=self.chain.head)
        elif self._waited(trade, self._final_wait_s):
            reason = row["reason"] or "counterpart silent"
            self.enter(trade, "reporting", reason, final_block=self.chain.head)
        else:
            await self.messages.share(row)

    async def _settling(self, row: dict[str, Any]) -> None:
        """One transaction with both FINAL readings: the seller's task, the buyer's if it fails.

        If it does not come about soon, the readings are reported as well: a counterpart that
        showed the market another FINAL must not be alone there when the window ends.
        """
        await self.messages.share(row)
        waited = self.chain.head - row["final_block"]
        if row["role"] == "seller" or waited >= SELLER_FIRST_BLOCKS:
            await self.chain.settle(row)
        if waited > max(SELLER_FIRST_BLOCKS, self.chain.book.report_blocks // 2) and (
            await self.chain.report(row)
        ):
            await self.chain.close_trade(row)

    async def _reporting(self, row: dict[str, Any]) -> None:
        """The counterpart is gone: put both last readings on the chain."""
        if self.messages.both_final(row):
            self.enter(row["trade"], "settling", row["reason"], final_block=self.chain.head)
        elif await self.chain.report(row):
            self.enter(row["trade"], "closing", row["reason"], report_block=self.chain.head)

    async def _closing(self, row: dict[str, Any]) -> None:
        """When the report window (or the deadline) is over, close."""
        if self.messages.both_final(row):
            self.enter(row["trade"], "settling", row["reason"], final_block=self.chain.head)
        else:
            await self.chain.report(row)  # what was refused, if the reason has passed
            await self._note_claimed(row)
            await self.chain.close_trade(row)

    async def _declined(self, row: dict[str, Any]) -> None:
        """Our meter refused: nothing was delivered, the escrow goes back after the deadline."""
        if self.chain.head > row["deadline_block"]:
            self.enter(row["trade"], "closing", row["reason"])

    # -- the meter's events ------------------------------------------------------------------
    async def stop_meter(self, trade: str, reason: str) -> None:
        """Have the meter end a delivery, if it is at it."""
        try:
            await self.meter.call("trade.stop", trade=trade, reason=reason)
        except RpcError as error:
            log.debug("%s %s", error.code, error)

    async def on_meter_up(self) -> None:
        """meterd is (again) there: learn what it knows of the open trades, end what has ended."""
        at_work = (await self.meter.call("status"))["trade"]
        known = self.store.trade(at_work) if at_work else None
        if known is not None and known["phase"] in ENDED:
            await self.stop_meter(known["trade"], f"{known['phase']} on the chain")
        for row in self.store.trades(open_only=True):
            if row["phase"] not in ("escrowed", "declined"):
                try:
                    await self._catch_up(row)
                except RpcFailed as error:
                    log.info("%s %s", error.code, error)

    async def on_meter_event(self, event: dict[str, Any]) -> None:
        """Readings go to the counterpart; state changes and findings to who listens."""
        kind = event.pop("type", "")
        if kind == "reading":
            await self._own_reading(event["reading"], event.get("time_s"))
        else:
            self.publish(f"meter_{kind}", **event)

    async def _own_reading(self, reading: dict[str, Any], time_s: float | None = None) -> None:
        row = self.store.trade(reading["trade"])
        if row is None or not self.messages.newer(row["reading"], reading):
            return
        self.store.update(row["trade"], reading=reading, signed=row["signed"] + 1)
        self.publish("reading", reading=reading, time_s=time_s)
        await self.messages.send(row, "reading", {"reading": reading})
        if reading["state"] == 1:
            await self._notice_end(row)

    async def _notice_end(self, row: dict[str, Any]) -> bool:
        """If the meter has ended the delivery, so have we."""
        try:
            state = await self._catch_up(row)
        except RpcError as error:
            if self.chain.head <= row["deadline_block"]:
                raise
            # The meter is gone, or has lost the trade: what is known must reach the market.
            state = {"phase": "final", "reason": f"{error.code} at the deadline"}
        fresh = self.store.trade(row["trade"]) or row
        final = fresh["reading"] is not None and fresh["reading"]["state"] == 1
        late = self.chain.head > row["deadline_block"]  # the market will not wait for a FINAL
        ended: bool = final or late or state["phase"] == "final"
        if ended and fresh["phase"] in ("ready", "delivering"):
            self.enter(row["trade"], "ended", str(state["reason"]))
        return ended

    async def _catch_up(self, row: dict[str, Any]) -> dict[str, Any]:
        state: dict[str, Any] = await self.meter.call("trade.state", trade=row["trade"])
        self.store.update(row["trade"], ready=state["ready"], self_check=state["self_check"])
        if state["reading"] is not None:
            await self._own_reading(state["reading"])
        if state["phase"] != "final":
            await self._tell_meter(row, state)
        return state

    async def _tell_meter(self, row: dict[str, Any], state: dict[str, Any]) -> None:
        """What came while meterd was away: it forgets nothing, but it may not have heard it."""
        if row["peer_ready"] is not None and state["peer_ready"] is None:
            await self.meter.call("trade.peer_ready", ready=row["peer_ready"])
        if row["phase"] == "delivering" and state["phase"] == "prepared":
            await self.meter.call("trade.start", trade=row["trade"])
        heard = row["peer_reading"]
        if heard is not None and self.messages.newer(state["peer_reading"], heard):
            await self.meter.call("trade.peer_reading", reading=heard)

    def unsettled(self, direction: int) -> bool:
        """Whether a trade has energy of the direction that the registry has not claimed yet.

        Ends with the trade on the chain (anybody may close it), at the latest a day after.
        """
        return any(
            DIRECTIONS[row["role"]] == direction
            and row["reading"] is not None
            and not self._is_claimed(row)
            for row in self.store.trades(open_only=True)
        )

    async def _note_claimed(self, row: dict[str, Any]) -> None:
        known = row["role"] == "buyer" or row["trade"] in self._claimed
        if not known and await self.chain.is_export_claimed(row):
            self._claimed.add(row["trade"])

    def _is_claimed(self, row: dict[str, Any]) -> bool:
        """Exports are claimed strictly: a report that was refused comes again until the close.

        An import that was overtaken costs nobody anything: its report need not have succeeded.
        """
        if DIRECTIONS[row["role"]] == IMPORT:
            return bool(row["phase"] == "closing")
        return row["trade"] in self._claimed or self._is_hopeless(row)

    def _is_hopeless(self, row: dict[str, Any]) -> bool:
        """Neither claimed nor closed for a day of trying: the market may not claim any more."""
        head = self.chain.head
        if head <= row["deadline_block"]:
            return False
        return head > self._late.setdefault(row["trade"], head) + HOPELESS_BLOCKS

    def _waits_for_another(self, row: dict[str, Any]) -> bool:
        """One after the other: exports are claimed in the order in which they were measured."""
        for other in self.store.trades(open_only=True):
            if other["trade"] == row["trade"]:
                return False
            if other["phase"] != "declined":
                return True
        return False

    def _waited(self, trade: str, seconds: float) -> bool:
        now = asyncio.get_running_loop().time()
        return now - self._since.setdefault(trade, now) >= seconds
