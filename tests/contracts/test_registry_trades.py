"""MeterRegistry: both claims and both credits of a trade in one call."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.abi import Contract, Refused
from tests.contracts.conftest import RefusedWith
from tests.contracts.evm import Outcome
from tests.contracts.world import (
    BLOCK_UWH,
    BURST_BLOCKS,
    CREDIT,
    EXPORT,
    FEEDER,
    IMPORT,
    OPERATOR,
    RATED_POWER_W,
    STRANGER,
    Household,
    World,
    event,
)

CLAIMER = b"\xcc" * 20
HOME, OTHER = Household("new"), Household("other")


@pytest.fixture
def pair(world: World) -> Contract:
    """A registry with two meters, each with 100 µWh claimed in both directions."""
    registry = world.registry
    registry.call(OPERATOR, "setClaimer", CLAIMER, True)
    for home in (HOME, OTHER):
        facts = (home.meter, home.account, FEEDER, RATED_POWER_W, CREDIT)
        registry.call(OPERATOR, "enroll", *facts)
        for direction in (IMPORT, EXPORT):
            registry.call(CLAIMER, "claim", home.meter, direction, 0, 100)
    return registry


def claim_trade(registry: Contract, sold: tuple[int, int], bought: tuple[int, int]) -> Outcome:
    words = (HOME.meter, *sold, OTHER.meter, *bought, 1)
    return registry.call(CLAIMER, "claimTrade", *words)


def state(registry: Contract, home: Household) -> tuple[int, int, int]:
    """Credit, import and export claimed."""
    _, _, credit, imported, exported, _, _ = registry.view("meterOf", home.meter)
    return credit, imported, exported


def test_a_trade_claims_and_credits_both_at_once(pair: Contract) -> None:
    done = claim_trade(pair, (120, 220), (100, 190))
    assert (state(pair, HOME), state(pair, OTHER)) == ((11, 100, 220), (11, 190, 100))
    assert event(done, "TradeClaimed") == {
        "seller": HOME.meter, "buyer": OTHER.meter, "exportFrom": 120, "exportTo": 220,
        "importFrom": 100, "importTo": 190, "sellerCredit": 11, "buyerCredit": 11,
    }  # fmt: skip


def test_a_trades_export_is_strict_and_its_import_is_not(
    pair: Contract, refused: RefusedWith
) -> None:
    with refused("IntervalClaimed", HOME.meter, EXPORT, 99, 100):
        claim_trade(pair, (99, 220), (100, 190))
    most = (BURST_BLOCKS - 1) * BLOCK_UWH
    with refused("ClaimTooLarge", HOME.meter, EXPORT, most + 1, most):
        claim_trade(pair, (100, 101 + most), (100, 190))
    for sold, bought in (((190, 180), (100, 190)), ((100, 190), (190, 180))):
        with refused("IntervalBackwards"):
            claim_trade(pair, sold, bought)
    for bought, end in (((0, 90), 100), ((50, 130), 130), ((0, 2**64 - 1), 130 + most - BLOCK_UWH)):
        done = claim_trade(pair, (100, 100), bought)
        assert state(pair, OTHER)[1] == event(done, "TradeClaimed")["importTo"] == end
    assert state(pair, HOME) == (13, 100, 100)


def test_a_trade_of_unknown_meters_claims_nothing(pair: Contract, refused: RefusedWith) -> None:
    for seller, buyer in ((STRANGER, HOME.meter), (HOME.meter, STRANGER)):
        with refused("MeterNotEnrolled", STRANGER):
            pair.call(CLAIMER, "claimTrade", seller, 100, 101, buyer, 100, 101, 1)
    pair.call(OPERATOR, "retire", HOME.meter)
    claim_trade(pair, (100, 190), (100, 190))


def test_a_trade_of_a_meter_with_itself_loses_no_claim(pair: Contract) -> None:
    words = (HOME.meter, 100, 190, HOME.meter, 100, 180, 1)
    pair.call(CLAIMER, "claimTrade", *words)
    assert state(pair, HOME) == (CREDIT + 2, 180, 190)


@settings(max_examples=50, deadline=None)
@given(
    sold=st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted),
    bought=st.tuples(st.integers(0, 300), st.integers(0, 2**64 - 1)).map(sorted),
    change=st.integers(-(2**15), 2**15 - 1),
)
def test_a_trades_claim_is_what_the_single_calls_do(
    sold: list[int], bought: list[int], change: int
) -> None:
    """claim, claimAtMost and two changes of credit, one after the other."""
    outcomes = []
    for at_once in (True, False):
        world = World()
        world.registry.call(OPERATOR, "setClaimer", CLAIMER, True)
        for home in (HOME, OTHER):
            facts = (home.meter, home.account, FEEDER, RATED_POWER_W, CREDIT)
            world.registry.call(OPERATOR, "enroll", *facts)
        try:
            if at_once:
                words = (HOME.meter, *sold, OTHER.meter, *bought, change)
                world.registry.call(CLAIMER, "claimTrade", *words)
            else:
                if sold[0] < sold[1]:
                    world.registry.call(CLAIMER, "claim", HOME.meter, EXPORT, *sold)
                world.registry.call(CLAIMER, "claimAtMost", OTHER.meter, IMPORT, *bought)
                for home in (HOME, OTHER):
                    world.registry.call(CLAIMER, "changeCredit", home.meter, change)
        except Refused as refusal:
            outcomes.append((refusal.name, refusal.arguments))
        else:
            views = [world.registry.view("meterOf", home.meter) for home in (HOME, OTHER)]
            outcomes.append((str(views), ()))
    assert outcomes[0] == outcomes[1]
