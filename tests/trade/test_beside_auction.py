"""Trades and the auction's orders in turn: the registry claims energy in the order of measuring."""

from pathlib import Path
from types import SimpleNamespace

from firmware.errors import RpcFailed
from normal_world.auction.packing import BUY, SELL
from secure_world.protocol import FINAL
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


def test_energy_is_unsettled_until_the_registry_has_it(tmp_path: Path) -> None:
    node = Node(tmp_path, Meter())
    assert not node.engine.unsettled(SELL)
    node.store.update(NAME, phase="ended", reading=reading(FROM + 5, 9, FINAL))
    for phase in ("ended", "settling", "reporting"):
        node.store.update(NAME, phase=phase)
        assert (node.engine.unsettled(SELL), node.engine.unsettled(BUY)) == (True, False)
    node.store.update(NAME, phase="settled")
    assert not node.engine.unsettled(SELL)
