"""MeterRegistry: who is in the list, what may be claimed, how credit moves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.abi import Contract, Refused
from tests.contracts.conftest import RefusedWith
from tests.contracts.world import (
    BLOCK_UWH,
    BURST_BLOCKS,
    CREDIT,
    EXPORT,
    FEEDER,
    IMPORT,
    OPERATOR,
    RATED_POWER_W,
    Household,
    World,
)

CLAIMER, STRANGER, ZERO = b"\xcc" * 20, b"\x57" * 20, b"\0" * 20
HOME = Household("new")
ENROLMENT = (HOME.meter, HOME.account, FEEDER, RATED_POWER_W, CREDIT)


@pytest.fixture
def registry(world: World) -> Contract:
    world.registry.call(OPERATOR, "setClaimer", CLAIMER, True)
    return world.registry


def test_enrolled_meter_is_found_in_one_slot(world: World, registry: Contract) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    block = world.evm.block
    assert registry.view("meterOf", HOME.meter) == (7, 3600, 10, 0, 0, block, block)
    assert registry.view("accountOf", HOME.meter) == HOME.account
    assert registry.view("traderOf", HOME.meter) == (HOME.account, 7, 10)
    assert registry.view("pairOf", STRANGER, HOME.meter) == (0, 7, 10, HOME.account)
    assert registry.view("pairOf", HOME.meter, STRANGER) == (7, 0, 0, ZERO)


def test_only_the_operator_keeps_the_list(registry: Contract, refused: RefusedWith) -> None:
    for function, arguments in (
        ("enroll", ENROLMENT),
        ("retire", (HOME.meter,)),
        ("setClaimer", (STRANGER, True)),
    ):
        with refused("OwnableUnauthorizedAccount", STRANGER):
            registry.call(STRANGER, function, *arguments)


@pytest.mark.parametrize(("place", "value", "error"), [
    (0, ZERO, "ZeroAddress"),
    (1, ZERO, "ZeroAddress"),
    (2, 0, "ZeroValue"),
    (3, 0, "ZeroValue"),
])  # fmt: skip
def test_empty_enrolment_is_refused(
    registry: Contract, refused: RefusedWith, place: int, value: object, error: str
) -> None:
    words = [*ENROLMENT[:place], value, *ENROLMENT[place + 1 :]]
    with refused(error):
        registry.call(OPERATOR, "enroll", *words)


def test_zero_claimer_and_zero_block_length_are_refused(
    world: World, registry: Contract, refused: RefusedWith
) -> None:
    with refused("ZeroAddress"):
        registry.call(OPERATOR, "setClaimer", ZERO, True)
    with refused("ZeroValue"):
        Contract(world.evm, "MeterRegistry", OPERATOR, 0)


def test_a_meter_comes_once_and_goes_once(registry: Contract, refused: RefusedWith) -> None:
    with refused("MeterNotEnrolled", HOME.meter):
        registry.call(OPERATOR, "retire", HOME.meter)
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    with refused("MeterKnown", HOME.meter):
        registry.call(OPERATOR, "enroll", *ENROLMENT)
    registry.call(OPERATOR, "retire", HOME.meter)
    assert registry.view("traderOf", HOME.meter) == (HOME.account, 0, 10)
    with refused("MeterKnown", HOME.meter):
        registry.call(OPERATOR, "enroll", *ENROLMENT)
    with refused("MeterNotEnrolled", HOME.meter):
        registry.call(OPERATOR, "retire", HOME.meter)


def test_only_claimers_claim_and_move_credit(registry: Contract, refused: RefusedWith) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    registry.call(OPERATOR, "setClaimer", CLAIMER, False)
    for caller in (STRANGER, OPERATOR, CLAIMER):
        for function, rest in (("claim", (0, 0, 1)), ("claimAtMost", (0, 0, 1))):
            with refused("NotClaimer", caller):
                registry.call(caller, function, HOME.meter, *rest)
        with refused("NotClaimer", caller):
            registry.call(caller, "changeCredit", HOME.meter, 1)
        with refused("NotClaimer", caller):
            registry.call(caller, "claimTrade", HOME.meter, 0, 1, HOME.meter, 0, 1, 1)


@pytest.mark.parametrize("function", ["claim", "claimAtMost"])
def test_unsound_claims_are_refused(
    registry: Contract, refused: RefusedWith, function: str
) -> None:
    with refused("MeterNotEnrolled", HOME.meter):
        registry.call(CLAIMER, function, HOME.meter, EXPORT, 0, 1)
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    with refused("DirectionUnknown", 2):
        registry.call(CLAIMER, function, HOME.meter, 2, 0, 1)
    with refused("IntervalBackwards", HOME.meter, 6, 5):
        registry.call(CLAIMER, function, HOME.meter, EXPORT, 6, 5)


def test_views_and_credit_of_strange_input(registry: Contract, refused: RefusedWith) -> None:
    with refused("DirectionUnknown", 2):
        registry.view("claimedUpTo", HOME.meter, 2)
    with refused("MeterNotEnrolled", HOME.meter):
        registry.call(CLAIMER, "changeCredit", HOME.meter, 1)


def test_credit_stays_within_its_bounds(registry: Contract) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    for change, credit in ((-3, 7), (-8, 0), (1, 1), (2**15 - 1, 2**15), (2**15 - 1, 2**16 - 1),
                           (1, 2**16 - 1)):  # fmt: skip
        registry.call(CLAIMER, "changeCredit", HOME.meter, change)
        assert registry.view("creditOf", HOME.meter) == credit


def test_directions_are_apart(registry: Contract) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 10, 30)
    registry.call(CLAIMER, "claim", HOME.meter, IMPORT, 5, 7)
    assert registry.view("claimedUpTo", HOME.meter, EXPORT) == 30
    assert registry.view("claimedUpTo", HOME.meter, IMPORT) == 7
    assert registry.view("creditOf", HOME.meter) == CREDIT


def test_no_microwatt_hour_twice(registry: Contract, refused: RefusedWith) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 10, 30)
    with refused("IntervalClaimed", HOME.meter, EXPORT, 29, 30):
        registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 29, 40)
    registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 30, 40)


def test_no_more_than_rated_power_times_blocks(
    world: World, registry: Contract, refused: RefusedWith
) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    world.evm.mine(5)
    most = (5 + BURST_BLOCKS) * BLOCK_UWH
    with refused("ClaimTooLarge", HOME.meter, EXPORT, most + 1, most):
        registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 0, most + 1)
    registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 0, most)
    with refused("ClaimTooLarge", HOME.meter, EXPORT, 1, 0):
        registry.call(CLAIMER, "claim", HOME.meter, EXPORT, most, most + 1)
    world.evm.mine(1)
    registry.call(CLAIMER, "claim", HOME.meter, EXPORT, most, most + BLOCK_UWH)


def test_energy_of_two_trades_may_be_claimed_in_one_block(world: World, registry: Contract) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    world.evm.mine(200)
    registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 0, 100 * BLOCK_UWH)
    registry.call(CLAIMER, "claim", HOME.meter, EXPORT, 100 * BLOCK_UWH, 200 * BLOCK_UWH)
    assert registry.view("claimedUpTo", HOME.meter, EXPORT) == 200 * BLOCK_UWH


def test_claim_at_most_takes_what_is_left(world: World, registry: Contract) -> None:
    registry.call(OPERATOR, "enroll", *ENROLMENT)
    registry.call(CLAIMER, "claim", HOME.meter, IMPORT, 0, 100)
    claims = ((50, 90), (50, 120), (0, 2**64 - 1), (0, 2**64 - 1))
    # all claimed before, partly claimed, more than the burst allows, nothing allowed any more
    for (from_, to), end in zip(claims, (100, 120, 120 + 6 * BLOCK_UWH, 120 + 6 * BLOCK_UWH),
                                strict=True):  # fmt: skip
        before = registry.view("claimedUpTo", HOME.meter, IMPORT)
        done = registry.call(CLAIMER, "claimAtMost", HOME.meter, IMPORT, from_, to)
        assert registry.view("claimedUpTo", HOME.meter, IMPORT) == end
        assert int.from_bytes(done.output, "big") == end - before


PARTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20 * BLOCK_UWH)), max_size=12)


@settings(deadline=None)
@given(rated_power_w=st.integers(1, 10**6), parts=PARTS)
def test_all_claims_together_stay_below_rated_power(
    rated_power_w: int, parts: list[tuple[int, int]]
) -> None:
    world = World()
    world.registry.call(OPERATOR, "setClaimer", CLAIMER, True)
    words = (HOME.meter, HOME.account, FEEDER, rated_power_w, CREDIT)
    world.registry.call(OPERATOR, "enroll", *words)
    start, claimed = world.evm.block, 0
    for blocks, energy_uwh in parts:
        world.evm.mine(blocks)
        try:
            interval = (claimed, claimed + energy_uwh)
            world.registry.call(CLAIMER, "claim", HOME.meter, EXPORT, *interval)
            claimed += energy_uwh
        except Refused as refusal:
            assert refusal.name == "ClaimTooLarge"
        limit_joule = rated_power_w * (world.evm.block - start + BURST_BLOCKS)
        assert claimed * 3600 <= limit_joule * 10**6
