"""What noded's store keeps of orders on their way, and of a market that is not the one of now."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from normal_world.errors import ConfigError
from normal_world.trade.store import TradeStore
from normal_world.trade.store_schema import SCHEMA
from normal_world.trade.strategy_rows import SCHEMA_2

OLD_TERMS = {
    "offer_id": 1, "version": 1, "seller_meter": "0x" + "11" * 20, "buyer_meter": "0x" + "22" * 20,
    "amount_uwh": 5, "price": 7, "salt": "0x" + "00" * 32,
}  # fmt: skip
NUMBERS = {"escrow": 1, "escrow_block": 1, "deadline_block": 99, "credit_before": 0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TradeStore]:
    made = TradeStore(tmp_path / "noded.sqlite")
    yield made
    made.close()


def old_store(path: Path) -> None:
    """Of version 2: an open trade, an ended one, an order on its way."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{SCHEMA} {SCHEMA_2} PRAGMA user_version = 2;")
        for trade, phase in (("0xaa", "delivering"), ("0xbb", "settled")):
            db.execute(
                "INSERT INTO trades (trade, role, terms, escrow, escrow_block, deadline_block, "
                "phase) VALUES (?, 'buyer', ?, '1', 1, 2, ?)",
                (trade, json.dumps(OLD_TERMS), phase),
            )
        db.execute("INSERT INTO orders (key, kind, body) VALUES ('k', 'buy', '{}')")
        db.commit()


def test_trades_of_an_older_market_end_with_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "noded.sqlite"
    old_store(path)
    with caplog.at_level(logging.WARNING):
        store = TradeStore(path)
    assert [record.getMessage() for record in caplog.records] == [
        "STATE-OLD-MARKET begun on the market of an older version: only that one can end it: "
        "trade 0xaa"
    ]
    assert store.trades(open_only=True) == store.open_orders() == []
    assert store.order("k")["reason"].startswith("STATE-OLD-MARKET ")
    first, second = store.trades()
    assert (first["phase"], first["paid"]) == ("closed", None)
    assert (second["phase"], second["reason"], second["terms"]) == ("settled", "", OLD_TERMS)
    assert second["seller_meter"] == "0x" + "11" * 20
    assert store.drawers_taken() == set()
    store.close()
    caplog.clear()
    TradeStore(path).close()
    assert not caplog.records


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "noded.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="version 99, at most 3"):
        TradeStore(path)


def test_a_record_names_its_seller(store: TradeStore) -> None:
    store.add_trade("0x1", "buyer", {"ref": int("ab" * 20, 16) << 64 | 7, "salt": 0}, **NUMBERS)
    assert store.trades()[0]["seller_meter"] == "0x" + "ab" * 20


def test_what_an_order_found_out_stays(store: TradeStore) -> None:
    store.add_order("a", "sell", {"amount_uwh": 5})
    assert store.pin("a", number=3) == {"amount_uwh": 5, "number": 3}
    assert store.pin("a", number=4, more=1) == {"amount_uwh": 5, "number": 3, "more": 1}
    assert store.numbers_pinned() == {3}
    store.end_order("a", "done", result={})
    assert store.numbers_pinned() == set()


def test_drawers_of_open_purchases_are_taken(store: TradeStore) -> None:
    for trade, role, salt in (("0x1", "buyer", 256), ("0x2", "seller", 257), ("0x3", "buyer", 515)):
        store.add_trade(trade, role, {"ref": 1, "salt": salt}, **NUMBERS)
    assert store.drawers_taken() == {0, 3}
    store.update("0x1", phase="settled")
    assert store.drawers_taken() == {3}


def test_a_purchase_whose_event_is_not_taken_in_keeps_its_drawers(store: TradeStore) -> None:
    store.add_order("a", "buy", {"salt": 510})
    store.end_order("a", "done", result={"trades": ["0x5", "0x6"]})
    assert store.drawers_taken() == {254, 255}
    store.add_trade("0x5", "buyer", {"ref": 1, "salt": 510}, **NUMBERS)
    store.update("0x5", phase="settled")
    assert store.drawers_taken() == {255}


def test_an_escrow_in_another_block_is_noticed_once(store: TradeStore) -> None:
    terms = {"ref": 1 << 64, "buyer_meter": "0x" + "22" * 20, "salt": 513}
    store.add_trade("0xcc", "buyer", terms, **NUMBERS)
    assert not store.moved("0xcc", 1, 99)
    assert store.moved("0xcc", 7, 105)
    assert not store.moved("0xcc", 7, 105)
    row = store.trade("0xcc")
    assert row is not None
    assert (row["escrow_block"], row["deadline_block"]) == (7, 105)


def test_the_highest_salt_is_of_this_markets_purchases(store: TradeStore) -> None:
    assert store.highest_salt() == 0
    store.add_trade("0xaa", "buyer", OLD_TERMS, **NUMBERS)
    assert store.highest_salt() == 0
    for number, role in ((513, "buyer"), (256, "buyer"), (9_999, "seller")):
        terms = {"ref": 1 << 64, "buyer_meter": "0x" + "22" * 20, "salt": number}
        store.add_trade(f"0x{number:x}", role, terms, **NUMBERS)
    assert store.highest_salt() == 513
