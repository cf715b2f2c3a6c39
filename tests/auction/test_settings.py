"""[market] and [auction] of node.toml."""

from pathlib import Path

import pytest

from firmware.errors import ConfigError
from firmware.toml import Table, reading
from normal_world.auction.settings import AuctionConfig, read_auction, read_market


def read(tmp_path: Path, text: str) -> tuple[bool, AuctionConfig]:
    path = tmp_path / "node.toml"
    path.write_text(text, encoding="utf-8")
    with reading(path) as root:
        found = read_market(root), read_auction(root)
    assert isinstance(root, Table)
    return found


def test_a_node_of_before_works_the_market_and_no_auction(tmp_path: Path) -> None:
    assert read(tmp_path, "") == (True, AuctionConfig())
    assert not AuctionConfig().enabled


def test_both_or_one_of_them(tmp_path: Path) -> None:
    text = "[market]\nenabled = false\n[auction]\nenabled = true\nsell_price = 0\npurse = 7\n"
    market, auction = read(tmp_path, text)
    assert not market
    assert auction == AuctionConfig(enabled=True, sell_price=0, buy_price=None, purse=7)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[auction]\nenabled = true\n", "sell_price or buy_price expected"),
        (f"[auction]\nsell_price = {2**96}\n", "sell_price"),
        (f"[auction]\npurse = {2**88}\n", "purse"),
        ("[auction]\nenabled = 1\n", "enabled"),
        ("[auction]\nbid = 1\n", "bid"),
        ("[auction]\nrelay = 'relay.example'\n", "http://relay.example:8561"),
        ("[auction]\nrelay = 8561\n", "relay"),
        ("[auction]\nrelay_blocks = -1\n", "relay_blocks"),
        ("[market]\nenabled = 'no'\n", "enabled"),
    ],
)
def test_what_cannot_be_meant_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        read(tmp_path, text)
