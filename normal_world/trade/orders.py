"""The owner's orders: sell offers energy, cancel takes an offer back, buy takes into escrow.

An order is durable under its key before anything is sent, and every transaction of it has an
intent made of that key: a crash at any moment neither loses nor doubles it.
"""

import logging
from collections.abc import Callable
from typing import Any

from firmware.safe_mode import SafeMode
from normal_world.errors import ContractReverted, NormalWorldError, StateError
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.store import TradeStore

Publish = Callable[..., None]
log = logging.getLogger(__name__)


class Orders:
    """`sell` and `buy` record an order; `step` carries all open ones on."""

    def __init__(self, store: TradeStore, chain: ChainSide, publish: Publish) -> None:
        self._store = store
        self._chain = chain
        self._publish = publish
        self.safe_mode = SafeMode.off()
        self._steps = {"sell": self._sell, "buy": self._buy, "cancel": self._cancel}

    def sell(self, key: str, amount_uwh: int, price: int, min_credit: int) -> None:
        """Offer energy: microwatt-hours, base units per kWh, least credit of a buyer."""
        self.safe_mode.refuse()
        body = {"amount_uwh": amount_uwh, "price": price, "min_credit": min_credit}
        if self._store.knows_order(key) and self._store.order(key)["kind"] != "sell":
            raise StateError(f"key {key!r:.40} is another order's, a new one expected")
        self._store.add_order(key, "sell", body)

    async def buy(
        self, key: str, amount_uwh: int, max_price: int, offers: list[int] | None
    ) -> None:
        """Pin the offers that fill the amount within the price, cheapest first."""
        self.safe_mode.refuse()
        if self._store.knows_order(key):
            if self._store.order(key)["kind"] != "buy":
                raise StateError(f"key {key!r:.40} is another order's, a new one expected")
            return  # asked again: the offers may be taken by this very order
        found = await self._chain.match(amount_uwh, max_price, offers)
        body = {"amount_uwh": amount_uwh, "max_price": max_price, **found}
        self._store.add_order(key, "buy", body)

    def cancel(self, key: str, offer_id: int) -> None:
        """Take back an own offer that nobody has taken."""
        self._store.add_order(key, "cancel", {"offer_id": offer_id})

    async def step(self) -> None:
        """Carry every open order one step on; a refusal ends that order with its reason.

        In safe mode only offers are taken back; sales and purchases wait.
        """
        for order in self._store.open_orders():
            if self.safe_mode.on and order["kind"] != "cancel":
                continue
            try:
                result = await self._steps[order["kind"]](order)
            except (ContractReverted, StateError) as error:
                self._end(order, "failed", f"{error.code} {error}", None)
            except NormalWorldError as error:
                log.info("%s order %s: %s", error.code, order["key"], error)
            else:
                if result is not None:
                    self._end(order, "done", "", result)

    async def _sell(self, order: dict[str, Any]) -> dict[str, Any] | None:
        return await self._chain.offer(order["key"], order["body"])

    async def _buy(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """Tokens, allowance, escrow: one after the other, each awaited to be final."""
        key, body = order["key"], order["body"]
        if not await self._chain.fund(key, body["escrow"]):
            return None
        return await self._chain.buy(key, body)

    async def _cancel(self, order: dict[str, Any]) -> dict[str, Any] | None:
        return await self._chain.cancel(order["key"], order["body"]["offer_id"])

    def _end(self, order: dict[str, Any], state: str, reason: str, result: Any) -> None:
        self._store.end_order(order["key"], state, reason, result)
        log.info("ORDER %s %s %s", order["key"], state, reason)
        self._publish("order", key=order["key"], state=state, reason=reason, result=result)
