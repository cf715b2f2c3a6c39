"""Facts of the chain, by the node's own settings."""

import time
from contextlib import suppress
from typing import Any

from normal_world.config import NodeConfig

CALL_LIMIT_S = 5.0
BLOCKS = 3  # lengths of a block in which another one must come
WAIT_MAX_S = 12.0
# Gas of a purchase with tokens, approval and deposit (docs/contracts.md), rounded up.
PURCHASE_GAS = 300_000


def chain_facts(config: NodeConfig | None, secured: dict[str, Any] | None) -> dict[str, Any]:
    """Head, contracts, the account's coins, the registry's word of this meter."""
    told: dict[str, Any] = {"skipped": None, "error": None}
    if config is None:
        return told | {"skipped": "node.toml cannot be read"}
    from normal_world.chain.address_book import read_address_book
    from normal_world.chain.client import Chain
    from normal_world.errors import NormalWorldError

    try:
        book = read_address_book(config.address_book)
        chain = Chain(config.rpc, finality=config.finality, timeout_s=CALL_LIMIT_S)
        told |= {"id": chain.chain_id, "book_id": book.chain_id, **_advances(chain, book)}
        if told["id"] == told["book_id"]:
            told |= _on_chain(chain, book, secured)
    except (NormalWorldError, OSError) as error:
        told["error"] = " ".join(str(error).split())
    return told


def _advances(chain: Any, book: Any) -> dict[str, Any]:
    """Whether a block comes within a few lengths of a block."""
    first, begun_s = chain.head(), time.monotonic()
    limit_s = min(WAIT_MAX_S, max(2.0, BLOCKS * book.block_milliseconds / 1000))
    head = first
    while head <= first and time.monotonic() - begun_s < limit_s:
        time.sleep(0.2)
        head = chain.head()
    waited_s = time.monotonic() - begun_s
    return {"head": head, "advances": head > first, "waited_s": waited_s}


def _on_chain(chain: Any, book: Any, secured: dict[str, Any] | None) -> dict[str, Any]:
    from normal_world.chain.address_book import CONTRACTS
    from normal_world.errors import ContractReverted

    told: dict[str, Any] = {
        "contracts": {name: bool(chain.code(getattr(book, name))) for name in CONTRACTS},
        "account": None,
        "wei": None,
        "tokens": None,
        "purse": None,
        "purchase_wei": PURCHASE_GAS * chain.gas_price(),
        "feeder": None,
        "owner": "",
        "rated_power_w": 0,
    }
    if not secured or not secured["account"]:
        return told
    told |= {"account": secured["account"], "wei": chain.balance(secured["account"])}
    if told["contracts"]["token"] and told["contracts"]["market"]:
        with suppress(ContractReverted):
            told |= _money(chain, book, secured)
    if told["contracts"]["registry"]:
        with suppress(ContractReverted):
            told |= _registered(chain, book.registry, secured["meter"])
    return told


def _money(chain: Any, book: Any, secured: dict[str, Any]) -> dict[str, int]:
    from normal_world.chain.bindings import market, token

    return {
        "tokens": token.balance_of(account=secured["account"]).ask(chain, book.token),
        "purse": market.purse_of(meter=secured["meter"]).ask(chain, book.market),
    }


def _registered(chain: Any, registry: str, meter: str) -> dict[str, Any]:
    from normal_world.chain import abi

    name = "MeterRegistry"

    def ask(view: str) -> Any:
        return abi.decode(name, view, chain.call(registry, abi.encode(name, view, [meter])))[0]

    trader, facts = ask("traderOf"), ask("meterOf")
    return {"owner": trader[0], "feeder": int(trader[1]), "rated_power_w": int(facts[1])}
