"""SmartMeter: production reported as a signed claim, rewarded once and never again."""

from dataclasses import replace

import pytest

from tests.contracts.abi import Contract
from tests.contracts.conftest import RefusedWith
from tests.contracts.operator_world import (
    MARKET,
    ORGANISATION,
    RESERVE,
    REWARD,
    OperatorWorld,
)
from tests.contracts.world import BLOCK_UWH, EXPORT, OPERATOR, Household, event

KWH = 10**9
ENERGY = 20 * BLOCK_UWH + 3


@pytest.fixture
def operator() -> OperatorWorld:
    return OperatorWorld()


@pytest.fixture
def home(operator: OperatorWorld) -> Household:
    """A household whose meter had time to produce."""
    home = operator.household("home")
    operator.evm.mine(100)
    return home


def test_production_is_rewarded_to_the_meters_account(
    operator: OperatorWorld, home: Household
) -> None:
    done = operator.report(operator.claim(home, 5, 5 + ENERGY, number=9), home)
    paid = ENERGY * REWARD // KWH
    assert int.from_bytes(done.output, "big") == paid
    assert event(done, "Rewarded") == {
        "meter": home.meter, "account": home.account, "energyUwh": ENERGY, "reward": REWARD,
        "smartMeter": operator.smart_meter.address, "paid": paid,
    }  # fmt: skip
    assert event(done, "ProductionReported") == {
        "meter": home.meter, "number": 9, "from": 5, "to": 5 + ENERGY
    }  # fmt: skip
    assert operator.tokens(home.account) == paid
    assert operator.tokens(operator.counter.address) == RESERVE - paid
    assert operator.claimed(home) == 5 + ENERGY


def test_no_production_is_rewarded_twice(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    claim = operator.claim(home, 0, ENERGY)
    operator.report(claim, home)
    for again in (claim, replace(claim, number=2), replace(claim, from_=1, to=ENERGY + 1)):
        with refused("IntervalClaimed"):
            operator.report(again, home)
    assert operator.tokens(home.account) == ENERGY * REWARD // KWH
    operator.report(replace(claim, from_=ENERGY, to=ENERGY + 1), home)


def test_what_was_sold_is_not_rewarded_and_what_was_rewarded_is_not_sold(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    operator.registry.call(MARKET, "claim", home.meter, EXPORT, 0, 10)
    with refused("IntervalClaimed", home.meter, EXPORT, 9, 10):
        operator.report(operator.claim(home, 9, ENERGY), home)
    operator.report(operator.claim(home, 10, ENERGY), home)
    with refused("IntervalClaimed", home.meter, EXPORT, 10, ENERGY):
        operator.registry.call(MARKET, "claim", home.meter, EXPORT, 10, ENERGY)


def test_no_more_is_rewarded_than_the_rated_power_gives(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    with refused("ClaimTooLarge"):
        operator.report(operator.claim(home, 0, 10**6 * KWH), home)
    assert operator.claimed(home) == 0


@pytest.mark.parametrize(("from_", "to"), [(0, 0), (7, 7), (8, 7), (2**64 - 1, 0)])
def test_an_interval_without_energy_is_refused(
    operator: OperatorWorld, home: Household, refused: RefusedWith, from_: int, to: int
) -> None:
    with refused("NothingProduced", home.meter, from_, to):
        operator.report(operator.claim(home, from_, to), home)


def test_a_retired_meter_is_rewarded_no_more(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    """Its key may be out."""
    operator.registry.call(OPERATOR, "retire", home.meter)
    with refused("MeterNotEnrolled", home.meter):
        operator.report(operator.claim(home, 0, ENERGY), home)
    assert operator.claimed(home) == 0


def test_an_unknown_meter_is_not_rewarded(operator: OperatorWorld, refused: RefusedWith) -> None:
    nobody = Household("nobody")
    with refused("MeterNotEnrolled", nobody.meter):
        operator.report(operator.claim(nobody, 0, 1), nobody)


def test_a_reserve_that_is_short_costs_nobody_a_claim(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    needed = ENERGY * REWARD // KWH
    operator.own("withdraw", OPERATOR, RESERVE - needed + 1)
    with refused("ReserveShort", needed, needed - 1):
        operator.report(operator.claim(home, 0, ENERGY), home)
    assert operator.claimed(home) == 0
    operator.token.call(OPERATOR, "transfer", operator.counter.address, 1)
    operator.report(operator.claim(home, 0, ENERGY), home)
    assert operator.tokens(operator.counter.address) == 0


def test_without_a_reward_no_claim_is_used_up(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    operator.own("setReward", 0)
    with refused("RewardUnset"):
        operator.report(operator.claim(home, 0, ENERGY), home)
    assert operator.claimed(home) == 0


def test_untrusted_between_production_and_report(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    """All see it, the claim stays good, and another trusted smart meter may bring it."""
    claim = operator.claim(home, 0, ENERGY)
    done = operator.own("untrust", operator.smart_meter.address)
    assert event(done, "Untrusted")["smartMeter"] == operator.smart_meter.address
    with refused("NotTrusted", operator.smart_meter.address):
        operator.report(claim, home)
    assert operator.claimed(home) == 0
    other = operator.new_smart_meter()
    operator.own("trust", other.address)
    operator.report(claim, home, other)
    assert operator.tokens(home.account) == ENERGY * REWARD // KWH


def test_a_smart_meter_that_may_not_claim_reports_nothing(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    operator.registry.call(OPERATOR, "setClaimer", operator.smart_meter.address, False)
    with refused("NotClaimer", operator.smart_meter.address):
        operator.report(operator.claim(home, 0, ENERGY), home)


def test_a_signed_lowest_reward_holds(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    """A22: the operator lowers the reward in front of the report."""
    claim = operator.claim(home, 0, ENERGY, price=REWARD)
    operator.own("setReward", REWARD - 1)
    with refused("RewardBelowBound", REWARD - 1, REWARD):
        operator.report(claim, home)
    assert operator.claimed(home) == 0
    operator.own("setReward", REWARD)
    operator.report(claim, home)


def test_no_smart_meter_without_its_parts(operator: OperatorWorld, refused: RefusedWith) -> None:
    facts = [ORGANISATION, operator.registry.address, operator.counter.address]
    for missing in range(3):
        part = [*facts[:missing], bytes(20), *facts[missing + 1 :]]
        with refused("ZeroAddress"):
            Contract(operator.evm, "SmartMeter", *part)
    for name, fact in zip(("owner", "registry", "operator"), facts, strict=True):
        assert operator.smart_meter.view(name) == fact
