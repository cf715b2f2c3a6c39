"""[market] and [auction] of node.toml: where this household trades, and at which limits."""

from dataclasses import dataclass

from firmware.toml import Table

PRICE_MAX = 2**96 - 1
PURSE_MAX = 2**88 - 1  # what the contract can hold
BLOCKS_MAX = 2**31 - 1


@dataclass(frozen=True)
class AuctionConfig:
    """Prices are base units per kWh; None: no orders of that side. `purse` in base units."""

    enabled: bool = False
    sell_price: int | None = None  # the least for what was exported
    buy_price: int | None = None  # the most for what was imported
    grid_price: int | None = None  # no buys in a slot whose tariff is above it; None: at any
    purse: int = 0  # kept in the auction; 0: filled by hand
    clear: bool = True  # take a turn at clearing and paying rounds, for the fees
    relay: str = ""  # who brings orders of many together; "": the node places its own
    relay_blocks: int = 0  # of the window, then it places its own after all; 0: half of it


def read_market(root: Table) -> bool:
    """Whether noded works the bilateral market; it does by default."""
    table = root.table("market")
    enabled = table.take("enabled", bool, True)
    table.done()
    return enabled


def read_auction(root: Table) -> AuctionConfig:
    """The auction's settings; a table with `enabled` needs at least one price."""
    table = root.table("auction")
    config = AuctionConfig(
        enabled=table.take("enabled", bool, False),
        sell_price=_price(table, "sell_price"),
        buy_price=_price(table, "buy_price"),
        grid_price=_price(table, "grid_price"),
        purse=table.between("purse", int, 0, PURSE_MAX, 0),
        clear=table.take("clear", bool, True),
        relay=table.take("relay", str, ""),
        relay_blocks=table.between("relay_blocks", int, 0, BLOCKS_MAX, 0),
    )
    if config.relay and not config.relay.startswith(("http://", "https://")):
        table.wrong("relay", "an address as http://relay.example:8561 expected")
    if config.enabled and config.sell_price is None and config.buy_price is None:
        table.wrong("enabled", "sell_price or buy_price expected with it")
    table.done()
    return config


def _price(table: Table, key: str) -> int | None:
    found = table.between(key, int, -1, PRICE_MAX, -1)
    return None if found < 0 else found
