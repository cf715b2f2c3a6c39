"""The methods of noded's control socket (docs/protocol.md, "Control sockets")."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from firmware.errors import RpcError
from firmware.jsonrpc_server import Method
from firmware.version import VERSION
from normal_world.control_bills import BillControl
from normal_world.control_purse import PurseControl
from normal_world.errors import NormalWorldError, StateError
from normal_world.meter_client import MeterClient
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.matching import PRICE_MAX
from normal_world.trade.orders import Orders
from normal_world.trade.store import TradeStore

ORDER_LIMIT_S = 60.0
PAGE = 15  # trades in one answer: a record has up to 3 KB, a line 64
AMOUNT_MAX = 2**64 - 1


class Control:
    """One method a command; what they return is what JSON-RPC sends."""

    def __init__(
        self,
        name: str,
        store: TradeStore,
        chain: ChainSide,
        orders: Orders,
        meter: MeterClient,
        linked: Callable[[], dict[str, bool]],
        strategy: Callable[[], dict[str, Any]],
    ) -> None:
        self._name = name
        self._store = store
        self._chain = chain
        self._orders = orders
        self._meter = meter
        self._linked = linked
        self._strategy = strategy

    def methods(self) -> dict[str, Method]:
        return {
            "status": self.status,
            "sell": self.sell,
            "buy": self.buy,
            "trades": self.trades,
            "trade": self.trade,
            "transactions": self.transactions,
            "stop": self.stop,
            "safe_mode.status": self.safe_mode_status,
            "safe_mode.leave": self.safe_mode_leave,
            **BillControl(self._chain, self._store, _until).methods(),
            **PurseControl(self._chain, self._orders, self._ended).methods(),
        }

    async def status(self) -> dict[str, Any]:
        """Node, chain, account, meter, links."""
        try:
            meter = await self._meter.call("status")
        except RpcError as error:
            meter = {"fault": f"{error.code} {error}"}
        try:
            account = await self._chain.account_state()
        except NormalWorldError as error:
            account = {"fault": f"{error.code} {error}"}
        return {
            "node": self._name,
            "version": VERSION,
            "account": self._chain.account,
            "meter_id": self._chain.meter,
            "chain": self._chain.state(),
            **account,
            "links": self._linked(),
            "open_trades": len(self._store.trades(open_only=True)),
            "strategy": self._strategy(),
            "safe_mode": self._orders.safe_mode.on,
            "meter": meter,
        }

    async def sell(
        self, amount_uwh: int, price: int, min_credit: int = 0, key: str | None = None
    ) -> dict[str, Any]:
        """Place an offer and wait until it is final; the same key again is the same offer."""
        key = key or secrets.token_hex(8)
        _whole("amount_uwh", amount_uwh, 1, AMOUNT_MAX)
        _whole("price", price, 1, PRICE_MAX)
        _whole("min_credit", min_credit, 0, 65535)
        await self._sound(key)
        self._orders.sell(key, amount_uwh, price, min_credit)
        return await self._ended(key)

    async def buy(
        self,
        amount_uwh: int,
        max_price: int,
        offers: list[int] | None = None,
        key: str | None = None,
    ) -> dict[str, Any]:
        """Take offers into escrow and wait until that is final."""
        key = key or secrets.token_hex(8)
        _whole("amount_uwh", amount_uwh, 1, AMOUNT_MAX)
        _whole("max_price", max_price, 1, PRICE_MAX)
        await self._sound(key)
        await self._orders.buy(key, amount_uwh, max_price, offers)
        return await self._ended(key)

    async def trades(self, offset: int = 0) -> dict[str, Any]:
        """Records, oldest first, as many as fit a line; `more` says that there are others."""
        rows = self._store.trades(offset=_whole("offset", offset, 0, AMOUNT_MAX), limit=PAGE + 1)
        return {"trades": rows[:PAGE], "more": len(rows) > PAGE}

    async def trade(self, trade: str) -> dict[str, Any]:
        """One trade's record."""
        row = self._store.trade(trade)
        if row is None:
            raise StateError(f"trade {trade}: not known to this node", "TRADE-UNKNOWN")
        return row

    async def transactions(self, offset: int = 0) -> dict[str, Any]:
        """Every transaction that this node has planned or sent, oldest first, page by page."""
        found = (await self._chain.transactions())[_whole("offset", offset, 0, AMOUNT_MAX) :]
        page = 5 * PAGE
        return {"transactions": found[:page], "more": len(found) > page}

    async def stop(self, trade: str, reason: str = "stopped by its owner") -> dict[str, Any]:
        """End a delivery now; what was delivered is settled."""
        await self.trade(trade)
        await self._meter.call("trade.stop", trade=trade, reason=reason)
        return {}

    async def safe_mode_status(self) -> dict[str, Any]:
        """Whether the node holds back from trading after failed starts."""
        return self._orders.safe_mode.told()

    async def safe_mode_leave(self) -> dict[str, Any]:
        """Trade again."""
        self._orders.safe_mode.leave()
        return self._orders.safe_mode.told()

    async def _sound(self, key: str) -> None:
        """No money into an escrow for which the own meter would not deliver."""
        if self._store.knows_order(key):
            return  # asked again: what was promised goes on
        await self._meter.require_sound()

    async def _ended(self, key: str) -> dict[str, Any]:
        order = await _until(lambda: self._closed(key), ORDER_LIMIT_S)
        if order is None:
            raise StateError(f"order {key} is not final yet: it goes on by itself", "ORDER-PENDING")
        if order["state"] == "failed":
            failed = StateError(order["reason"], "ORDER-FAILED")
            if "POLICY-" in order["reason"]:
                failed.exit_code = 3  # the secure world's word, not the moment's
            raise failed
        return {"key": key, **order["result"]}

    async def _closed(self, key: str) -> dict[str, Any] | None:
        order = self._store.order(key)
        return order if order["state"] != "open" else None


async def _until(
    probe: Callable[[], Awaitable[dict[str, Any] | None]], limit_s: float
) -> dict[str, Any] | None:
    loop = asyncio.get_running_loop()
    end_s = loop.time() + limit_s
    while loop.time() < end_s:
        found = await probe()
        if found is not None:
            return found
        await asyncio.sleep(0.1)
    return None


def _whole(name: str, value: object, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise StateError(f"{name} = {value!r:.80}, a whole number from {low} to {high} expected")
    return value
