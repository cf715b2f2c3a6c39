"""Carries the strategy's decisions out, one small step after the other.

An order's key is `strategy:NAME:NUMBER`, the number durable before the order is, and never used
again: after a crash at any moment the order is there and goes on, or was never made and is decided
anew. Whatever goes wrong here is logged and told; it never reaches the meter or an open trade.
"""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from firmware.errors import FirmwareError
from normal_world.errors import NormalWorldError
from normal_world.strategy.errors import StrategyFailed
from normal_world.strategy.gate import admit
from normal_world.strategy.intent import Buy, Intent, Sell, Wait, Withdraw
from normal_world.strategy.interface import Strategy
from normal_world.strategy.situation import Situation
from normal_world.strategy_host import plugins
from normal_world.strategy_host.backoff import Backoff
from normal_world.strategy_host.caller import LOAD_S, Caller
from normal_world.strategy_host.observer import KEY, Observer
from normal_world.strategy_host.record import Record
from normal_world.strategy_host.settings import BY_HAND, StrategyConfig, make_strategy
from normal_world.trade.orders import Orders
from normal_world.trade.store import TradeStore
from secure_world.protocol import SecureWorldError

log = logging.getLogger(__name__)
NOT_IN_SAFE_MODE = "noded began in safe mode, in which no plug-in is loaded"


class Runner:
    """`load`, then `run` beside the node's work; `on_event` hears what the node publishes."""

    def __init__(
        self,
        config: StrategyConfig,
        store: TradeStore,
        orders: Orders,
        observer: Observer,
        require_sound: Callable[[], Awaitable[None]],
    ) -> None:
        self._config = config
        self._store = store
        self._orders = orders
        self._observer = observer
        self._require_sound = require_sound
        self._caller = Caller(config.name)
        self._backoff = Backoff()
        self._record = Record(config)
        self._strategy: Strategy | None = None
        self._ordered_s: float | None = None
        self._wake = asyncio.Event()
        self._looking = asyncio.Lock()

    async def load(self, node_toml: Path, *, safe_mode: bool = False) -> None:
        """Make the strategy. Raises ConfigError; any other fault of it only switches it off.

        In safe mode no plug-in: it may be what ended noded, and open trades are to be settled.
        """
        name = self._config.name
        if name == BY_HAND:
            return
        if safe_mode and name not in plugins.BUILT_IN:
            self._record.fail(StrategyFailed(f"{name}: {NOT_IN_SAFE_MODE}"), for_good=True)
            return
        if self._store.strategy.number(name):
            self._ordered_s = time.monotonic()  # not known any more: then the longest wait
        try:
            strategy = await self._caller.call(
                lambda: make_strategy(node_toml, plugins.factory(name)), LOAD_S
            )
            words = await self._caller.call(lambda: [str(w) for w in strategy.describe()])
        except StrategyFailed as error:
            self._record.fail(error, for_good=True)
            return
        self._strategy, self._record.words = strategy, words

    async def run(self) -> None:
        """Step on the cadence and on events; never returns."""
        while self._strategy is None:
            await asyncio.sleep(3600.0)
        while True:
            try:
                await self.step()
            except sqlite3.Error as error:
                log.error("STORE %s: nothing is ordered until it can be written", error)
            except Exception:  # ours, not the strategy's: the node's work must go on
                log.exception("STRATEGY-FAILED %s", self._config.name)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._config.every_s)
            self._wake.clear()

    async def step(self) -> None:
        """Look, decide, do."""
        strategy = self._strategy
        if strategy is None or self._record.off:
            return
        try:
            situation = await self.look()
        except (NormalWorldError, FirmwareError, SecureWorldError) as error:
            self._record.note(Wait(f"cannot see: {error.code} {error}"))
            return
        try:
            intent = await self._caller.call(lambda: admit(strategy.decide(situation), situation))
        except (NormalWorldError, FirmwareError) as error:
            self._record.fail(error)
            return
        self._record.answered()
        await self._carry_out(intent, situation)

    async def look(self) -> Situation:
        """The situation now; raises what Observer.look does."""
        now_s = time.monotonic()
        since_s = None if self._ordered_s is None else now_s - self._ordered_s
        async with self._looking:
            return await self._observer.look(self._backoff.held(now_s), since_s)

    def methods(self) -> dict[str, Any]:
        """For noded's control socket: what is told of the strategy, and what it would be shown."""

        async def show() -> dict[str, Any]:
            return self.show()

        async def situation() -> dict[str, Any]:
            return (await self.look()).to_json()

        return {"strategy.show": show, "strategy.situation": situation}

    def on_event(self, kind: str, fields: dict[str, Any]) -> None:
        """Orders and trades that end are a reason to look again, or to hold back."""
        if kind == "order" and str(fields.get("key")).startswith(KEY):
            self._judge(fields["state"] == "failed", str(fields["reason"]))
        elif kind == "trade" and fields.get("phase") in ("declined", "closed", "settled"):
            self._judge(fields["phase"] != "settled", str(fields.get("reason")))
        if kind in ("order", "trade"):
            self._wake.set()

    def show(self) -> dict[str, Any]:
        """Which strategy, its settings in words, what it did last and why."""
        return self._record.show(self._store.strategy.number(self._config.name))

    # -- inside ------------------------------------------------------------------------------
    async def _carry_out(self, intent: Intent, situation: Situation) -> None:
        if not isinstance(intent, Wait) and self._store.open_orders():
            intent = Wait("an order came in between")  # by hand, while the strategy thought
        if isinstance(intent, Sell | Buy) and self._store.trades(open_only=True):
            intent = Wait("a trade came in between")
        if isinstance(intent, Wait):
            self._record.note(intent)
            return
        try:
            if not isinstance(intent, Withdraw):
                await self._require_sound()
            key = self._key()
            await self._place(key, intent, situation)
        except (NormalWorldError, FirmwareError) as error:
            self._record.note(Wait(f"not placed: {error.code} {error}"))
            return
        if not isinstance(intent, Withdraw):
            self._ordered_s = time.monotonic()
        self._record.note(intent, key)

    async def _place(self, key: str, intent: Sell | Buy | Withdraw, situation: Situation) -> None:
        if isinstance(intent, Sell):
            self._orders.sell(key, intent.amount_uwh, intent.price, intent.min_credit)
        elif isinstance(intent, Withdraw):
            self._orders.cancel(key, intent.offer_id)
        else:
            offers = [o.offer_id for o in situation.market if o.price <= intent.max_price]
            await self._orders.buy(key, intent.amount_uwh, intent.max_price, offers)

    def _key(self) -> str:
        """A key that no order ever had."""
        while True:
            name = self._config.name
            key = f"{KEY}{name}:{self._store.strategy.next_number(name)}"
            if not self._store.knows_order(key):
                return key

    def _judge(self, failed: bool, reason: str) -> None:
        if failed:
            self._backoff.fail(time.monotonic(), reason)
        else:
            self._backoff.succeed()
