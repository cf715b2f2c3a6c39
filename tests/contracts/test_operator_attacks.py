"""Attacks on operator and smart meter, each really mounted: A16, A20, A22, A23, A25 of the list.

A17 for them is with the ledger's, A22 of a reward with the smart meter's.
"""

from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from tests.contracts.abi import Contract, Refused
from tests.contracts.conftest import RefusedWith
from tests.contracts.operator_world import MONEY, PRICE, RESERVE, REWARD, OperatorWorld
from tests.contracts.world import BLOCK_UWH, OPERATOR, STRANGER, Household

KWH, DEAREST = 10**9, 2**96 - 1
ENERGY = 20 * BLOCK_UWH
GUARD = keccak(text="ReentrancyGuardReentrantCall()")[:4]
CLAIMED = keccak(text="IntervalClaimed(address,uint8,uint64,uint64)")[:4]


class HookWorld(OperatorWorld):
    """The counter with a token whose transfers call back, and which it even trusts."""

    def new_token(self) -> Contract:
        return Contract(self.evm, "HookToken")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.own("trust", self.token.address)
        self.home = self.household("home")
        self.evm.mine(100)

    def enrich(self, account: bytes, amount: int) -> None:
        self.token.call(OPERATOR, "mint", account, amount)


def inner_calls(world: HookWorld) -> dict[str, tuple[bytes, bytes, bytes]]:
    """What the token calls from inside a transfer: to whom, the bytes, the refusal."""
    claim = world.claim(world.home, 0, ENERGY)
    later = replace(claim, from_=ENERGY, to=2 * ENERGY, number=2)
    reports = [world.words(c, world.home) for c in (claim, later)]
    counter, meter = world.counter, world.smart_meter
    return {
        "same": (meter.address, meter.data("reportProduction", *reports[0]), CLAIMED),
        "later": (meter.address, meter.data("reportProduction", *reports[1]), GUARD),
        "reward": (
            counter.address, counter.data("rewardProduction", world.home.meter, ENERGY), GUARD
        ),
        "buy": (counter.address, counter.data("buyEnergy", 1, PRICE), GUARD),
    }  # fmt: skip


@pytest.mark.parametrize("inner", ["same", "later", "reward", "buy"])
def test_a20_reentrancy_from_a_reward_gains_nothing(inner: str) -> None:
    world = HookWorld()
    target, data, refusal = inner_calls(world)[inner]
    world.token.call(OPERATOR, "arm", target, data)
    world.report(world.claim(world.home, 0, ENERGY), world.home)
    assert world.token.view("attempts") == 1
    assert world.token.view("succeeded") is False
    assert world.token.view("refusal") == refusal
    paid = ENERGY * REWARD // KWH
    assert (world.tokens(world.home.account), world.claimed(world.home)) == (paid, ENERGY)
    assert world.tokens(world.counter.address) == RESERVE - paid


@pytest.mark.parametrize("inner", ["later", "reward", "buy"])
def test_a20_reentrancy_from_a_purchase_gains_nothing(inner: str) -> None:
    world = HookWorld()
    buyer = world.customer("buyer")
    target, data, refusal = inner_calls(world)[inner]
    world.token.call(OPERATOR, "arm", target, data)
    world.counter.call(buyer.account, "buyEnergy", KWH, PRICE)
    assert world.token.view("succeeded") is False
    assert world.token.view("refusal") == refusal
    assert world.tokens(world.counter.address) == RESERVE + PRICE
    assert world.claimed(world.home) == 0


def test_a22_a_price_raised_in_front_of_a_purchase_gains_nothing(refused: RefusedWith) -> None:
    world = OperatorWorld()
    buyer = world.customer("buyer")
    purchase = world.counter.data("buyEnergy", KWH, PRICE)
    world.own("setPrice", PRICE + 1)
    with refused("PriceAboveBound", PRICE + 1, PRICE):
        world.counter.send(buyer.account, purchase)
    assert world.tokens(buyer.account) == MONEY


def test_a22_a_claim_seen_in_the_open_is_worth_nothing_to_others() -> None:
    """Whoever brings it first, the money goes to the meter's account."""
    world = OperatorWorld()
    home = world.household("home")
    world.evm.mine(100)
    words = world.words(world.claim(home, 0, ENERGY), home)
    world.smart_meter.call(STRANGER, "reportProduction", *words)
    assert world.tokens(STRANGER) == 0
    assert world.tokens(home.account) == ENERGY * REWARD // KWH


def test_a23_a_token_that_answers_false_buys_nothing(refused: RefusedWith) -> None:
    world = OperatorWorld()
    false = Contract(world.evm, "FalseToken")
    facts = (OPERATOR, false.address, world.registry.address)
    counter = Contract(world.evm, "GridOperator", *facts)
    counter.call(OPERATOR, "setPrice", PRICE)
    with refused("SafeERC20FailedOperation", false.address):
        counter.call(STRANGER, "buyEnergy", 1, PRICE)


def test_a25_a_page_that_the_operators_wallet_calls_sets_nothing(refused: RefusedWith) -> None:
    world = OperatorWorld()
    relay = Contract(world.evm, "Relay")
    for function, words in (
        ("setPrice", (1,)),
        ("setReward", (DEAREST,)),
        ("trust", (STRANGER,)),
        ("withdraw", (STRANGER, RESERVE)),
    ):
        call = world.counter.data(function, *words)
        with refused("OwnableUnauthorizedAccount", relay.address):
            relay.call(OPERATOR, "relay", world.counter.address, call)


def test_a16_padded_calls_are_refused(refused: RefusedWith) -> None:
    world = OperatorWorld()
    home = world.household("home")
    buyer = world.customer("buyer")
    world.evm.mine(100)
    report = world.smart_meter.data(
        "reportProduction", *world.words(world.claim(home, 0, ENERGY), home)
    )
    purchase = world.counter.data("buyEnergy", 1, PRICE)
    for contract, call in ((world.smart_meter, report), (world.counter, purchase)):
        with refused("CalldataLength", len(call), len(call) + 32):
            contract.send(buyer.account, call + bytes(32))


def test_a_colluding_smart_meter_costs_the_reserve_and_nothing_else() -> None:
    """It was trusted by mistake: it rewards at will, until the reserve is gone or trust is."""
    world = OperatorWorld()
    home, buyer = Household("home"), world.customer("buyer")
    world.household("home")
    world.own("trust", STRANGER)
    most = RESERVE * KWH // REWARD
    world.counter.call(STRANGER, "rewardProduction", home.meter, most)
    left = world.tokens(world.counter.address)
    assert left < REWARD
    with pytest.raises(Refused, match="ReserveShort"):
        world.counter.call(STRANGER, "rewardProduction", home.meter, KWH)
    world.own("untrust", STRANGER)
    with pytest.raises(Refused, match="NotTrusted"):
        world.counter.call(STRANGER, "rewardProduction", home.meter, 1)
    assert world.tokens(buyer.account) == MONEY
    assert world.claimed(home) == 0
