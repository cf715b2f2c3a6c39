"""noded's control methods for the money in the market's purse of this meter."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from firmware.jsonrpc_server import Method
from normal_world.errors import StateError
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.orders import Orders

AMOUNT_MAX = 2**128 - 1  # base units, as the market holds them


class PurseControl:
    """`ended` waits for an order of a key; amounts are base units."""

    def __init__(
        self,
        chain: ChainSide,
        orders: Orders,
        ended: Callable[[str], Awaitable[dict[str, Any]]],
    ) -> None:
        self._chain = chain
        self._orders = orders
        self._ended = ended

    def methods(self) -> dict[str, Method]:
        return {
            "purse.show": self.show,
            "purse.deposit": self.deposit,
            "purse.withdraw": self.withdraw,
        }

    async def show(self) -> dict[str, Any]:
        """What the purse, the account and its promise to the market hold now."""
        funds, book = await self._chain.purse.funds(), self._chain.book
        names = {"meter": self._chain.meter, "account": self._chain.account, "market": book.market}
        return {**names, **funds._asdict()}

    async def deposit(self, amount: int, key: str | None = None) -> dict[str, Any]:
        """Move tokens into the purse; those that the account lacks are bought with its coins."""
        key = key or secrets.token_hex(8)
        self._orders.deposit(key, _amount(amount))
        return await self._ended(key)

    async def withdraw(self, amount: int | None = None, key: str | None = None) -> dict[str, Any]:
        """Move tokens from the purse to the account; all of them when no amount is given."""
        key = key or secrets.token_hex(8)
        self._orders.withdraw(key, None if amount is None else _amount(amount))
        return await self._ended(key)


def _amount(value: object) -> int:
    if type(value) is not int or not 1 <= value <= AMOUNT_MAX:
        text = f"amount = {value!r:.80}, a whole number from 1 to {AMOUNT_MAX} expected"
        raise StateError(text)
    return value
