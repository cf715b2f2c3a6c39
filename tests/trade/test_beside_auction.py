"""Trades and the auction's orders in turn: the registry claims energy in the order of measuring."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from firmware.errors import RpcFailed
from normal_world.auction.packing import BUY, SELL
from normal_world.chain.client import Chain
from normal_world.trade.calls import Market
from normal_world.trade.engine import HOPELESS_BLOCKS
from secure_world.protocol import FINAL
from tests.trade import small_chain
from tests.trade.test_counterpart import FROM, NAME, Meter, Node, reading


def test_a_trade_begins_once_the_order_before_it_is_placed(tmp_path: Path) -> None:
    """Settled first, it would bar the order's claim: deposit and energy were lost."""
    node = Node(tmp_path, Meter(**{"trade.prepare": RpcFailed("", "SELF-CHECK", 4)}))
    node.chain.book = SimpleNamespace(chain_id=1, market="0x")
    node.engine.is_ordered = lambda direction: direction == SELL
    node.step()
    assert (node.row["phase"], node.meter.asked) == ("escrowed", [])
    node.engine.is_ordered = lambda direction: direction == BUY
    node.step()
    assert node.meter.asked == ["trade.prepare"]


def closing(folder: Path) -> Node:
    """The counterpart is gone, our report is put; the deadline is block 100."""
    node = Node(folder, Meter())
    node.store.update(NAME, phase="ended", reading=reading(FROM + 5, 9, FINAL))
    assert (node.engine.unsettled(SELL), node.engine.unsettled(BUY)) == (True, False)
    node.store.update(NAME, phase="closing")
    return node


def test_energy_is_unsettled_until_the_registry_has_it(tmp_path: Path) -> None:
    """A report that was put may be refused or revert: the auction must not claim past it."""
    node = closing(tmp_path)
    for _ in range(3):
        node.step()
        assert node.engine.unsettled(SELL)
    node.chain.claimed = True
    node.step()
    assert not node.engine.unsettled(SELL)
    asyncio.run(node.engine.stop_without_escrow())  # the chain took blocks back: look again
    assert node.engine.unsettled(SELL)


@pytest.mark.parametrize("phase", ["settled", "closed"])
def test_a_trade_that_has_ended_on_the_chain_has_no_energy_left(tmp_path: Path, phase: str) -> None:
    node = closing(tmp_path)
    node.store.update(NAME, phase=phase)
    assert not node.engine.unsettled(SELL)


def test_a_trade_that_neither_settles_nor_closes_bars_the_auction_for_a_day_at_most(
    tmp_path: Path,
) -> None:
    node = closing(tmp_path)
    for head, expected in (
        (100, True),
        (5_000, True),  # the first block after the deadline that this process sees
        (5_000 + HOPELESS_BLOCKS, True),
        (5_001 + HOPELESS_BLOCKS, False),
    ):
        node.chain.head = head
        assert node.engine.unsettled(SELL) is expected


def test_a_purchase_is_settled_once_it_is_reported(tmp_path: Path) -> None:
    """An import that was claimed past costs nobody anything."""
    node = closing(tmp_path)
    node.store._db.execute("UPDATE trades SET role = 'buyer'")
    node.step()
    assert not node.engine.unsettled(BUY)


@pytest.mark.parametrize(
    ("amount_uwh", "to_uwh", "claimed_uwh", "expected"),
    [
        (9, 14, 13, False),
        (9, 14, 14, True),
        (4, 14, 8, False),
        (4, 14, 9, True),  # what was delivered beyond the amount is not the trade's
        (9, 5, 0, True),  # nothing flowed
    ],
)
def test_an_export_is_claimed_up_to_what_the_trade_can_claim(
    amount_uwh: int, to_uwh: int, claimed_uwh: int, *, expected: bool
) -> None:
    chain = cast(Chain, small_chain.Chain(claimed_uwh=claimed_uwh))
    own = {"meter": small_chain.METER, "from": 5, "to": to_uwh}
    row = {"reading": own, "terms": {"amount_uwh": amount_uwh}}
    assert Market(chain, small_chain.BOOK).is_export_claimed(row, 7) is expected
