"""Times of day, state of charge, words, the wait after failures, the gate for every strategy."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.strategy.charge import Battery, Rest
from normal_world.strategy.errors import StrategyFailed
from normal_world.strategy.gate import admit
from normal_world.strategy.intent import Buy, Intent, Sell, Wait, Withdraw
from normal_world.strategy.situation import OpenOrder, OwnOffer, Situation
from normal_world.strategy.windows import WrongTime, read_times
from normal_world.strategy.words import energy, money, percent
from normal_world.strategy_host.backoff import Backoff
from tests.strategy.situations import HEALTHY, TOKEN, WH, situations

SELL, BUY = Sell(WH, TOKEN, "why"), Buy(WH, TOKEN, "why")


def hours(windows: list[str], days: list[str], weekday: int) -> list[int]:
    times = read_times(windows, days)
    return [hour for hour in range(24) if times.hold(hour * 60, weekday)]


def test_a_window_over_midnight_belongs_to_the_day_it_began_on() -> None:
    night = ["22:00-03:00"]
    assert hours(night, ["fri"], 4) == [22, 23]
    assert hours(night, ["fri"], 5) == [0, 1, 2]
    assert hours(night, ["sun"], 0) == [0, 1, 2]
    assert hours(night, [], 3) == [0, 1, 2, 22, 23]


def test_windows_end_before_their_last_minute_and_may_end_at_midnight() -> None:
    assert hours(["20:00-24:00", "06:00-08:00"], [], 0) == [6, 7, 20, 21, 22, 23]
    assert len(hours([], [], 0)) == 24
    assert hours([], ["mon"], 1) == []


@pytest.mark.parametrize(
    "text", ["", "18-22", "18:00-18:00", "24:00-01:00", "12:60-13:00", "1:00-2:00", "00:00-24:01"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(WrongTime, match="HH:MM-HH:MM") as caught:
        read_times([text], [])
    assert caught.value.key == "windows"


def test_charge_is_a_line_between_the_two_voltages() -> None:
    battery = Battery(11.9, 12.7, 300.0)
    levels = [battery.permille(volts) for volts in (0.0, 11.9, 12.1, 12.3, 12.7, 14.4)]
    assert levels == [0, 0, 250, 500, 1000, 1000]


def test_a_load_ends_the_rest() -> None:
    rest = Rest()
    felt = [rest.feel(0.0, False, 0.01), rest.feel(200.0, False, -0.05)]
    felt += [rest.feel(300.0, True, 0.0), rest.feel(310.0, False, 0.0)]
    felt += [rest.feel(360.0, False, 0.02), rest.feel(370.0, False, 1.2)]
    assert felt == [0.0, 200.0, 0.0, 0.0, 50.0, 0.0]


@given(st.integers(0, 2**128))
def test_words_are_exact(number: int) -> None:
    text = money(number).removesuffix(" token")
    whole, _, fraction = text.partition(".")
    assert int(whole + fraction.ljust(18, "0")) == number


def test_words_read_well() -> None:
    assert [energy(5_000_000), energy(5), percent(615), money(0)] == [
        "5 Wh", "0.000005 Wh", "61.5 %", "0 token",
    ]  # fmt: skip


def test_failures_wait_longer_and_longer_up_to_an_hour() -> None:
    backoff = Backoff()
    waits = []
    for _ in range(9):
        backoff.fail(0.0, "POLICY-SELECTOR no")
        waits.append(next(s for s in range(0, 10_000, 60) if not backoff.held(float(s))))
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert "POLICY-SELECTOR" in backoff.held(1.0)
    backoff.succeed()
    assert backoff.held(1.0) == ""


# -- the gate --------------------------------------------------------------------------------
@given(situations())
def test_a_situation_survives_the_control_socket(situation: Situation) -> None:
    import json

    assert Situation.from_json(json.loads(json.dumps(situation.to_json()))) == situation


@given(situations(), st.sampled_from((SELL, BUY)))
def test_no_strategy_gets_past_the_ceilings(situation: Situation, intent: Sell | Buy) -> None:
    if admit(intent, situation) is intent:
        offered = sum(offer.amount_uwh for offer in situation.own_offers)
        assert intent.amount_uwh <= situation.limits.max_trade_uwh
        used = situation.last_day_uwh + offered + intent.amount_uwh
        assert used <= situation.limits.max_day_uwh
        assert not (situation.orders or situation.open_trades or situation.safe_mode)
        assert situation.calibrated
        assert not situation.meter_fault


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        "sell everything",
        Sell(0, 1, "why"),
        Sell(1.5, 1, "why"),  # type: ignore[arg-type]
        Sell(True, 1, "why"),
        Sell(2**64, 1, "why"),
        Sell(1, 0, "why"),
        Sell(1, 1, "why", min_credit=70_000),
        Buy(1, 2**96, "why"),
        Buy(1, 1, None),  # type: ignore[arg-type]
        Wait("two\nlines"),
        Withdraw(7, "not mine"),
    ],
)
def test_nonsense_is_a_failure(nonsense: Any) -> None:
    with pytest.raises(StrategyFailed):
        admit(nonsense, HEALTHY)


def test_a_strategy_may_take_back_its_own_offers_only() -> None:
    own = (OwnOffer(7, TOKEN, WH, True), OwnOffer(8, TOKEN, WH, False))
    busy = dataclasses.replace(HEALTHY, own_offers=own, open_trades=1)
    mine: Intent = Withdraw(7, "over")
    assert admit(mine, busy) is mine
    with pytest.raises(StrategyFailed, match="none of its own"):
        admit(Withdraw(8, "over"), busy)
    waiting = dataclasses.replace(busy, orders=(OpenOrder("k", "cancel"),))
    assert isinstance(admit(mine, waiting), Wait)


def test_a_purchase_beyond_the_account_or_beside_an_offer_waits() -> None:
    poor = dataclasses.replace(HEALTHY, tokens=0, wei=TOKEN // 1000 - 1)
    assert "may cost 0.001 token" in admit(BUY, poor).reason
    assert admit(BUY, dataclasses.replace(poor, wei=TOKEN // 1000)) is BUY
    own = dataclasses.replace(HEALTHY, own_offers=(OwnOffer(7, 1, WH, False),))
    assert "never buys and sells at once" in admit(BUY, own).reason
