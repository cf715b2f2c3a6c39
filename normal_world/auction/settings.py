"""[market] and [auction] of node.toml: where this household trades, and at which limits."""

from dataclasses import dataclass

from firmware.toml import Table

PRICE_MAX = 2**96 - 1
PURSE_MAX = 2**88 - 1  # what the contract can hold


@dataclass(frozen=True)
class AuctionConfig:
    """Prices are base units per kWh; None: no orders of that side. `purse` in base units."""

    enabled: bool = False
    sell_price: int | None = None  # the least for what was exported
    buy_price: int | None = None  # the most for what was imported
    purse: int = 0  # kept in the auction; 0: filled by hand
    clear: bool = True  # take a turn at clearing and paying rounds, for the fees


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
        purse=table.between("purse", int, 0, PURSE_MAX, 0),
        clear=table.take("clear", bool, True),
    )
    if config.enabled and config.sell_price is None and config.buy_price is None:
        table.wrong("enabled", "sell_price or buy_price expected with it")
    table.done()
    return config


def _price(table: Table, key: str) -> int | None:
    found = table.between(key, int, -1, PRICE_MAX, -1)
    return None if found < 0 else found
