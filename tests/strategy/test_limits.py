"""The built-in strategy: what it never does, and what it does in plain cases."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.strategy.intent import Buy, Intent, Sell, Wait, Withdraw
from normal_world.strategy.limits import Limits
from normal_world.strategy.limits_settings import BuyRule, Charge, LimitsSettings, SellRule
from normal_world.strategy.situation import Limits as Ceilings
from normal_world.strategy.situation import MarketOffer, OpenOrder, OwnOffer, Situation
from normal_world.strategy.windows import ALWAYS, Times, Window, read_times
from tests.strategy.situations import AMOUNTS, HEALTHY, PRICES, TOKEN, WH, situations

MINUTES = st.integers(0, 1439)
WINDOWS = st.builds(Window, MINUTES, MINUTES).filter(lambda w: w.begin != w.end)
TIMES = st.builds(
    Times,
    st.lists(WINDOWS, max_size=2).map(tuple),
    st.frozensets(st.integers(0, 6), min_size=1),
)
CHARGES = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(sorted)
SELL = Sell(10 * WH, TOKEN // 10, "")


@st.composite
def rules(draw: st.DrawFn) -> LimitsSettings:
    """Any settings that the parser lets pass."""
    (low, high), (floor, asked) = draw(CHARGES), sorted((draw(PRICES), draw(PRICES)))
    least, amount = sorted((draw(AMOUNTS), draw(AMOUNTS)))
    day = draw(st.none() | st.integers(0, 500 * WH))
    sell = SellRule(
        draw(AMOUNTS), asked, draw(TIMES), draw(st.none() | st.just(Charge(high, low))), day,
        floor, draw(st.integers(0, 65535)),
    )  # fmt: skip
    buy = BuyRule(
        amount, draw(PRICES), draw(TIMES), draw(st.none() | st.just(Charge(low, high))), day, least
    )
    which = draw(st.sampled_from(((sell, buy), (sell, None), (None, buy))))
    return LimitsSettings(draw(st.floats(0.1, 5000)), draw(st.integers(1, 3)), *which)


@given(rules(), st.lists(situations(), min_size=1, max_size=8))
def test_what_it_never_does(settings: LimitsSettings, moments: list[Situation]) -> None:
    strategy = Limits(settings)
    for moment in moments:
        intent = strategy.decide(moment)
        assert intent.reason
        if isinstance(intent, Sell | Buy):
            never_while_anything_is_open(moment)
            assert not (moment.since_order_s or 1e9) < settings.interval_s
        if isinstance(intent, Sell):
            never_sells_beyond(settings, moment, intent)
        elif isinstance(intent, Buy):
            never_buys_beyond(settings, moment, intent)
        elif isinstance(intent, Withdraw):
            (offer,) = [o for o in moment.own_offers if o.offer_id == intent.offer_id]
            assert offer.by_strategy


def never_while_anything_is_open(moment: Situation) -> None:
    assert not moment.orders
    assert not moment.open_trades
    assert moment.calibrated
    assert not (moment.safe_mode or moment.meter_fault or moment.held)
    assert moment.tokens is not None


def within(moment: Situation, rule: Any, amount_uwh: int, used_uwh: int) -> None:
    """The owner's ceilings, the rule's day and its times."""
    assert type(amount_uwh) is int
    assert 0 < amount_uwh <= min(moment.limits.max_trade_uwh, rule.amount_uwh)
    offered = sum(offer.amount_uwh for offer in moment.own_offers)
    assert moment.last_day_uwh + offered + amount_uwh <= moment.limits.max_day_uwh
    assert rule.day_uwh is None or used_uwh + amount_uwh <= rule.day_uwh
    assert in_times(rule.times, moment)


def in_times(times: Times, moment: Situation) -> bool:
    """Said in another way than the code does: every minute of the week that the rule names."""
    at = moment.weekday * 1440 + moment.minute
    spans = times.windows or (Window(0, 1440),)
    return any(
        (at - (day * 1440 + span.begin)) % 10_080 < ((span.end - span.begin) % 1440 or 1440)
        for day in times.days
        for span in spans
    )


def never_sells_beyond(settings: LimitsSettings, moment: Situation, intent: Sell) -> None:
    rule = settings.sell
    assert rule is not None
    assert type(intent.price) is int
    assert rule.min_price <= intent.price <= rule.price
    assert intent.min_credit == rule.min_credit
    assert len(moment.own_offers) < settings.max_open
    if rule.charge is not None:
        assert moment.soc_permille is not None
        assert moment.soc_permille >= rule.charge.stop
    offered = sum(offer.amount_uwh for offer in moment.own_offers)
    within(moment, rule, intent.amount_uwh, moment.exported_today_uwh + offered)


def never_buys_beyond(settings: LimitsSettings, moment: Situation, intent: Buy) -> None:
    rule = settings.buy
    assert rule is not None
    assert type(intent.max_price) is int
    assert intent.max_price <= rule.price
    assert not moment.own_offers
    there = sum(o.amount_uwh for o in moment.market if o.price <= rule.price)
    assert rule.least_uwh <= intent.amount_uwh <= there
    assert intent.amount_uwh * intent.max_price // 10**9 <= (moment.tokens or 0) + (moment.wei or 0)
    if rule.charge is not None:
        assert moment.soc_permille is not None
        assert moment.soc_permille <= rule.charge.stop
    within(moment, rule, intent.amount_uwh, moment.imported_today_uwh)


# -- plain cases -----------------------------------------------------------------------------
def seller(**fields: Any) -> Limits:
    rule = SellRule(10 * WH, TOKEN // 10, ALWAYS, Charge(700, 500), None, TOKEN // 20, 0)
    return Limits(LimitsSettings(300.0, 1, dataclasses.replace(rule, **fields), None))


def buyer(**fields: Any) -> Limits:
    rule = BuyRule(10 * WH, TOKEN // 10, ALWAYS, Charge(300, 600), None, 5 * WH)
    return Limits(LimitsSettings(300.0, 1, None, dataclasses.replace(rule, **fields)))


def after(strategy: Limits, *changes: dict[str, Any]) -> list[Intent]:
    return [strategy.decide(dataclasses.replace(HEALTHY, **change)) for change in changes]


def kinds(intents: list[Intent]) -> list[str]:
    return [type(intent).__name__ for intent in intents]


def test_charge_has_two_thresholds() -> None:
    levels = [{"soc_permille": soc} for soc in (650, 700, 550, 499, 650, 701)]
    assert kinds(after(seller(), *levels)) == ["Wait", "Sell", "Sell", "Wait", "Wait", "Sell"]


def test_a_buyer_fills_up_to_its_upper_threshold() -> None:
    market = (MarketOffer(1, TOKEN // 20, 20 * WH),)
    levels = [{"soc_permille": soc, "market": market} for soc in (400, 300, 590, 601, 590)]
    assert kinds(after(buyer(), *levels)) == ["Wait", "Buy", "Buy", "Wait", "Wait"]


def test_without_a_state_of_charge_the_rule_never_fires_and_says_so() -> None:
    change = {"soc_permille": None, "soc_unknown": "alternating current has none"}
    (intent,) = after(seller(), change)
    assert isinstance(intent, Wait)
    assert "alternating current has none" in intent.reason


def test_it_asks_no_more_than_the_cheapest_other_down_to_its_floor() -> None:
    offers = [{"market": (MarketOffer(1, price, WH),)} for price in (TOKEN, TOKEN // 15, 1)]
    asked = [intent.price for intent in after(seller(), {}, *offers) if isinstance(intent, Sell)]
    assert asked == [TOKEN // 10, TOKEN // 10, TOKEN // 15, TOKEN // 20]


def test_it_buys_what_there_is_if_that_is_enough() -> None:
    offers = ((MarketOffer(1, TOKEN // 20, 6 * WH),), (MarketOffer(1, TOKEN // 20, 4 * WH),))
    found = after(buyer(), *({"market": o, "soc_permille": 200} for o in offers))
    assert isinstance(found[0], Buy)
    assert found[0].amount_uwh == 6 * WH
    assert kinds(found) == ["Buy", "Wait"]


def test_an_offer_is_taken_back_when_its_time_is_over() -> None:
    evening = seller(times=read_times(["18:00-22:00"], []))
    own = (OwnOffer(7, TOKEN // 10, 10 * WH, True),)
    inside, over, by_hand, charge = after(
        evening,
        {"minute": 19 * 60, "own_offers": own},
        {"minute": 22 * 60, "own_offers": own},
        {"minute": 22 * 60, "own_offers": (dataclasses.replace(own[0], by_strategy=False),)},
        {"minute": 19 * 60, "own_offers": own, "soc_permille": 499},
    )
    assert isinstance(inside, Wait)
    assert over == Withdraw(7, "it is 22:00, times are 18:00-22:00")
    assert isinstance(by_hand, Wait)
    assert charge == Withdraw(7, "charge has fallen to 49.9 %")


def test_a_restart_does_not_take_back_an_offer_between_the_thresholds() -> None:
    own = (OwnOffer(7, TOKEN // 10, 10 * WH, True),)
    assert kinds(after(seller(), {"soc_permille": 600, "own_offers": own})) == ["Wait"]


def test_never_both_at_once() -> None:
    sell = SellRule(WH, TOKEN, ALWAYS, None, None, 1, 0)
    buy = BuyRule(WH, TOKEN, ALWAYS, None, None, WH)
    strategy = Limits(LimitsSettings(1.0, 1, sell, buy))
    (intent,) = after(strategy, {"market": (MarketOffer(1, 1, WH),)})
    assert isinstance(intent, Wait)
    assert "never both at once" in intent.reason


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"safe_mode": True}, "safe mode"),
        ({"meter_fault": "ADC-NACK nobody at 0x48"}, "ADC-NACK"),
        ({"calibrated": False}, "not calibrated"),
        ({"open_trades": 1}, "a trade is open"),
        ({"orders": (OpenOrder("by-hand", "sell"),)}, "by-hand is not final"),
        ({"wei": None}, "balance is not known"),
        ({"held": "3 in a row failed"}, "3 in a row"),
        ({"since_order_s": 299.0}, "300 s between"),
        ({"limits": Ceilings(9 * WH, 1000 * WH)}, "max_trade_uwh"),
        ({"last_day_uwh": 991 * WH}, "max_day_uwh"),
    ],
)
def test_it_waits_and_says_why(change: dict[str, Any], why: str) -> None:
    (intent,) = after(seller(), change)
    assert isinstance(intent, Wait)
    assert why in intent.reason
