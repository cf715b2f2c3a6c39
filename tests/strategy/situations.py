"""Situations for tests: a healthy one to change, and Hypothesis strategies of whole days."""

from typing import Any

from hypothesis import strategies as st

from normal_world.strategy.situation import Limits, MarketOffer, OpenOrder, OwnOffer, Situation

WH = 1_000_000
TOKEN = 10**18

HEALTHY = Situation(
    minute=12 * 60, weekday=2, now_s=1000.0,
    soc_permille=800, soc_unknown="", voltage_v=12.5,
    imported_today_uwh=0, exported_today_uwh=0, last_day_uwh=0, since_order_s=None,
    orders=(), own_offers=(), market=(), open_trades=0, tokens=TOKEN, wei=TOKEN,
    limits=Limits(100 * WH, 1000 * WH), calibrated=True, meter_fault="", safe_mode=False,
)  # fmt: skip

PRICES = st.integers(1, 10**18)
AMOUNTS = st.integers(1, 200 * WH)
DAY = st.integers(0, 2000 * WH)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Any moment that the observer could show, the strange ones too."""
    rarely = st.integers(0, 9).map(lambda n: n == 0)
    soc = draw(st.none() | st.integers(0, 1000))
    market = draw(st.lists(st.builds(MarketOffer, st.integers(1, 99), PRICES, AMOUNTS), max_size=4))
    own = st.builds(OwnOffer, st.integers(100, 199), PRICES, AMOUNTS, st.booleans())
    fields: dict[str, Any] = {
        "minute": draw(st.integers(0, 1439)),
        "weekday": draw(st.integers(0, 6)),
        "now_s": draw(st.floats(0, 1e9)),
        "soc_permille": soc,
        "soc_unknown": "" if soc is not None else "a test's whim",
        "voltage_v": draw(st.none() | st.floats(0, 60)),
        "imported_today_uwh": draw(DAY),
        "exported_today_uwh": draw(DAY),
        "last_day_uwh": draw(DAY),
        "since_order_s": draw(st.none() | st.floats(0, 10_000)),
        "orders": (OpenOrder("k", "sell"),) if draw(rarely) else (),
        "own_offers": tuple(draw(st.lists(own, max_size=2, unique_by=lambda o: o.offer_id))),
        "market": tuple(sorted(market, key=lambda offer: offer.price)),
        "open_trades": int(draw(rarely)),
        "tokens": None if draw(rarely) else draw(st.integers(0, 10**20)),
        "wei": draw(st.integers(0, 10**20)),
        "limits": Limits(draw(AMOUNTS), draw(DAY)),
        "calibrated": not draw(rarely),
        "meter_fault": "ADC-NACK" if draw(rarely) else "",
        "safe_mode": draw(rarely),
        "held": "held" if draw(rarely) else "",
    }
    return Situation(**fields)
