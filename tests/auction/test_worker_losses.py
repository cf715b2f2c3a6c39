"""What would cost an honest node its deposit, its energy or its trade: the worker avoids it."""

from typing import Any

import pytest

from normal_world.auction.packing import BUY, SELL
from normal_world.auction.purse import AGAIN_BLOCKS
from normal_world.auction.results import EQUAL, Ledger
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import auction, token
from normal_world.chain.client import Chain
from secure_world.errors import ErrorCode
from secure_world.protocol import SecureWorldRefused, SignedClaim
from tests.auction.conftest import Build
from tests.auction.street import CENT, DEPOSIT, WINDOWS, House, Miner, next_slot, pass_to
from tests.auction.test_worker import AFTER, MIDDLE, MORE, both, flow

MUCH = 10_000_000  # µWh; at the grid's price it costs 30 deposits


def purse(one: House) -> int:
    return auction.purse_of(one.id).ask(one.chain, one.book.auction)


def fill(one: House, amount: int) -> None:
    """By hand, from the account."""
    for data, to, value in (
        (token.buy_tokens(), one.book.token, amount),
        (token.approve(one.book.auction, amount), one.book.token, 0),
        (auction.deposit(one.id, amount), one.book.auction, 0),
    ):
        name = f"hand:{data.hex()}"
        one.outbox.put(name, to, data, value=value)
        while one.outbox.outcome(name).state != "settled":
            pass_to([one], one.chain.head() + 2)


def started(build: Build, name: str, **settings: Any) -> tuple[House, int]:
    """A household in a slot that its node has seen begin; the slot."""
    one = build(name, **settings)
    one.start()
    slot = next_slot(one.chain)
    pass_to([one], WINDOWS.ends(slot) + MIDDLE)
    return one, slot + 1


def test_a_buy_that_the_purse_cannot_pay_is_not_committed_to(build: Build) -> None:
    one = build("poor", purse=0)
    one.start()
    fill(one, 3 * DEPOSIT)
    slot = next_slot(one.chain)
    pass_to([one], WINDOWS.ends(slot) + MIDDLE)
    one.meter.registers[BUY] += MUCH
    pass_to([one], WINDOWS.ends(slot + 2))
    row = one.rows.own(slot + 1)
    assert row is not None
    assert (row["state"], purse(one)) == ("lost", 3 * DEPOSIT)
    assert row["reason"].startswith(f"the purse holds {3 * DEPOSIT}, expected at least ")


def test_energy_beyond_the_days_is_given_up_and_the_next_slot_ordered(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, slot = started(build, "much")
    sign = one.meter.sign_claim

    def bounded(*given: Any) -> SignedClaim:
        _, direction, _, _, _, least_uwh = given
        begin_uwh = max(one.meter.claimed[direction], least_uwh)
        if one.meter.registers[direction] - begin_uwh > 2 * MORE:
            raise SecureWorldRefused(ErrorCode.POLICY_DAY_ENERGY, "more than is left of the day's")
        return sign(*given)

    monkeypatch.setattr(one.meter, "sign_claim", bounded)
    one.meter.registers[SELL] += 3 * MORE
    pass_to([one], WINDOWS.ends(slot) + MIDDLE)
    assert one.state(slot) == "refused"
    one.meter.registers[SELL] += MORE
    pass_to([one], WINDOWS.clear_from(slot + 1) + AFTER)
    orders = Ledger(one.chain, one.book).rows.orders(slot + 1)
    assert [order.energy_uwh for order in orders] == [MORE]


def test_an_order_waits_for_the_settlement_of_an_older_trade(build: Build) -> None:
    """Its claim would bar the trade's in the registry."""
    seller, buyer, slot = both(build)
    seller.worker.unsettled = lambda direction: direction == SELL
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + 1)
    assert seller.meter.signed == 0
    seller.worker.unsettled = lambda _direction: False
    pass_to([seller, buyer], WINDOWS.clear_from(slot + 1) + AFTER)
    assert seller.state(slot + 1) == "placed"
    row = seller.rows.own(slot + 1)
    assert row is not None
    assert row["to_uwh"] - row["from_uwh"] == 3 * MORE


def test_the_other_side_is_ordered_while_a_trade_is_not_settled(build: Build) -> None:
    seller, buyer, slot = both(build)
    seller.worker.unsettled = lambda direction: direction == SELL
    flow(seller, buyer)
    seller.meter.registers[BUY] += MORE
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + 1)
    row = seller.rows.own(slot)
    assert row is not None
    assert row["direction"] == BUY


def test_an_order_on_its_way_is_told_until_it_is_placed(build: Build) -> None:
    seller, buyer, slot = both(build)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.ends(slot) + 3)
    assert (seller.worker.has_order(SELL), seller.worker.has_order(BUY)) == (True, False)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    assert not seller.worker.has_order(SELL)
    seller.rows.update(slot, state="committed")  # as if its transaction hung
    assert not seller.worker.has_order(SELL)


def test_a_commitment_that_is_not_final_yet_is_revealed_in_its_window(build: Build) -> None:
    seller, buyer, slot = both(build)
    slow = Chain(seller.chain.url, finality="confirmations:6")
    seller.stop()
    seller.chain = slow
    seller.start()
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + 10)
    assert seller.state(slot) == "placed"
    assert len(Ledger(buyer.chain, buyer.book).rows.orders(slot)) == 2


@pytest.mark.parametrize(("most", "found"), [(30 * CENT, "placed"), (30 * CENT - 1, "")])
def test_the_owner_s_bound_on_the_tariff_keeps_buys_back(
    build: Build, most: int, found: str
) -> None:
    one, slot = started(build, "bounded", grid_price=most)
    one.meter.registers[BUY] += MORE
    pass_to([one], WINDOWS.clear_from(slot) + AFTER)
    assert one.state(slot) == found


def test_a_utility_without_money_stops_no_node_and_pays_later(
    build: Build, network: tuple[Miner, AddressBook]
) -> None:
    """Its debt is an event of its own, which every node reads."""
    operator, book = network
    seller, buyer, slot = both(build)
    funds, _ = auction.utility().ask(operator.chain, book.auction)
    operator.send(book.auction, auction.draw(funds))
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    told = Ledger(seller.chain, book).told(slot)
    assert (told["stage"], told["against_chain"], told["conservation"]) == ("done", EQUAL, 0)
    owed = auction.owed_to(seller.id).ask(operator.chain, book.auction)
    assert owed == 2 * MORE * 8 * CENT // 10**9
    operator.send(book.token, token.approve(book.auction, funds))
    operator.send(book.auction, auction.fund(funds))
    pass_to([seller, buyer], operator.chain.head() + AGAIN_BLOCKS + 5)
    assert auction.owed_to(seller.id).ask(operator.chain, book.auction) == 0
