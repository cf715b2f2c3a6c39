"""What a node remembers of the auction: not all of it for ever."""

from pathlib import Path
from typing import Any

import pytest

from normal_world.auction.packing import SELL
from normal_world.auction.rows import AuctionRows
from normal_world.chain.bindings.auction import Cleared, Owed, Paid, Placed

ME, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
SHOWN = 2


def a_slot(rows: AuctionRows, slot: int, *, paid: int = 2, owed: str = "") -> None:
    """Two orders, cleared, and so many of the payouts."""
    events: list[Any] = [Placed(slot, meter, SELL, 5, 7) for meter in (ME, OTHER)]
    events += [Cleared(slot, ME, 0, 0, 0, 0, 0)]
    for meter in (ME, OTHER)[:paid]:
        events += [Paid(slot, meter, 1)] + ([Owed(slot, meter, 3)] if meter == owed else [])
    rows.take([(type(event).__name__, event) for event in events], slot)


@pytest.fixture
def rows(tmp_path: Path) -> AuctionRows:
    return AuctionRows(tmp_path / "auction.sqlite")


def count(rows: AuctionRows, table: str) -> int:
    (found,) = rows._db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608
    return int(found)


def test_slots_that_are_paid_are_forgotten_in_time(rows: AuctionRows) -> None:
    for slot in range(10):
        a_slot(rows, slot)
    rows.forget(7, SHOWN)
    assert rows.cleared() == [7, 8, 9]
    assert (count(rows, "placed"), count(rows, "paid")) == (6, 6)


def test_what_waits_for_somebody_is_not_forgotten(rows: AuctionRows) -> None:
    a_slot(rows, 1, paid=1)
    rows.take([("Placed", Placed(2, ME, SELL, 5, 7))], 2)
    rows.forget(100, SHOWN)
    assert (rows.unpaid(), rows.uncleared()) == ([1], [2])
    assert len(rows.orders(1)) == 2


def test_a_debt_of_the_utility_is_remembered_once(rows: AuctionRows) -> None:
    for slot in range(5):
        a_slot(rows, slot, owed=ME)
    rows.forget(100, SHOWN)
    assert (rows.was_owed(ME), rows.was_owed(OTHER)) == (True, False)
    assert count(rows, "paid") == 1


def test_own_orders_are_kept_as_far_as_they_are_shown_or_open(rows: AuctionRows) -> None:
    for slot, state in enumerate(("claimed", "placed", "lost", "placed", "refused", "refused")):
        a_slot(rows, slot)
        rows.begin(slot, SELL, 7, 0)
        ends = {"from_uwh": slot, "to_uwh": slot + 1} if state != "refused" else {}
        rows.update(slot, state=state, **ends)
    rows.forget(100, SHOWN)
    assert [order["slot"] for order in rows.own_newest(9)] == [5, 4, 3, 0]
    assert rows.cleared() == [4, 5]
    assert rows.ordered_up_to(SELL) == 4
