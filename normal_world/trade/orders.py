"""The owner's orders: sell offers energy, cancel takes an offer back, buy takes into escrow,
deposit and withdraw move money into the market's purse and out of it.

An order is durable under its key before anything is sent, and every transaction of it has an
intent made of that key: a crash at any moment neither loses nor doubles it. What an order finds
out on its way (number, salt, what is to be deposited) is pinned in it before it is used.
"""

import logging
from collections.abc import Callable
from typing import Any

from firmware.safe_mode import SafeMode
from normal_world.errors import ArgumentInvalid, ContractReverted, NormalWorldError, StateError
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.store import TradeStore

Publish = Callable[..., None]
Result = dict[str, Any] | None  # None: not final yet
log = logging.getLogger(__name__)

HELD_IN_SAFE_MODE = ("sell", "buy", "deposit")
# One after the other: each counts on the purse as the one before leaves it.
MONEY = ("buy", "deposit", "withdraw")


class Orders:
    """Each kind has a method that records it; `step` carries all open ones on."""

    def __init__(self, store: TradeStore, chain: ChainSide, publish: Publish) -> None:
        self._store = store
        self._chain = chain
        self._publish = publish
        self.safe_mode = SafeMode.off()
        self._steps = {
            "sell": self._sell,
            "buy": self._buy,
            "cancel": self._cancel,
            "deposit": self._deposit,
            "withdraw": self._withdraw,
        }

    def sell(self, key: str, amount_uwh: int, price: int, min_credit: int) -> None:
        """Offer energy: microwatt-hours, base units per kWh, least credit of a buyer."""
        self.safe_mode.refuse()
        body = {"amount_uwh": amount_uwh, "price": price, "min_credit": min_credit}
        self._known(key, "sell")
        self._store.add_order(key, "sell", body)

    async def buy(
        self, key: str, amount_uwh: int, max_price: int, offers: list[int] | None
    ) -> None:
        """Pin the offers that fill the amount within the price, cheapest first."""
        self.safe_mode.refuse()
        if self._known(key, "buy"):
            return  # asked again: the offers may be taken by this very order
        found = await self._chain.match(amount_uwh, max_price, offers)
        body = {"amount_uwh": amount_uwh, "max_price": max_price, **found}
        self._store.add_order(key, "buy", body)

    def cancel(self, key: str, offer_id: int) -> None:
        """Take back an own offer that nobody has taken."""
        self._known(key, "cancel")
        self._store.add_order(key, "cancel", {"offer_id": offer_id})

    def deposit(self, key: str, amount: int) -> None:
        """Move tokens into the purse, base units; those that the account lacks are bought."""
        self.safe_mode.refuse()
        self._known(key, "deposit")
        self._store.add_order(key, "deposit", {"amount": amount})

    def withdraw(self, key: str, amount: int | None) -> None:
        """Move tokens from the purse to the account, base units; None: all of them."""
        self._known(key, "withdraw")
        body = {} if amount is None else {"amount": amount}
        self._store.add_order(key, "withdraw", body)

    async def step(self) -> None:
        """Carry every open order one step on; a refusal ends that order with its reason.

        In safe mode only offers and money are taken back; what would begin something waits.
        """
        paying = False
        for order in self._store.open_orders():
            kind = order["kind"]
            held = self.safe_mode.on and kind in HELD_IN_SAFE_MODE
            if not held and not (paying and kind in MONEY):
                paying = paying or kind in MONEY
                await self._step(order)

    async def _step(self, order: dict[str, Any]) -> None:
        try:
            result = await self._steps[order["kind"]](order["key"], order["body"])
        except (ArgumentInvalid, ContractReverted, StateError) as error:
            self._end(order, "failed", f"{error.code} {error}", None)
        except NormalWorldError as error:
            log.info("%s order %s: %s", error.code, order["key"], error)
        else:
            if result is not None:
                self._end(order, "done", "", result)

    async def _sell(self, key: str, body: dict[str, Any]) -> Result:
        if "number" not in body:
            number = await self._chain.free_number(self._store.numbers_pinned())
            body = self._store.pin(key, number=number)
        return await self._chain.offer(key, body)

    async def _buy(self, key: str, body: dict[str, Any]) -> Result:
        """Tokens, allowance, deposit, escrow: one after the other, each awaited to be final."""
        if "deposit" not in body:
            body = self._store.pin(key, deposit=await self._chain.purse.missing(body["escrow"]))
        if body["deposit"] and await self._chain.purse.deposit(key, body["deposit"]) is None:
            return None
        if "salt" not in body:
            taken, used = self._store.drawers_taken(), self._store.highest_salt()
            salt = await self._chain.free_salt(taken, len(body["refs"]), used)
            body = self._store.pin(key, salt=salt)
        return await self._chain.buy(key, body)

    async def _cancel(self, key: str, body: dict[str, Any]) -> Result:
        return await self._chain.cancel(key, body["offer_id"])

    async def _deposit(self, key: str, body: dict[str, Any]) -> Result:
        return await self._moved(key, body, await self._chain.purse.deposit(key, body["amount"]))

    async def _withdraw(self, key: str, body: dict[str, Any]) -> Result:
        if "amount" not in body:
            amount = (await self._chain.purse.funds()).purse
            if amount == 0:
                raise StateError("the purse is empty: nothing to withdraw", "PURSE-EMPTY")
            body = self._store.pin(key, amount=amount)
        return await self._moved(key, body, await self._chain.purse.withdraw(key, body["amount"]))

    async def _moved(self, key: str, body: dict[str, Any], block: int | None) -> Result:
        """What a deposit or withdrawal that is final has done."""
        if block is None:
            return None
        made = await self._chain.purse.transactions(key)
        return {"amount": body["amount"], "block": block, "transactions": made}

    def _known(self, key: str, kind: str) -> bool:
        """Whether this order was given already; StateError when the key is another kind's."""
        if not self._store.knows_order(key):
            return False
        if self._store.order(key)["kind"] != kind:
            raise StateError(f"key {key!r:.40} is another order's, a new one expected")
        return True

    def _end(self, order: dict[str, Any], state: str, reason: str, result: Any) -> None:
        self._store.end_order(order["key"], state, reason, result)
        log.info("ORDER %s %s %s", order["key"], state, reason)
        self._publish("order", key=order["key"], state=state, reason=reason, result=result)
