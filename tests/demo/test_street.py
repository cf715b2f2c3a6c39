"""The street's verdict: each check falls when what it looks at is not so."""

from collections.abc import Callable
from typing import Any

import pytest

from normal_world.auction.audit import Tariff, conservation, differences, recompute
from normal_world.auction.packing import BUY, SELL, Order, Payout
from normal_world.auction.results import _orders
from normal_world.demo.errors import DemoArgument
from normal_world.street.limits import FEED_IN, GRID_BUY, limits_of
from normal_world.street.options import Crash, StreetOptions, parse_crash
from normal_world.street.report import text
from normal_world.street.result import Facts, build
from normal_world.street.watch import Seen

ONE, TWO = "0x" + "11" * 20, "0x" + "22" * 20
CENT = 10**16
SOLD, BOUGHT = 200_000, 90_000


def told() -> dict[str, Any]:
    """Slot 1 of two households, as the chain and the engine have it."""
    orders = [Order(0, ONE, SELL, SOLD, 10 * CENT), Order(1, TWO, BUY, BOUGHT, 20 * CENT)]
    found = recompute(orders, Tariff(GRID_BUY, FEED_IN))
    paid = [Payout(settled.order.meter, settled.due, 0) for settled in found.orders]
    cleared = {"traded_uwh": BOUGHT, "funds": 10**17, "income": 0, "owed": 0}
    cleared["spent"] = found.feed_in
    assert differences(found, cleared, paid) == []
    return {
        "slot": 1,
        "stage": "done",
        "orders": _orders(found, paid),
        "trades": [vars(trade) for trade in found.trades],
        "cleared": cleared,
        "against_chain": "equal",
        "conservation": conservation(found, cleared, paid),
    }


def facts() -> Facts:
    seen = Seen([1], {0: {"h01": (0, 0), "h02": (0, 0)}}, 30.0, {"meterd": 3.0})
    seen.truth[1] = {"h01": (0, SOLD), "h02": (BOUGHT, 0)}
    ends = {"from_uwh": 0, "slot": 1}
    made = Facts(("h01", "h02"), {"h01": ONE, "h02": TWO}, seen, [told()])
    made.orders = {
        "h01": [{"side": "sell", "to_uwh": SOLD, **ends}],
        "h02": [{"side": "buy", "to_uwh": BOUGHT, **ends}],
    }
    made.registers = made.truth = dict(seen.truth[1])
    made.held, made.purses, made.funds = 30, 10, 20
    made.places = [
        {"slot": 1, "transaction": ONE, "orders": 2, "gas_used": 90_001, "gas_an_order": 45_000}
    ]
    return made


def test_a_sound_street_is_good() -> None:
    found = build(facts())
    assert found["good"]
    assert found["cpu_percent"] == {"meterd": 10.0}
    assert max(map(len, text(found).splitlines())) < 100
    assert [line.split()[2:] for line in text(found).splitlines() if "90001" in line] == [
        ["2", "90001", "45000"]
    ]


def _lose_money(made: Facts) -> None:
    made.held -= 1


def _differ(made: Facts) -> None:
    made.rounds[0]["against_chain"] = "order 0: 1"


def _undersell(made: Facts) -> None:
    made.rounds[0]["trades"][0]["price"] = 9 * CENT


def _mismeasure(made: Facts) -> None:
    made.registers = {**made.registers, "h01": (0, SOLD * 104 // 100)}


def _overlap(made: Facts) -> None:
    made.orders["h01"].append({"side": "sell", "slot": 2, "from_uwh": SOLD - 1, "to_uwh": SOLD})


def _miss(made: Facts) -> None:
    made.seen.slots = [1, 2]


def _owe(made: Facts) -> None:
    made.rounds[0]["stage"] = "paying"


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (_lose_money, "no base unit"),
        (_differ, "contract and engine"),
        (_undersell, "no seller under"),
        (_mismeasure, "meters and plant"),
        (_overlap, "claims follow"),
        (_miss, "every household"),
        (_owe, "every round"),
    ],
)
def test_each_check_falls_for_what_it_looks_at(harm: Callable[[Facts], None], check: str) -> None:
    made = facts()
    harm(made)
    found = build(made)
    assert not found["good"]
    assert [name for name, good in found["checks"].items() if not good] == [
        name for name in found["checks"] if name.startswith(check)
    ]


def test_a_seed_is_always_the_same_street_within_the_tariff() -> None:
    names = StreetOptions().names
    assert limits_of(names, 7) == limits_of(names, 7) != limits_of(names, 8)
    for limits in limits_of(names, 7).values():
        assert FEED_IN < limits.sell_price < GRID_BUY
        assert FEED_IN < limits.buy_price < GRID_BUY


def test_a_crash_is_a_program_of_a_household_and_a_moment() -> None:
    assert parse_crash("noded:h03@40") == Crash("noded", "h03", 40)
    for wrong in ("noded:seller@4", "chain:h01@4", "noded:h01", "noded:h1@4", "noded:h01@-4"):
        with pytest.raises(DemoArgument, match="noded:h03@40"):
            parse_crash(wrong)
