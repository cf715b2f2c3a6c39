"""The standing connection: what it counts is what flowed, whoever opens it and whatever dies."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.domain.standing import FIRST_S, LASTED_S, MOST_S, Standing
from tests.firmware.rig import Rig, rig
from tests.plant_process import wait_until

events = st.lists(st.tuples(st.sampled_from(["close", "pause", "fail"]), st.floats(0.0, 100.0)))


@given(events)
def test_failures_are_waited_for_and_never_longer_than_the_longest(
    steps: list[tuple[str, float]],
) -> None:
    standing, now_s = Standing(), 0.0
    for name, passed_s in steps:
        now_s += passed_s
        if name == "close":
            standing.close(now_s)
        elif name == "pause":
            standing.pause(now_s, "a trade")
            assert not standing.is_due(now_s)
        else:
            standing.fail(now_s, "no voltage")
            assert FIRST_S - 1e-6 <= standing.due_s - now_s <= MOST_S + 1e-6
        assert standing.closed == (name == "close")
        assert bool(standing.reason) != standing.closed


def test_a_connection_that_lasted_forgets_what_failed_before() -> None:
    standing = Standing()
    for _ in range(4):
        standing.fail(0.0, "bus")
    assert standing.due_s == 8 * FIRST_S
    standing.close(200.0)
    standing.fail(200.0 + LASTED_S, "bus")
    assert standing.due_s == 200.0 + LASTED_S + FIRST_S


@pytest.fixture
def home() -> Iterator[Rig]:
    """The buyer's meter with a standing connection; the seller's relay is closed: current flows."""
    with rig() as made:
        made.calibrate()
        made.kill()
        settings = made.home / "etc" / "node.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text + "[connection]\nstanding = true\n", encoding="utf-8")
        made.seller_relay.close()
        made.start()
        wait_until(made.relay_closed, "the connection stands")
        yield made


def registered(home: Rig) -> int:
    return home.secured.meter.info().import_uwh


def truth(home: Rig) -> int:
    return int(home.plant.call("state")["boards"]["buyer"]["energy_in_uwh"])


def test_it_counts_without_a_trade_and_gives_the_relay_to_who_needs_it(home: Rig) -> None:
    wait_until(lambda: registered(home) > 10_000, "energy is in the register")
    home.admin.call("self_check")  # the relay must be open for it
    assert home.movements()[-1][1] is False
    measured, true = registered(home), truth(home)
    assert abs(measured - true) < 0.02 * true
    wait_until(home.relay_closed, "closed again")
    assert home.status()["connection"] == {"standing": True, "closed": True, "reason": ""}


def test_a_trade_has_the_relay_for_itself_and_its_energy_is_the_registers(home: Rig) -> None:
    wait_until(lambda: registered(home) > 3_000, "energy is in the register")
    terms = home.terms(amount_uwh=6_000)
    ready = home.prepare(terms)["ready"]
    assert not home.relay_closed()
    assert ready["from"] == registered(home)
    home.client.call("trade.peer_ready", ready=home.seller_ready(terms))
    home.client.call("trade.start", trade=home.trade(terms))
    home.client.call("trade.peer_reading", reading=home.seller_reading(terms))
    final = home.feed(terms)
    assert final["to"] - final["from"] <= 6_000
    wait_until(home.relay_closed, "the connection stands again")
    assert registered(home) >= final["to"]


def test_a_kill_loses_a_second_at_most_and_counts_nothing_twice(home: Rig) -> None:
    wait_until(lambda: registered(home) > 10_000, "energy is in the register")
    home.kill()
    at_death, lost_from = truth(home), registered(home)
    assert lost_from <= 1.02 * at_death
    home.start()
    home.plant.call("reset_energy")
    base = registered(home)
    assert base == lost_from
    wait_until(lambda: registered(home) > base + 5_000, "counting goes on")
    home.admin.call("self_check")
    grown, true = registered(home) - base, truth(home)
    assert grown <= 1.02 * true + 3_000


def test_a_sensor_that_is_not_believed_opens_it(home: Rig) -> None:
    home.plant.call("fault", {"board": "buyer", "name": "sensor-stuck"})
    wait_until(lambda: not home.relay_closed(), "the relay opens")
    told = home.status()["connection"]
    assert not told["closed"]
    assert told["reason"]
