"""noded's control method for the bills of its sales."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from firmware.jsonrpc_server import Method
from normal_world.chain import hexes
from normal_world.errors import StateError
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.store import ENDED, TradeStore

Probe = Callable[[], Awaitable[dict[str, Any] | None]]
LIMIT_S = 60.0


class BillControl:
    """`until` asks again and again until there is an answer, or the time is over."""

    def __init__(
        self,
        chain: ChainSide,
        store: TradeStore,
        until: Callable[[Probe, float], Awaitable[dict[str, Any] | None]],
    ) -> None:
        self._chain, self._store, self._until = chain, store, until

    def methods(self) -> dict[str, Method]:
        return {"bill.file": self.file}

    async def file(
        self, trade: str, purchaser: str, digest: str, key: str | None = None
    ) -> dict[str, Any]:
        """Put a bill's digest on the chain; only of an ended trade in which this node sold."""
        key = key or secrets.token_hex(8)
        row = self._store.trade(str(trade))
        if row is None or row["phase"] not in ENDED or row["role"] != "seller":
            told = f"trade {str(trade)[:66]}: an ended sale of this node expected"
            raise StateError(told, "BILL-ISSUER")
        if not isinstance(digest, str) or not hexes.HASH.fullmatch(digest):
            raise StateError(f"digest {str(digest)[:66]!r}: 0x and 64 digits expected")
        if not isinstance(purchaser, str) or not hexes.ADDRESS.fullmatch(purchaser):
            raise StateError(f"purchaser {str(purchaser)[:66]!r}: 0x and 40 digits expected")

        async def filed() -> dict[str, Any] | None:
            block = await self._chain.bills.file(key, row["trade"], purchaser, digest)
            return None if block is None else {"block": block}

        done = await self._until(filed, LIMIT_S)
        if done is None:
            raise StateError(f"bill {key} is not final yet: it goes on by itself", "ORDER-PENDING")
        return done | {"transactions": await self._chain.bills.transactions(key)}
