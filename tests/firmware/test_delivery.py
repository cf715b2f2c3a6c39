"""The delivery of a trade: when the relay may be closed, and what opens it.

Invariants: never closed before the escrow is final and the counterpart's Ready is verified; never
closed later than `silence_s` after the last verified reading; never again after the end; a pause
ends within `pause_s`.
"""

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware.domain.ceilings import Ceilings
from firmware.domain.delivery import EXPORT, IMPORT, Delivery, Phase, Rules
from firmware.domain.guard import Guard
from firmware.errors import Refused

RULES = Rules()


def delivering(direction: int = IMPORT, amount_uwh: int = 66_000) -> Delivery:
    delivery = Delivery(direction, amount_uwh, RULES)
    delivery.hear_ready(0.0)
    delivery.start(1.0)
    delivery.sign(1.0, 0)
    delivery.feel(12.0)
    assert delivery.relay_wanted
    return delivery


def test_ready_alone_or_escrow_alone_closes_nothing() -> None:
    for act in ("hear_ready", "start"):
        delivery = Delivery(IMPORT, 1000, RULES)
        getattr(delivery, act)(0.0)
        assert not delivery.relay_wanted


def test_silence_opens_and_a_reading_closes_again() -> None:
    delivery = delivering()
    delivery.tick(2.4)
    assert delivery.relay_wanted
    delivery.tick(2.51)
    assert (delivery.phase, delivery.reason) == (Phase.PAUSED, "silence")
    delivery.sign(5.0, 3000)
    delivery.hear(5.1, 3100, 3000, final=False)
    delivery.tick(5.2)
    assert delivery.relay_wanted


def test_our_own_silence_counts_as_well() -> None:
    delivery = delivering()
    delivery.hear(2.4, 3000, 3000, final=False)
    delivery.tick(2.6)
    assert delivery.phase is Phase.PAUSED


def test_thirty_seconds_of_silence_cut_the_trade() -> None:
    delivery = delivering()
    delivery.tick(2.6)
    phases = []
    for moment in (32.5, 32.7):
        delivery.tick(moment)
        phases.append(delivery.phase)
    assert phases == [Phase.PAUSED, Phase.ENDED]
    assert delivery.reason == "cut: silence for more than 30 s"


@pytest.mark.parametrize(("own_uwh", "closed"), [(6_900, True), (7_100, False)])
def test_meters_apart_by_more_than_two_intervals_of_power(own_uwh: int, closed: bool) -> None:
    """12 W for two seconds are 6 667 µWh; 5 % of 7 000 µWh are 350 more."""
    delivery = delivering()
    delivery.hear(2.0, 0, own_uwh, final=False)
    assert delivery.relay_wanted is closed


def test_the_tolerance_follows_the_power_of_the_last_intervals() -> None:
    """Heard or not in between; a peak of a moment, or of long ago, widens nothing."""
    delivery = delivering()
    delivery.feel(110.0)
    for second in range(2, 9):
        delivery.hear(second - 0.1, 3333 * (second - 2), 3333 * (second - 1) - 300, final=False)
        delivery.sign(float(second), 3333 * (second - 1))
        assert delivery.power_w == pytest.approx(12.0, rel=0.01)
    assert delivery.apart_at_uwh == pytest.approx(delivery.peer_uwh * 1.05 + 6667, rel=0.01)


def test_counterparts_final_ends() -> None:
    delivery = delivering()
    delivery.hear(2.0, 500, 500, final=True)
    assert delivery.phase is Phase.ENDED


def test_after_a_restart_a_running_trade_waits_for_fresh_readings() -> None:
    delivery = delivering()
    delivery.recover(10.0)
    delivery.tick(10.1)
    assert delivery.phase is Phase.PAUSED
    delivery.sign(10.2, 500)
    delivery.hear(10.3, 600, 500, final=False)
    delivery.tick(10.4)
    assert delivery.relay_wanted


def test_the_buyers_meter_stops_at_the_amount_the_sellers_later() -> None:
    assert delivering(IMPORT).stop_at_uwh == 66_000
    assert delivering(EXPORT).stop_at_uwh > 66_000 * 1.05


def test_guard_opens_so_early_that_the_amount_is_not_exceeded() -> None:
    guard = Guard(max_current_a=10.0, direction=IMPORT, stop_at_uwh=1000.0)
    power_w = 12.0
    flowing_uwh = power_w * 0.012 / 0.0036
    assert guard.check(0.0, 1.0, 1000 - flowing_uwh - 1, power_w) is None
    assert guard.check(0.0, 1.0, 1000 - flowing_uwh, power_w) == "complete"
    assert guard.check(0.0, -10.01, 0, power_w) == "over-current"


def test_ceilings_of_a_trade_and_of_a_day() -> None:
    ceilings = Ceilings(max_trade_uwh=100, max_day_uwh=250)
    now = 1e9
    ceilings.admit(100, [(now - 86_401, 1000), (now - 10, 150)], now)
    with pytest.raises(Refused, match="101 µWh, at most 100"):
        ceilings.admit(101, [], now)
    with pytest.raises(Refused, match="after 151 µWh today"):
        ceilings.admit(100, [(now - 10, 151)], now)
    with pytest.raises(Refused):  # the clock was set back: the future counts as today
        ceilings.admit(100, [(now + 5_000_000, 151)], now)


class AnyOrder(RuleBasedStateMachine):
    """Commands, messages and trips in any order and at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.delivery = Delivery(IMPORT, 50_000, RULES)
        self.ready = self.escrow = self.ended = False
        self.peer_s = self.own_s = -1e9
        self.paused_s: float | None = None

    @rule(seconds=st.floats(0.001, 40.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.delivery.tick(self.now)

    @rule()
    def hear_ready(self) -> None:
        self.ready = True
        self._begin(self.delivery.hear_ready)

    @rule()
    def start(self) -> None:
        self.escrow = True
        self._begin(self.delivery.start)

    def _begin(self, act: object) -> None:
        before = self.delivery.phase
        act(self.now)  # type: ignore[operator]
        if before is not self.delivery.phase:
            self.peer_s = self.own_s = self.now

    @rule(own=st.integers(0, 60_000))
    def sign(self, own: int) -> None:
        self.own_s = self.now
        self.delivery.feel(12.0)
        self.delivery.sign(self.now, own)

    @rule(peer=st.integers(0, 60_000), own=st.integers(0, 60_000), final=st.booleans())
    def hear(self, peer: int, own: int, final: bool) -> None:
        self.peer_s = self.now
        self.delivery.hear(self.now, peer, own, final)
        assert not (final and self.delivery.relay_wanted)

    @rule(reason=st.sampled_from(["silence", "bus", "gap", "over-current", "complete"]))
    def trip(self, reason: str) -> None:
        self.delivery.trip(self.now, reason)
        assert not self.delivery.relay_wanted

    @rule()
    def restart(self) -> None:
        self.delivery.recover(self.now)
        assert not self.delivery.relay_wanted

    @rule()
    def stop(self) -> None:
        self.delivery.end("stopped")

    @invariant()
    def relay_only_when_allowed(self) -> None:
        self.delivery.tick(self.now)
        if self.delivery.relay_wanted:
            assert self.ready and self.escrow and not self.ended
            assert self.now - min(self.peer_s, self.own_s) <= RULES.silence_s
            assert not self.delivery.apart() or self.own_s >= self.peer_s
        self.ended = self.ended or self.delivery.phase is Phase.ENDED
        assert not self.ended or self.delivery.phase is Phase.ENDED

    @invariant()
    def pauses_end(self) -> None:
        if self.delivery.phase is not Phase.PAUSED:
            self.paused_s = None
        elif self.paused_s is None:
            self.paused_s = self.delivery.paused_since_s
        assert self.delivery.phase is not Phase.PAUSED or (
            self.now - self.delivery.paused_since_s <= RULES.pause_s
        )


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
