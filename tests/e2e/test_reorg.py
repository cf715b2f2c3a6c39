"""Blocks vanish under two real nodes: no energy without its escrow, nothing is paid twice."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.errors import RpcFailed
from normal_world.chain.bindings import market
from normal_world.demo.stage import NODES
from tests.e2e.branches import ESCROW, LIMIT_S, Sent, World, branching
from tests.e2e.pair import AMOUNT_UWH, check

CONFIRMATIONS = 4
SHALLOW = CONFIRMATIONS - 1  # so many blocks may vanish


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with (
        tempfile.TemporaryDirectory(prefix="evr") as folder,
        branching(Path(folder) / "p", f"confirmations:{CONFIRMATIONS}") as running,
    ):
        yield running


@pytest.fixture(autouse=True)
def fresh(world: World) -> Iterator[None]:
    world.pair.stage.ask_plant("reset_energy")
    yield
    world.sound()


def test_a_deposit_whose_every_step_vanished_once_is_made_once(world: World) -> None:
    before = world.purse("buyer")
    with world.miner.hold():
        order = world.order("buyer", "purse.deposit", amount=ESCROW)
        for function in ("approve", "deposit"):
            world.mined("buyer", function)
            world.drop(1)
            again = world.mined("buyer", function)
            assert world.chain.receipt(again.hash) is not None
    assert order.result(LIMIT_S)["amount"] == ESCROW
    assert world.purse("buyer") - before == ESCROW


def test_an_escrow_that_vanishes_for_ever_never_leads_to_energy(world: World) -> None:
    world.fill_purse()
    offer = world.sell().result(LIMIT_S)["offer_id"]
    wealth = {node: world.wealth(node) for node in NODES}
    registers = {node: world.pair.register(node) for node in NODES}
    with world.miner.hold():
        order = world.buy(offer)
        _spent_twice(world, world.mined("buyer", "buy"))
        assert not world.relays_closed()
    with pytest.raises(RpcFailed, match="CHAIN-NONCE-TAKEN") as refused:
        order.result(LIMIT_S)
    assert refused.value.code == "ORDER-FAILED"
    world.seen()
    assert world.delivered_uwh() == 0
    assert {node: world.pair.register(node) for node in NODES} == registers
    assert {node: world.wealth(node) for node in NODES} == wealth
    assert not any(row["phase"] not in ("settled", "closed") for row in _trades(world))
    _settles(world, offer)  # the offer is whole again: both nodes are as if nothing had been


def test_an_escrow_in_another_block_is_the_same_trade(world: World) -> None:
    world.fill_purse()
    offer = world.sell().result(LIMIT_S)["offer_id"]
    wealth = {node: world.wealth(node) for node in NODES}
    with world.miner.hold():
        order = world.buy(offer)
        sent = world.mined("buyer", "buy")
        first, block = _bought(world, sent)
        world.mined_on(1)
        world.move(sent, 2)
        assert _bought(world, sent) == (first, block + 1)
    (trade,) = order.result(LIMIT_S)["trades"]
    assert bytes.fromhex(trade[2:]) == first
    rows = world.ended(trade)
    check(world.pair, rows)
    _paid_once(world, rows, wealth)


def test_every_transaction_of_a_trade_vanishes_once_and_it_settles_once(world: World) -> None:
    world.fill_purse()
    wealth = {node: world.wealth(node) for node in NODES}
    with world.miner.hold():
        selling = world.sell()
        world.mined("seller", "offer")
        world.drop(1)
    offer = selling.result(LIMIT_S)["offer_id"]
    with world.miner.hold():
        order = world.buy(offer)
        world.mined("buyer", "buy")
        world.mined_on(SHALLOW - 1)
        world.drop(SHALLOW)
    (trade,) = order.result(LIMIT_S)["trades"]
    world.until(world.relays_closed)
    with world.miner.hold():
        sent = world.mined("seller", "settle")
        world.mined_on(SHALLOW - 1)
        world.drop(SHALLOW)
        assert world.chain.receipt(sent.hash) is None
        assert world.ask("seller", "trade", trade=trade)["phase"] == "settling"
    rows = world.ended(trade)
    check(world.pair, rows)
    assert {row["phase"] for row in rows.values()} == {"settled"}
    _paid_once(world, rows, wealth)


def test_an_offer_that_vanishes_under_its_buyer_costs_nothing(world: World) -> None:
    world.fill_purse()
    wealth = {node: world.wealth(node) for node in NODES}
    with world.miner.hold():
        selling = world.sell()
        sent = world.mined("seller", "offer")
        (offered,) = [
            market.Offered.decode(log)
            for log in world.logs(sent)
            if log.topics[0] == market.Offered.topic()
        ]
        buying = world.buy(offered.offer_id)  # before the offer is final
        world.until(world.waiting)
        world.conflict(sent, 1)
    for order in (selling, buying):
        with pytest.raises(RpcFailed) as refused:
            order.result(LIMIT_S)
        assert refused.value.code in ("ORDER-FAILED", "CHAIN-REVERTED")
    assert world.delivered_uwh() == 0
    assert {node: world.wealth(node) for node in NODES} == wealth


@pytest.mark.parametrize("confirmations", [CONFIRMATIONS, 1])
def test_what_vanishes_deeper_than_the_rule_says_is_lost_up_to_the_trades_amount(
    world: World, confirmations: int
) -> None:
    """With one confirmation even what vanishes above costs energy: the rule is what protects."""
    world.set_finality(f"confirmations:{confirmations}")
    world.fill_purse()
    offer = world.sell().result(LIMIT_S)["offer_id"]
    wealth = {node: world.wealth(node) for node in NODES}
    with world.miner.hold():
        order = world.buy(offer)
        sent = world.mined("buyer", "buy")
        world.mined_on(confirmations)
        (trade,) = order.result(LIMIT_S)["trades"]
        world.until(lambda: world.delivered_uwh() > 0)
        _spend_twice(world, sent, confirmations + 1)
    assert confirmations > 1 or confirmations + 1 <= SHALLOW
    world.until(lambda: not world.relays_closed())
    assert 0 < world.delivered_uwh() <= AMOUNT_UWH * 1.01 + 50
    assert {node: world.wealth(node) for node in NODES} == wealth  # delivered, and not paid
    world.mine_to(world.ask("seller", "trade", trade=trade)["deadline_block"])
    for row in world.ended(trade).values():
        assert (row["phase"], row["paid"], row["refunded"]) == ("closed", 0, 0)
        assert "CHAIN-REORG" in row["reason"]
    _settles(world, offer)  # both go on


def test_what_vanishes_too_deep_and_comes_back_is_paid_after_all(world: World) -> None:
    world.set_finality(f"confirmations:{CONFIRMATIONS}")
    world.fill_purse()
    offer = world.sell().result(LIMIT_S)["offer_id"]
    wealth = {node: world.wealth(node) for node in NODES}
    with world.miner.hold():
        order = world.buy(offer)
        world.mined("buyer", "buy")
        world.mined_on(CONFIRMATIONS)
        (trade,) = order.result(LIMIT_S)["trades"]
        world.until(lambda: world.delivered_uwh() > 0)
        world.drop(CONFIRMATIONS + 1)  # nobody spends twice: the node sends it again
    rows = world.ended(trade)
    check(world.pair, rows)
    assert rows["seller"]["phase"] == "settled"
    assert rows["seller"]["paid"] > 0
    _paid_once(world, rows, wealth)


def _spent_twice(world: World, sent: Sent) -> None:
    """As deep as may be, the escrow gives way to a withdrawal of the same money."""
    world.mined_on(SHALLOW - 1)
    world.seen()
    _spend_twice(world, sent, SHALLOW)


def _spend_twice(world: World, sent: Sent, depth: int) -> None:
    purse = world.purse("buyer") + ESCROW
    meter = world.pair.ready.meters["buyer"]
    world.conflict(sent, depth, market.withdraw(meter=meter, amount=purse))


def _settles(world: World, offer: int) -> None:
    """A whole trade, as if nothing had happened."""
    world.fill_purse()
    wealth = {node: world.wealth(node) for node in NODES}
    (trade,) = world.buy(offer).result(LIMIT_S)["trades"]
    rows = world.ended(trade)
    check(world.pair, rows)
    assert rows["seller"]["phase"] == "settled"
    _paid_once(world, rows, wealth)


def _paid_once(world: World, rows: dict[str, dict[str, object]], wealth: dict[str, int]) -> None:
    paid = rows["seller"]["paid"]
    assert {node: world.wealth(node) - wealth[node] for node in NODES} == {
        "seller": paid,
        "buyer": -int(str(paid)),
    }


def _bought(world: World, sent: Sent) -> tuple[bytes, int]:
    """The trade of a purchase, and the block that it is in."""
    topic = market.Bought.topic()
    (log,) = [log for log in world.logs(sent) if log.topics[0] == topic]
    return market.Bought.decode(log).trade, log.block


def _trades(world: World) -> list[dict[str, object]]:
    return [row for node in NODES for row in world.ask(node, "trades", offset=0)["trades"]]
