"""GridOperator: prices, trust, rewards, energy from the network."""

import pytest

from tests.contracts.abi import Contract
from tests.contracts.conftest import RefusedWith
from tests.contracts.operator_world import (
    MONEY,
    ORGANISATION,
    PRICE,
    RESERVE,
    REWARD,
    OperatorWorld,
)
from tests.contracts.world import OPERATOR, STRANGER, Household, event

KWH = 10**9
MOST, DEAREST = 2**64 - 1, 2**96 - 1


@pytest.fixture
def operator() -> OperatorWorld:
    return OperatorWorld()


@pytest.fixture
def buyer(operator: OperatorWorld) -> Household:
    return operator.customer("buyer")


def buy(operator: OperatorWorld, home: Household, amount: int, max_price: int = PRICE) -> int:
    done = operator.counter.call(home.account, "buyEnergy", amount, max_price)
    return int.from_bytes(done.output, "big")


def test_the_owner_alone_sets_prices_and_trust_and_takes_the_reserve(
    operator: OperatorWorld, refused: RefusedWith
) -> None:
    for function, words in (
        ("setPrice", (1,)),
        ("setReward", (1,)),
        ("trust", (STRANGER,)),
        ("untrust", (operator.smart_meter.address,)),
        ("withdraw", (STRANGER, 1)),
    ):
        for who in (STRANGER, ORGANISATION, operator.smart_meter.address):
            with refused("OwnableUnauthorizedAccount", who):
                operator.counter.call(who, function, *words)
    assert operator.counter.view("price") == PRICE
    assert operator.counter.view("reward") == REWARD


def test_every_act_of_the_owner_is_there_for_all_to_see(operator: OperatorWorld) -> None:
    assert event(operator.own("setPrice", DEAREST), "PriceSet") == {"price": DEAREST}
    assert event(operator.own("setReward", 0), "RewardSet") == {"reward": 0}
    assert event(operator.own("trust", STRANGER), "Trusted") == {"smartMeter": STRANGER}
    assert operator.counter.view("isTrusted", STRANGER) is True
    assert event(operator.own("untrust", STRANGER), "Untrusted") == {"smartMeter": STRANGER}
    assert operator.counter.view("isTrusted", STRANGER) is False
    said = event(operator.own("withdraw", ORGANISATION, 5), "Withdrawn")
    assert said == {"to": ORGANISATION, "amount": 5}
    assert operator.tokens(ORGANISATION) == 5


def test_trust_is_given_once_and_taken_once(operator: OperatorWorld, refused: RefusedWith) -> None:
    with refused("AlreadyTrusted", operator.smart_meter.address):
        operator.own("trust", operator.smart_meter.address)
    with refused("NotTrusted", STRANGER):
        operator.own("untrust", STRANGER)
    with refused("ZeroAddress"):
        operator.own("trust", bytes(20))


def test_no_counter_without_token_or_registry(
    operator: OperatorWorld, refused: RefusedWith
) -> None:
    token, registry = operator.token.address, operator.registry.address
    for facts in ((bytes(20), registry), (token, bytes(20))):
        with refused("ZeroAddress"):
            Contract(operator.evm, "GridOperator", OPERATOR, *facts)
    assert operator.counter.view("token") == token
    assert operator.counter.view("registry") == registry


def test_energy_is_paid_for_in_the_same_call(operator: OperatorWorld, buyer: Household) -> None:
    done = operator.counter.call(buyer.account, "buyEnergy", 2 * KWH + 1, PRICE)
    paid = (2 * KWH + 1) * PRICE // KWH
    said = {"buyer": buyer.account, "amountUwh": 2 * KWH + 1, "price": PRICE, "paid": paid}
    assert event(done, "EnergyBought") == said
    assert operator.tokens(buyer.account) == MONEY - paid
    assert operator.tokens(operator.counter.address) == RESERVE + paid


@pytest.mark.parametrize(("amount", "price"), [(1, 1), (KWH - 1, 1), (KWH, 1), (3, KWH - 1)])
def test_payment_is_rounded_down(
    operator: OperatorWorld, buyer: Household, amount: int, price: int
) -> None:
    operator.own("setPrice", price)
    assert buy(operator, buyer, amount) == amount * price // KWH
    assert operator.tokens(buyer.account) == MONEY - amount * price // KWH


def test_what_cannot_be_paid_is_not_bought(
    operator: OperatorWorld, buyer: Household, refused: RefusedWith
) -> None:
    operator.own("setPrice", DEAREST)
    with refused("ERC20InsufficientBalance", buyer.account, MONEY, MOST * DEAREST // KWH):
        buy(operator, buyer, MOST, DEAREST)
    operator.own("setPrice", PRICE)
    operator.token.call(buyer.account, "approve", operator.counter.address, PRICE - 1)
    with refused("ERC20InsufficientAllowance", operator.counter.address, PRICE - 1, PRICE):
        buy(operator, buyer, KWH)
    assert operator.tokens(buyer.account) == MONEY


def test_nothing_is_bought_at_no_price_above_the_bound_or_of_nothing(
    operator: OperatorWorld, buyer: Household, refused: RefusedWith
) -> None:
    with refused("ZeroAmount"):
        buy(operator, buyer, 0)
    with refused("PriceAboveBound", PRICE, PRICE - 1):
        buy(operator, buyer, KWH, PRICE - 1)
    operator.own("setPrice", 0)
    with refused("PriceUnset"):
        buy(operator, buyer, KWH)


def test_rewards_only_by_trusted_smart_meters(
    operator: OperatorWorld, refused: RefusedWith
) -> None:
    home = operator.household("home")
    for who in (STRANGER, OPERATOR, ORGANISATION, home.account, home.meter):
        with refused("NotTrusted", who):
            operator.counter.call(who, "rewardProduction", home.meter, 1)
    assert operator.tokens(home.account) == 0


def test_a_trusted_caller_decides_what_is_rewarded(
    operator: OperatorWorld, refused: RefusedWith
) -> None:
    """Which is why its code is checked before it is trusted: the reserve is at stake, no more."""
    home = operator.household("home")
    operator.own("trust", ORGANISATION)
    done = operator.counter.call(ORGANISATION, "rewardProduction", home.meter, 3)
    assert int.from_bytes(done.output, "big") == 3 * REWARD // KWH
    for meter, energy, error in (
        (home.meter, 0, "ZeroAmount"),
        (Household("nobody").meter, 1, "MeterNotEnrolled"),
        (home.meter, MOST, "ReserveShort"),
    ):
        with refused(error):
            operator.counter.call(ORGANISATION, "rewardProduction", meter, energy)


def test_nothing_is_withdrawn_to_nobody_or_beyond_the_reserve(
    operator: OperatorWorld, refused: RefusedWith
) -> None:
    with refused("ZeroAddress"):
        operator.own("withdraw", bytes(20), 1)
    counter = operator.counter.address
    with refused("ERC20InsufficientBalance", counter, RESERVE, RESERVE + 1):
        operator.own("withdraw", OPERATOR, RESERVE + 1)
    operator.own("withdraw", OPERATOR, RESERVE)
    assert operator.tokens(OPERATOR) == RESERVE
