"""Makes the Situation: one look at meter, chain, market and store that belong together."""

import datetime
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from normal_world.errors import StateError
from normal_world.strategy.charge import Rest
from normal_world.strategy.situation import MarketOffer, OpenOrder, OwnOffer, Situation
from normal_world.strategy_host.settings import StrategyConfig
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.matching import Offer
from normal_world.trade.offer_book import OfferBook
from normal_world.trade.store import TradeStore

KEY = "strategy:"
DAY_S = 86_400
RECENT = 64  # ended orders that are looked through


@dataclass(frozen=True)
class Ways:
    """How the rest of the node is asked."""

    meter: Callable[[], Awaitable[dict[str, Any]]]  # meterd's status; raises RpcError
    registers: Callable[[], Awaitable[tuple[int, int]]]  # µWh; raises SecureWorldError
    taken_in: Callable[[], int]  # block up to which the store knows the market's events
    may_trade_with: Callable[[str], bool]  # enrolled, and linked now


class Observer:
    """`look` raises RpcError, ChainError, SecureWorldError or StateError when it cannot see."""

    def __init__(
        self, config: StrategyConfig, store: TradeStore, chain: ChainSide, ways: Ways
    ) -> None:
        self._config = config
        self._store = store
        self._chain = chain
        self._ways = ways
        self._book = OfferBook(chain)
        self._rest = Rest()

    async def look(self, held: str, since_order_s: float | None) -> Situation:
        """The moment as it is; `held` is the node's own reason against orders."""
        meter = await self._ways.meter()
        soc, unknown = self._charge(meter, time.monotonic())
        fault = self._chain.state()["fault"]
        if fault:
            raise StateError(f"the chain: {fault}", "STRATEGY-BLIND")
        registers = await self._ways.registers()
        account = await self._chain.account_state()
        block = self._ways.taken_in()
        offers = await self._book.look(block)
        # From here on nothing is awaited: store and offers are of the same moment.
        local = datetime.datetime.now().astimezone()
        return Situation(
            minute=local.hour * 60 + local.minute,
            weekday=local.weekday(),
            now_s=time.monotonic(),
            soc_permille=soc,
            soc_unknown=unknown,
            voltage_v=meter["voltage_v"],
            **self._energies(registers, local),
            since_order_s=since_order_s,
            orders=tuple(OpenOrder(o["key"], o["kind"]) for o in self._store.open_orders()),
            own_offers=self._own(offers, block),
            market=self._market(offers, account["credit"]),
            open_trades=self._open_trades(),
            tokens=account["tokens"] + account["purse"],
            wei=account["wei"],
            limits=self._config.limits,
            calibrated=bool(meter["calibrated"]),
            meter_fault=meter["fault"] or "",
            safe_mode=bool(meter.get("safe_mode")),
            held=held,
        )

    def _charge(self, meter: dict[str, Any], now_s: float) -> tuple[int | None, str]:
        """State of charge, or why there is none."""
        battery, voltage_v = self._config.battery, meter["voltage_v"]
        if meter.get("mains", "dc") != "dc":
            return None, "alternating current has none"
        if battery is None:
            return None, "[strategy.battery] empty_v and full_v are not given"
        if voltage_v is None:
            return None, "the meter does not measure"
        rested_s = self._rest.feel(now_s, meter["relay_closed"], meter["current_a"])
        if rested_s < battery.rest_s:
            return None, f"the battery has rested {rested_s:.0f} of {battery.rest_s:g} s"
        return battery.permille(voltage_v), ""

    def _energies(self, registers: tuple[int, int], local: datetime.datetime) -> dict[str, int]:
        rows, now_s = self._store.strategy, int(local.timestamp())
        rows.note_registers(now_s, *registers)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        today = rows.registers_at(int(midnight.timestamp())) or registers
        day = rows.registers_at(now_s - DAY_S) or registers
        return {
            "imported_today_uwh": max(0, registers[0] - today[0]),
            "exported_today_uwh": max(0, registers[1] - today[1]),
            "last_day_uwh": max(0, sum(registers) - sum(day)),
        }

    def _own(self, offers: list[Offer], block: int) -> tuple[OwnOffer, ...]:
        """Own offers with something left, and those of the store that the book cannot know yet."""
        done = self._store.orders_done("sell", RECENT)
        ours = {o["result"]["offer_id"] for o in done if o["key"].startswith(KEY)}
        shown = [
            OwnOffer(o.offer_id, o.price, o.amount_uwh, o.offer_id in ours)
            for o in offers
            if o.meter == self._chain.meter
        ]
        fresh = [
            OwnOffer(number, o["body"]["price"], o["body"]["amount_uwh"], number in ours)
            for o in done
            if o["result"]["block"] > block and (number := o["result"]["offer_id"])
        ]
        return (*shown, *fresh)

    def _market(self, offers: list[Offer], credit: int) -> tuple[MarketOffer, ...]:
        usable = [
            offer
            for offer in offers
            if offer.meter != self._chain.meter
            and offer.min_credit <= credit
            and self._ways.may_trade_with(offer.meter)
        ]
        usable.sort(key=lambda offer: (offer.price, offer.offer_id))
        return tuple(MarketOffer(o.offer_id, o.price, o.amount_uwh) for o in usable)

    def _open_trades(self) -> int:
        """Of the store, and those of own purchases whose event has not been taken in yet."""
        bought = [
            trade
            for order in self._store.orders_done("buy", RECENT)
            for trade in order["result"]["trades"]
        ]
        fresh = sum(self._store.trade(trade) is None for trade in bought)
        return len(self._store.trades(open_only=True)) + fresh
