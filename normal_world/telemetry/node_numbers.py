"""noded's own numbers, from what its parts know anyway."""

from collections.abc import Callable
from typing import Any

from firmware.process import process_numbers
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.store import TradeStore


def node_numbers(
    store: TradeStore,
    chain: ChainSide,
    links: Callable[[], dict[str, bool]],
    safe_mode: Callable[[], bool],
) -> Callable[[], dict[str, Any]]:
    """A function that gives them at any moment; it asks no other program."""

    def numbers() -> dict[str, Any]:
        up, state = links(), chain.state()
        return {
            **store.totals(),
            "chain_up": state["fault"] is None,
            "chain_head": state["head"],
            "chain_final": state["final"],
            "peers": len(up),
            "peers_up": sum(up.values()),
            "safe_mode": safe_mode(),
            **process_numbers(),
        }

    return numbers
