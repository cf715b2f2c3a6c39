"""The market's purse of this meter: filled before a purchase, emptied by its account.

Tokens bought, promised and deposited are a transaction each, the deposit when the others are final,
under intents made of the order's key: killed at any moment, the order goes on where it was.
"""

from typing import Any

from normal_world.chain.address_book import AddressBook
from normal_world.trade.calls import Funds, Market
from normal_world.trade.sender import Sender

STEPS = ("tokens", "approve", "deposit", "withdraw")


class Purse:
    """`account` and `meter` are this node's, 0x text; amounts are base units.

    Every coroutine may raise ChainError, and StateError (ORDER-FAILED) when a step was refused.
    """

    def __init__(
        self, sender: Sender, market: Market, book: AddressBook, account: str, meter: str
    ) -> None:
        self._sender = sender
        self._market = market
        self._book = book
        self._account = account
        self._meter = meter

    async def funds(self) -> Funds:
        """What is there now."""
        return await self._sender.run(lambda: self._market.funds(self._account, self._meter))

    async def missing(self, needed: int) -> int:
        """How much must be deposited so that the purse holds what is needed."""
        return max(0, needed - (await self.funds()).purse)

    async def deposit(self, key: str, amount: int) -> int | None:
        """Move tokens into the purse, buying those that the account lacks; the block when final."""
        intent, data = f"deposit:{key}", self._market.deposit(self._meter, amount)
        if not await self._sender.known(intent) and not await self._ready(key, amount):
            return None
        return await self._sender.done(intent, self._book.market, data, "deposit")

    async def withdraw(self, key: str, amount: int) -> int | None:
        """Move tokens from the purse to the account; the block when that is final."""
        data = self._market.withdraw(self._meter, amount)
        return await self._sender.done(f"withdraw:{key}", self._book.market, data, "withdraw")

    async def transactions(self, key: str) -> list[dict[str, Any]]:
        """The steps that were made under this key."""
        return await self._sender.transactions(*(f"{step}:{key}" for step in STEPS))

    async def _ready(self, key: str, amount: int) -> bool:
        """Have the tokens and the market's allowance for them; True when both are final."""
        funds, token = await self.funds(), self._book.token
        tokens, approve = f"tokens:{key}", f"approve:{key}"
        ready = True
        if funds.tokens < amount or await self._sender.known(tokens):
            data, value = self._market.buy_tokens(), max(0, amount - funds.tokens)
            ready = await self._sender.done(tokens, token, data, "buyTokens", value) is not None
        if funds.allowance < amount or await self._sender.known(approve):
            data = self._market.approve(amount)
            ready = await self._sender.done(approve, token, data, "approve") is not None and ready
        return ready
