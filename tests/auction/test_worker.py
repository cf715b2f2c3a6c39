"""The node's auction over the real contracts: orders, clearing, payouts; dead at every step."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.auction import clearing_turn
from normal_world.auction.clearing_turn import turn_of
from normal_world.auction.packing import BUY, SELL, Order, commitment
from normal_world.auction.results import EQUAL, Ledger
from normal_world.auction.windows import Phase, Windows
from normal_world.chain.bindings import auction, token
from tests.auction.conftest import Build
from tests.auction.street import PURSE, WINDOWS, House, next_slot, pass_to

MORE = 100_000
MIDDLE, AFTER = 7, 5  # blocks: past the windows for commitments; time for turns at clearing


def both(build: Build, **settings: Any) -> tuple[House, House, int]:
    """A seller and a buyer at the beginning of a slot, purses filled; the slot."""
    seller, buyer = build("seller", **settings), build("buyer", **settings)
    for one in (seller, buyer):
        one.start()
    slot = next_slot(seller.chain)
    pass_to([seller, buyer], WINDOWS.ends(slot) + MIDDLE)
    return seller, buyer, slot + 1


def flow(seller: House, buyer: House) -> None:
    """What their meters count in the slot."""
    seller.meter.registers[SELL] += 3 * MORE
    buyer.meter.registers[BUY] += MORE


@given(st.integers(1, 50), st.integers(0, 50), st.integers(1, 50), st.integers(0, 10_000))
def test_windows_follow_each_other_without_gap(
    more: int, commit: int, reveal: int, block: int
) -> None:
    windows = Windows(commit + reveal + more, commit, reveal)
    slot = windows.slot_of(block)
    assert windows.phase(slot, block) is Phase.MEASURING
    assert windows.phase(slot, windows.ends(slot)) is (
        Phase.COMMITTING if commit else Phase.PLACING
    )
    assert windows.phase(slot, windows.place_from(slot)) is Phase.PLACING
    assert windows.phase(slot, windows.clear_from(slot) - 1) is Phase.PLACING
    assert windows.phase(slot, windows.clear_from(slot)) is Phase.CLEARING
    assert windows.clear_from(slot) < windows.ends(slot + 1)


def test_a_commitment_is_the_contracts(build: Build) -> None:
    one = build("one")
    chain_id = one.chain.chain_id
    asked = auction.commitment_of(
        slot=7, meter=one.id, direction=1, from_=5, to=9, price=11, salt=13
    ).ask(one.chain, one.book.auction)
    assert commitment(chain_id, one.book.auction, 7, one.id, 1, (5, 9), 11, 13) == asked


def test_two_households_trade_what_their_meters_have_counted(build: Build) -> None:
    seller, buyer, slot = both(build)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    assert seller.state(slot) == buyer.state(slot) == "placed"
    told = Ledger(seller.chain, seller.book).told(slot)
    assert told["against_chain"] == EQUAL
    assert told["stage"] == "done"
    assert told["conservation"] == 0
    assert told["traded_uwh"] == MORE
    assert [order["energy_uwh"] for order in sorted(told["orders"], key=lambda o: o["side"])] == [
        MORE,
        3 * MORE,
    ]


def test_a_slot_without_energy_has_no_order(build: Build) -> None:
    seller, buyer, slot = both(build)
    pass_to([seller, buyer], WINDOWS.clear_from(slot))
    assert seller.state(slot) == ""
    assert seller.meter.signed == buyer.meter.signed == 0


def test_what_was_measured_before_the_node_began_is_not_sold(build: Build) -> None:
    seller = build("seller")
    seller.meter.registers[SELL] = 10**9
    seller.start()
    slot = next_slot(seller.chain)
    pass_to([seller], WINDOWS.ends(slot - 1) + MIDDLE)
    seller.meter.registers[SELL] += MORE
    pass_to([seller], WINDOWS.clear_from(slot) + AFTER)
    orders = Ledger(seller.chain, seller.book).rows.orders(slot)
    assert [order.energy_uwh for order in orders] == [MORE]


def test_a_node_that_comes_too_late_for_the_window_signs_no_claim(build: Build) -> None:
    seller, buyer, slot = both(build)
    flow(seller, buyer)
    seller.stop()
    pass_to([buyer], WINDOWS.place_from(slot) - 1)
    seller.start()
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    assert seller.state(slot) == ""
    assert (SELL, slot) not in seller.meter.given  # its energy is the next order's
    assert buyer.state(slot) == "placed"


def test_a_policy_that_allows_no_claim_ends_the_order(build: Build) -> None:
    seller, buyer, slot = both(build)
    seller.meter.refusal = "CLAIM_POLICY"
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    assert seller.state(slot) == "refused"
    assert (slot, "refused") in seller.events
    assert len(Ledger(seller.chain, seller.book).rows.orders(slot)) == 1


def test_energy_of_a_trade_is_passed_over_and_the_other_side_ordered(build: Build) -> None:
    seller, buyer, slot = both(build)
    flow(seller, buyer)
    seller.meter.registers[BUY] += MORE  # less than was sent, and that was sold in a trade
    seller.meter.claimed[SELL] = seller.meter.registers[SELL]
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    row = seller.rows.own(slot)
    assert row is not None
    assert (row["state"], row["direction"]) == ("placed", BUY)
    assert seller.rows.ordered_up_to(SELL) == 3 * MORE


def test_payouts_that_are_left_are_paid_in_turn(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing_turn, "PAY_AT_ONCE", 1)
    seller, buyer, slot = both(build)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + 5 * clearing_turn.TURN_BLOCKS)
    told = Ledger(seller.chain, seller.book).told(slot)
    assert (told["stage"], told["against_chain"], told["conservation"]) == ("done", EQUAL, 0)


def test_without_money_an_order_is_lost_and_the_round_goes_on(build: Build) -> None:
    seller, buyer = build("seller"), build("buyer", purse=0)
    for one in (seller, buyer):
        one.start()
    slot = next_slot(seller.chain)
    pass_to([seller, buyer], WINDOWS.ends(slot - 1) + MIDDLE)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    assert buyer.state(slot) == "lost"
    told = Ledger(seller.chain, seller.book).told(slot)
    assert (told["stage"], len(told["orders"]), told["against_chain"]) == ("done", 1, EQUAL)


def test_a_lost_race_to_clear_is_no_error(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing_turn, "TURN_BLOCKS", 0)
    seller, buyer, slot = both(build)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    assert Ledger(seller.chain, seller.book).told(slot)["stage"] == "done"
    for one in (seller, buyer):
        assert not any(state == "pending" for state in _states(one))


def _states(one: House) -> list[str]:
    return [outcome.state for outcome in one.outbox.outcomes()]


def test_nothing_is_cleared_by_blocks_that_are_not_final(build: Build) -> None:
    seller, buyer, slot = both(build)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot))
    stuck = seller.heads.final
    for _ in range(20):
        seller.heads.head += 1
        seller.heads.final = stuck - 1
    assert not [o for o in seller.outbox.outcomes() if o.description == "clear" and o.block]


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_everybody_has_another_turn_and_somebody_is_first(slot: int, count: int) -> None:
    meters = [f"0x{number:040x}" for number in range(count)]
    orders = [Order(n, meter, SELL, 1, 1) for n, meter in enumerate(meters)]
    assert sorted(turn_of(meter, slot, orders) for meter in meters) == list(range(count))
    assert turn_of("0x" + "f" * 40, slot, orders) >= count


class Death(BaseException):
    """SIGKILL, as far as a test can play it."""


class Mortal:
    """Dies once before and once after each of the calls that change something."""

    CALLS = frozenset("take set_base begin update add_fill end_fill put retry sign_claim".split())

    def __init__(self, name: str, part: Any, died: set[tuple[str, str]]) -> None:
        self._name, self._part, self._died = name, part, died

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        return self._mortal(name, found) if name in self.CALLS else found

    def _mortal(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            told = str(given[0]) if name == "put" else str(named.get("state", ""))
            self._die(f"{name} {told}", "before")
            result = call(*given, **named)
            self._die(f"{name} {told}", "after")
            return result

        return wrapped

    def _die(self, what: str, when: str) -> None:
        if (what, when) not in self._died:
            self._died.add((what, when))
            raise Death(what)


def test_killed_before_and_after_every_step_it_does_everything_once(build: Build) -> None:
    died: set[tuple[str, str]] = set()
    seller, buyer = build("seller"), build("buyer")
    seller.wrap = lambda name, part: Mortal(name, part, died)
    buyer.start()
    seller.start()

    def turn() -> None:
        for _ in range(100):
            try:
                House.turn(seller)
                return
            except Death:
                seller.stop()
                seller.start()
        raise AssertionError("it never gets through a turn")

    object.__setattr__(seller, "turn", turn)
    slot = next_slot(seller.chain)
    pass_to([seller, buyer], WINDOWS.ends(slot - 1) + MIDDLE)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    assert seller.state(slot) == "placed"
    steps = {what.split()[0] for what, _ in died}
    assert {"take", "set_base", "begin", "update", "put", "sign_claim", "add_fill"} <= steps
    chain, at = seller.chain, seller.book.auction
    logs = chain.logs(seller.book.deployed_block, chain.head(), address=at)
    own = [log for log in logs if seller.id[2:] in "".join(t.hex() for t in log.topics)]
    for kind in (auction.Deposited, auction.Committed, auction.Placed, auction.Paid):
        assert sum(log.topics[0] == kind.topic() for log in own) == 1, kind
    told = Ledger(chain, seller.book).told(slot)
    assert (told["stage"], told["against_chain"]) == ("done", EQUAL)
    nonce = chain.nonce(seller.account.address)
    assert nonce == sum(outcome.state == "settled" for outcome in seller.outbox.outcomes())


def test_the_purse_is_filled_to_its_size_and_no_further(build: Build) -> None:
    one = build("one")
    one.start()
    pass_to([one], one.chain.head() + 12)
    held = auction.purse_of(one.id).ask(one.chain, one.book.auction)
    left = token.balance_of(one.account.address).ask(one.chain, one.book.token)
    assert (held, left) == (PURSE, 0)
    fill = one.rows.last_fill()
    assert fill is not None
    assert (fill["number"], fill["state"]) == (1, "done")


def test_an_own_order_is_told_with_what_it_brought(build: Build) -> None:
    import asyncio

    seller, buyer, slot = both(build)
    flow(seller, buyer)
    pass_to([seller, buyer], WINDOWS.clear_from(slot) + AFTER)
    told = asyncio.run(seller.worker.told())
    order = next(order for order in told["orders"] if order["slot"] == slot)
    assert (order["side"], order["state"], order["energy_uwh"]) == ("sell", "paid", 3 * MORE)
    rows = Ledger(seller.chain, seller.book).told(slot)["orders"]
    assert order["payout"] == next(o["paid"] for o in rows if o["meter"] == seller.id)
    assert told["purse"] <= PURSE + order["payout"]
    assert dataclasses.asdict(seller.config)["purse"] == told["purse_wanted"]


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    import sqlite3

    from normal_world.auction.rows import AuctionRows
    from normal_world.errors import ConfigError

    path = tmp_path / "auction.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ConfigError, match="newer Evlock"):
        AuctionRows(path)
