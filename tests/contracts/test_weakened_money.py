"""Attacks on money that gain nothing, and gain where one defence is taken out: A20, A23, A24, A25.

Each attack is one function, mounted on the real contract and on the weakened one of its name in
weakened.toml; the gain is in tokens, or in credit where it says so.
"""

from tests.contracts.abi import Contract, decode_refusal
from tests.contracts.conftest import RefusedWith
from tests.contracts.evm import Evm
from tests.contracts.test_attacks import GUARD
from tests.contracts.world import (
    BLOCK_MS,
    CREDIT,
    FEEDER,
    MONEY,
    OPERATOR,
    RATED_POWER_W,
    REPORT_BLOCKS,
    TRADE_BLOCKS,
    Household,
    World,
)

REAL = "EnergyMarket"


class OtherToken(World):
    """The market with another token, which mints as asked."""

    token_kind = "HookToken"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.token = Contract(self.evm, self.token_kind)
        self.market = self.new_market(self.token.address)

    def pay_in(self, home: Household, amount: int) -> None:
        if amount:
            self.token.call(OPERATOR, "mint", home.account, amount)
            self.token.call(home.account, "approve", self.market.address, amount)
            self.market.call(home.account, "deposit", home.meter, amount)


class QuietWorld(OtherToken):
    token_kind = "QuietToken"


def enter_twice(kind: str) -> tuple[int, bytes]:
    """A20: withdraws, and again while it is being paid. Gain, and why the second was refused."""
    world = OtherToken(kind=kind)
    thief, victim = Household("thief"), world.household("victim")
    facts = (thief.meter, world.token.address, FEEDER, RATED_POWER_W, CREDIT)
    world.registry.call(OPERATOR, "enroll", *facts)
    world.token.call(OPERATOR, "mint", victim.account, 500)
    world.token.call(victim.account, "approve", world.market.address, 500)
    world.market.call(victim.account, "deposit", thief.meter, 500)
    again = world.market.data("withdraw", thief.meter, 500)
    world.token.call(OPERATOR, "arm", world.market.address, again)
    world.market.call(world.token.address, "withdraw", thief.meter, 500)
    return world.tokens(world.token.address) - 500, bytes(world.token.view("refusal"))


def test_a20_either_defence_holds_alone() -> None:
    assert enter_twice(REAL) == (0, GUARD)
    assert enter_twice("weakened/EffectsLast") == (0, GUARD)
    gain, refusal = enter_twice("weakened/GuardGone")
    assert (gain, decode_refusal(refusal + bytes(96)).name) == (0, "PurseTooSmall")


def test_a20_without_both_the_thief_is_paid_twice() -> None:
    assert enter_twice("weakened/GuardGoneEffectsLast") == (500, bytes(4))


def pay_with_nothing(kind: str) -> int:
    """A23: fills its purse with tokens that it has not, and takes those of others out."""
    world = QuietWorld(kind=kind)
    world.household("victim")
    thief = world.household("thief", purse=0)
    world.market.call(thief.account, "deposit", thief.meter, MONEY)
    world.market.call(thief.account, "withdraw", thief.meter, MONEY)
    return world.tokens(thief.account)


def test_a23_a_token_that_says_no_quietly(refused: RefusedWith) -> None:
    with refused("SafeERC20FailedOperation"):
        pay_with_nothing(REAL)
    assert pay_with_nothing("weakened/TransferUnchecked") == MONEY


def buy_for_2_to_the_128(kind: str) -> int:
    """A23: an accomplice's offers for 2^128 base units together, bought with an empty purse."""
    world = World(kind=kind)
    world.household("victim")
    friend, thief = (world.household(name, purse=0) for name in ("friend", "thief"))
    offers = [world.offer(friend, 2**62, 2**64 * 10**9) for _ in range(2)]
    offers += [world.offer(friend, 2**62, 2**65 * 10**9)]
    trades = world.buy(thief, offers, 3 * 2**62, 2**96 - 1)
    world.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS)
    world.close(trades[0])
    world.market.call(thief.account, "withdraw", thief.meter, MONEY)
    return world.tokens(thief.account)


def test_a23_a_sum_of_more_than_128_bits(refused: RefusedWith) -> None:
    with refused("PurseTooSmall", Household("thief").meter, 0, 2**128):
        buy_for_2_to_the_128(REAL)
    assert buy_for_2_to_the_128("weakened/EscrowCut") == MONEY


def credit_oneself(kind: str) -> int:
    """A24: credit for a meter that never traded."""
    evm = Evm()
    registry, home = Contract(evm, kind, OPERATOR, BLOCK_MS), Household("thief")
    facts = (home.meter, home.account, FEEDER, RATED_POWER_W, CREDIT)
    registry.call(OPERATOR, "enroll", *facts)
    registry.call(home.account, "changeCredit", home.meter, 1000)
    return int(registry.view("creditOf", home.meter)) - CREDIT


def test_a24_credit_is_given_by_claimers_only(refused: RefusedWith) -> None:
    with refused("NotClaimer", Household("thief").account):
        credit_oneself("MeterRegistry")
    assert credit_oneself("weakened/ClaimOpen") == 1000


def fill_by_hand(kind: str) -> int:
    """A24: calls what is internal."""
    world = World(kind=kind)
    world.household("victim")
    thief = world.household("thief", purse=0)
    inside = Contract(Evm(), "weakened/PutOpen", *[b"\1" * 20] * 2, 1, 1)
    world.market.send(thief.account, inside.data("_put", thief.meter, MONEY))
    world.market.call(thief.account, "withdraw", thief.meter, MONEY)
    return world.tokens(thief.account)


def test_a24_what_fills_purses_is_internal(refused: RefusedWith) -> None:
    """The real market has no such function: a bare revert, as for every unknown selector."""
    with refused(""):
        fill_by_hand(REAL)
    assert fill_by_hand("weakened/PutOpen") == MONEY


def lure(kind: str) -> int:
    """A25: a page that the victim's wallet calls withdraws from its purse."""
    world = World(kind=kind)
    victim, page = world.household("victim"), Contract(world.evm, "Relay")
    call = world.market.data("withdraw", victim.meter, MONEY)
    page.call(victim.account, "relay", world.market.address, call)
    return world.tokens(page.address)


def test_a25_the_caller_is_asked_not_the_wallet(refused: RefusedWith) -> None:
    with refused("NotMeterAccount"):
        lure(REAL)
    assert lure("weakened/Origin") == MONEY
