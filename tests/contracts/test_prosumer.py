"""Prosumer: a household's own account, which its owner alone moves."""

import pytest

from tests.contracts.abi import Contract
from tests.contracts.conftest import RefusedWith
from tests.contracts.operator_world import PRICE, RESERVE, REWARD, OperatorWorld
from tests.contracts.world import BLOCK_UWH, OPERATOR, STRANGER, event

KWH = 10**9
ANN, BOB = b"\xa1" * 20, b"\xb0" * 20
MONEY = 10**18


@pytest.fixture
def operator() -> OperatorWorld:
    return OperatorWorld()


@pytest.fixture
def prosumer(operator: OperatorWorld) -> Contract:
    """Ann's account, with money that she bought."""
    made = Contract(operator.evm, "Prosumer", ANN)
    operator.evm.fund(ANN, MONEY)
    made.call(ANN, "buyTokens", operator.token.address, value=MONEY)
    return made


def test_coins_become_tokens_of_the_account(operator: OperatorWorld, prosumer: Contract) -> None:
    assert operator.tokens(prosumer.address) == MONEY
    assert operator.evm.wei(prosumer.address) == operator.evm.wei(ANN) == 0


def test_coins_come_in_as_tokens_or_not_at_all(
    operator: OperatorWorld, prosumer: Contract, refused: RefusedWith
) -> None:
    with refused("NothingPaid"):
        prosumer.call(ANN, "buyTokens", operator.token.address)
    operator.evm.fund(ANN, 5)
    with refused(""):
        prosumer.send(ANN, b"", 5)
    assert operator.evm.wei(prosumer.address) == 0


def test_the_owner_pays_for_energy(operator: OperatorWorld, prosumer: Contract) -> None:
    words = (operator.counter.address, KWH + 1, PRICE)
    done = prosumer.call(ANN, "payForEnergy", *words)
    paid = (KWH + 1) * PRICE // KWH
    assert int.from_bytes(done.output, "big") == paid
    said = {"operator": operator.counter.address, "amountUwh": KWH + 1, "paid": paid}
    assert event(done, "EnergyPaid") == said
    assert event(done, "EnergyBought")["buyer"] == prosumer.address
    assert operator.tokens(prosumer.address) == MONEY - paid
    assert operator.tokens(operator.counter.address) == RESERVE + paid
    assert operator.token.view("allowance", prosumer.address, operator.counter.address) == 0


def test_the_owner_sends_tokens(
    operator: OperatorWorld, prosumer: Contract, refused: RefusedWith
) -> None:
    done = prosumer.call(ANN, "transfer", operator.token.address, BOB, 7)
    said = {"token": operator.token.address, "to": BOB, "amount": 7}
    assert event(done, "TokensSent") == said
    assert operator.tokens(BOB) == 7
    with refused("ZeroAddress"):
        prosumer.call(ANN, "transfer", operator.token.address, bytes(20), 1)
    with refused("ERC20InsufficientBalance", prosumer.address, MONEY - 7, MONEY):
        prosumer.call(ANN, "transfer", operator.token.address, BOB, MONEY)


def test_nobody_else_moves_anything(
    operator: OperatorWorld, prosumer: Contract, refused: RefusedWith
) -> None:
    """A25: nor does a page that the owner's wallet calls."""
    relay = Contract(operator.evm, "Relay")
    for function, words in (
        ("payForEnergy", (operator.counter.address, KWH, PRICE)),
        ("transfer", (operator.token.address, STRANGER, 1)),
        ("buyTokens", (operator.token.address,)),
    ):
        for who in (STRANGER, OPERATOR, operator.counter.address):
            with refused("OwnableUnauthorizedAccount", who):
                prosumer.call(who, function, *words)
        with refused("OwnableUnauthorizedAccount", relay.address):
            relay.call(ANN, "relay", prosumer.address, prosumer.data(function, *words))
    assert operator.tokens(prosumer.address) == MONEY


def test_a22_a_price_raised_in_front_gains_nothing(
    operator: OperatorWorld, prosumer: Contract, refused: RefusedWith
) -> None:
    operator.own("setPrice", PRICE + 1)
    with refused("PriceAboveBound", PRICE + 1, PRICE):
        prosumer.call(ANN, "payForEnergy", operator.counter.address, KWH, PRICE)
    assert operator.tokens(prosumer.address) == MONEY
    operator.own("setPrice", 1)
    prosumer.call(ANN, "payForEnergy", operator.counter.address, KWH, PRICE)
    assert operator.tokens(prosumer.address) == MONEY - 1


@pytest.mark.parametrize(
    ("takes", "says", "left"), [(0, 5, 5), (4, 5, 1), (5, 4, 0)], ids=["none", "less", "lie"]
)
def test_an_operator_that_takes_other_than_agreed_gets_nothing(
    operator: OperatorWorld,
    prosumer: Contract,
    refused: RefusedWith,
    takes: int,
    says: int,
    left: int,
) -> None:
    """It would keep a leave to take the rest when nobody looks."""
    crook = Contract(operator.evm, "CrookedOperator", operator.token.address)
    crook.call(STRANGER, "plan", 5 * KWH, takes, says)
    with refused("PaymentNotTaken", crook.address, left):
        prosumer.call(ANN, "payForEnergy", crook.address, 1, 5 * KWH)
    assert operator.tokens(prosumer.address) == MONEY
    assert operator.token.view("allowance", prosumer.address, crook.address) == 0


def test_an_operator_cannot_take_more_than_agreed(
    operator: OperatorWorld, prosumer: Contract, refused: RefusedWith
) -> None:
    crook = Contract(operator.evm, "CrookedOperator", operator.token.address)
    crook.call(STRANGER, "plan", 5 * KWH, 6, 5)
    with refused("ERC20InsufficientAllowance", crook.address, 5, 6):
        prosumer.call(ANN, "payForEnergy", crook.address, 1, 5 * KWH)


def test_the_bound_holds_against_an_operator_that_forgets_it(
    operator: OperatorWorld, prosumer: Contract, refused: RefusedWith
) -> None:
    crook = Contract(operator.evm, "CrookedOperator", operator.token.address)
    crook.call(STRANGER, "plan", 5 * KWH, 5, 5)
    with refused("PriceAboveBound", 5 * KWH, 5 * KWH - 1):
        prosumer.call(ANN, "payForEnergy", crook.address, 1, 5 * KWH - 1)
    prosumer.call(ANN, "payForEnergy", crook.address, 1, 5 * KWH)
    assert operator.tokens(prosumer.address) == MONEY - 5


def test_seed_002_produce_reward_buy(operator: OperatorWorld, prosumer: Contract) -> None:
    """The meter's account is the contract: its reward pays for energy from the network."""
    home = operator.household("home", prosumer.address)
    operator.evm.mine(100)
    prosumer.call(ANN, "transfer", operator.token.address, BOB, MONEY)
    operator.report(operator.claim(home, 0, 60 * BLOCK_UWH), home)
    earned = 60 * BLOCK_UWH * REWARD // KWH
    assert operator.tokens(prosumer.address) == earned
    energy = earned * KWH // PRICE
    prosumer.call(ANN, "payForEnergy", operator.counter.address, energy, PRICE)
    assert operator.tokens(prosumer.address) == earned - energy * PRICE // KWH
