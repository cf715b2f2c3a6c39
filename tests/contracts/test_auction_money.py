"""Purses, lost deposits, the utility's funds, debts and tariff, re-entrancy."""

import pytest
from eth_utils.crypto import keccak

from tests.contracts.auction_reference import Tariff
from tests.contracts.auction_world import (
    COMMIT,
    DEPOSIT,
    FEE,
    FUNDS,
    KWH,
    PURSE,
    REVEAL,
    SLOT,
    STRANGER,
    TARIFF,
    UTILITY,
    AuctionWorld,
    events,
)
from tests.contracts.conftest import RefusedWith
from tests.contracts.world import OPERATOR, Household

ENERGY = KWH // 10
GUARD = keccak(text="ReentrancyGuardReentrantCall()")[:4]


@pytest.fixture
def auction() -> AuctionWorld:
    return AuctionWorld()


@pytest.fixture
def home(auction: AuctionWorld) -> Household:
    return auction.household("home")


def committed(auction: AuctionWorld, home: Household) -> int:
    """A commitment that nobody will reveal; its slot."""
    slot = auction.to_commit()
    auction.commit(home, auction.sell(home, 1, 1))
    return slot


def test_money_goes_in_by_anyone_and_out_by_the_account(
    auction: AuctionWorld, home: Household, refused: RefusedWith
) -> None:
    auction.rich(STRANGER, 50)
    done = auction.auction.call(STRANGER, "deposit", home.meter, 50)
    assert events(done, "Deposited") == [{"meter": home.meter, "payer": STRANGER, "amount": 50}]
    assert auction.purse(home) == PURSE + 50
    for thief in (STRANGER, OPERATOR, UTILITY, home.meter):
        with refused("NotMeterAccount", home.meter, thief):
            auction.auction.call(thief, "withdraw", home.meter, 1)
    with refused("PurseTooSmall", home.meter, PURSE + 50, PURSE + 51):
        auction.auction.call(home.account, "withdraw", home.meter, PURSE + 51)
    auction.auction.call(home.account, "withdraw", home.meter, PURSE + 50)
    assert (auction.purse(home), auction.tokens(home.account)) == (0, PURSE + 50)
    with refused("NothingWithdrawn"):
        auction.auction.call(home.account, "withdraw", home.meter, 0)


def test_deposits_that_make_no_sense(
    auction: AuctionWorld, home: Household, refused: RefusedWith
) -> None:
    auction.rich(STRANGER, 50)
    for name, words in (("deposit", (home.meter, 0)), ("fund", (0,))):
        with refused("NothingDeposited"):
            auction.auction.call(STRANGER, name, *words)
    with refused("MeterNotEnrolled", STRANGER):
        auction.auction.call(STRANGER, "deposit", STRANGER, 1)
    with refused("ERC20InsufficientBalance"):
        auction.auction.call(STRANGER, "deposit", home.meter, 51)


def test_more_money_than_a_purse_holds(refused: RefusedWith) -> None:
    auction = AuctionWorld(token="HookToken")
    home = auction.household("home", purse=0)
    auction.rich(home.account, 2**88)
    for name, words in (("deposit", (home.meter, 2**88 - FUNDS)), ("fund", (2**88 - FUNDS,))):
        with refused("TooMuchMoney", 2**88):
            auction.auction.call(home.account, name, *words)
    auction.auction.call(home.account, "deposit", home.meter, 2**88 - 1 - FUNDS)
    assert auction.purse(home) == 2**88 - 1 - FUNDS


def test_a_retired_meter_s_money_is_its_account_s(auction: AuctionWorld, home: Household) -> None:
    auction.registry.call(OPERATOR, "retire", home.meter)
    auction.auction.call(home.account, "withdraw", home.meter, PURSE)
    assert auction.tokens(home.account) == PURSE


def test_a_commitment_locks_its_deposit(
    auction: AuctionWorld, home: Household, refused: RefusedWith
) -> None:
    """Until the last block in which it may be revealed; a poor meter cannot commit."""
    slot = committed(auction, home)
    for offset in (0, COMMIT, COMMIT + REVEAL - 1):
        auction.to_offset(offset)
        assert auction.purse(home) == PURSE - DEPOSIT
        with refused("PurseTooSmall", home.meter, PURSE - DEPOSIT, PURSE):
            auction.auction.call(home.account, "withdraw", home.meter, PURSE)
    assert slot == auction.slot
    poor = auction.household("poor", purse=DEPOSIT - 1)
    auction.to_commit()
    with refused("PurseTooSmall", poor.meter, DEPOSIT - 1, DEPOSIT):
        auction.commit(poor, auction.sell(poor, 1, 1))


@pytest.mark.parametrize("how", ["withdraw", "commit"])
def test_an_unrevealed_order_loses_its_deposit(
    auction: AuctionWorld, home: Household, how: str
) -> None:
    """Once, to the utility, at the next touch; it was not to be had from the end of the window."""
    committed(auction, home)
    auction.to_offset(COMMIT + REVEAL)
    assert auction.purse(home) == PURSE - DEPOSIT
    assert auction.auction.view("givenOf", home.meter, auction.slot)[1] == b"\0" * 18
    if how == "withdraw":
        done = auction.auction.call(home.account, "withdraw", home.meter, PURSE - DEPOSIT)
        assert auction.purse(home) == 0
    else:
        auction.to_commit()
        done = auction.commit(home, auction.sell(home, 1, 1))
        assert auction.purse(home) == PURSE - 2 * DEPOSIT
    assert events(done, "Forfeited") == [{"meter": home.meter, "amount": DEPOSIT}]
    assert auction.funds() == FUNDS + DEPOSIT


def test_whoever_clears_does_not_get_its_own_deposit_back(
    auction: AuctionWorld, home: Household
) -> None:
    committed(auction, home)
    other = auction.household("other")
    auction.evm.mine(SLOT)
    auction.clear(auction.enter([(other, 1, 1, 1)]), by=home.account)
    assert auction.tokens(home.account) == FEE
    assert auction.purse(home) == PURSE - DEPOSIT


def test_an_underfunded_utility_blocks_no_round(refused: RefusedWith) -> None:
    """It pays what it has, in rank order; the rest is owed, and collected by anyone later."""
    due = ENERGY * TARIFF.feed_in // 10**9
    auction = AuctionWorld(funds=due + 5)
    homes = [auction.household(str(n)) for n in range(3)]
    book = auction.enter([(home, 1, ENERGY, 30 - n) for n, home in enumerate(homes)])
    (cleared,) = events(auction.clear(book), "Cleared")
    assert (cleared["spent"], cleared["owed"]) == (due + 5, 2 * due - 5)
    assert [auction.owed(home) for home in homes] == [due, due - 5, 0]  # the cheapest first
    assert auction.auction.view("utility") == (0, 2 * due - 5)
    with refused("NothingToCollect", homes[0].meter):
        auction.auction.call(STRANGER, "collect", homes[0].meter)
    auction.rich(UTILITY, due + 7)
    auction.auction.call(UTILITY, "fund", due + 7)
    with refused("FundsTooSmall", 0, 1):  # it is owed
        auction.auction.call(UTILITY, "draw", 1)
    auction.auction.call(STRANGER, "collect", homes[0].meter)
    assert auction.purse(homes[0]) == PURSE - FEE + due
    done = auction.auction.call(STRANGER, "collect", homes[1].meter)
    assert events(done, "Collected") == [{"meter": homes[1].meter, "amount": 7}]
    assert (auction.owed(homes[1]), auction.funds()) == (due - 12, 0)
    with refused("NothingToCollect", homes[2].meter):
        auction.auction.call(STRANGER, "collect", homes[2].meter)


def test_a_round_s_own_buys_pay_for_its_sells() -> None:
    """What the utility takes for buys left over is there for the same round's sells."""
    auction = AuctionWorld(funds=0)
    seller, buyer = auction.household("seller"), auction.household("buyer")
    book = auction.enter([(seller, 1, ENERGY, 10**18), (buyer, 0, ENERGY, 0)])
    auction.clear(book)
    income = ENERGY * (TARIFF.grid_buy - TARIFF.feed_in) // 10**9
    assert (auction.owed(seller), auction.funds()) == (0, income)


def test_only_the_utility_draws_and_sets_the_tariff(
    auction: AuctionWorld, home: Household, refused: RefusedWith
) -> None:
    for thief in (STRANGER, OPERATOR, home.account):
        with refused("OwnableUnauthorizedAccount", thief):
            auction.auction.call(thief, "draw", 1)
        with refused("OwnableUnauthorizedAccount", thief):
            auction.auction.call(thief, "setTariff", 2, 1)
    with refused("FundsTooSmall", FUNDS, FUNDS + 1):  # purses are not the utility's
        auction.auction.call(UTILITY, "draw", FUNDS + 1)
    with refused("NothingWithdrawn"):
        auction.auction.call(UTILITY, "draw", 0)
    auction.auction.call(UTILITY, "draw", FUNDS)
    assert auction.tokens(UTILITY) == FUNDS


def test_a_tariff_holds_from_the_next_slot_on(auction: AuctionWorld, refused: RefusedWith) -> None:
    slot = auction.to_commit()  # slot + 1 is running
    with refused("TariffInverted", 1, 2):
        auction.auction.call(UTILITY, "setTariff", 1, 2)
    for prices in ((5, 4), (9, 1)):  # the later one in a slot counts
        done = auction.auction.call(UTILITY, "setTariff", *prices)
        assert events(done, "TariffSet")[0]["fromSlot"] == slot + 2
    for known, tariff in ((0, TARIFF), (slot, TARIFF), (slot + 1, TARIFF), (slot + 2, (9, 1))):
        assert auction.auction.view("tariffOf", known) == tuple(tariff)
    for n in range(12):  # many later ones do not move the earlier
        auction.evm.mine(SLOT)
        auction.auction.call(UTILITY, "setTariff", 100 + n, n)
    assert auction.auction.view("tariffOf", slot + 1) == TARIFF
    assert auction.auction.view("tariffOf", slot + 3) == (100, 0)
    assert auction.auction.view("tariffOf", 2**64 - 1) == (111, 11)


def test_a_change_of_tariff_reaches_no_committed_slot(
    auction: AuctionWorld, home: Household
) -> None:
    """A22: the utility sees the orders, and can do nothing about their slot any more."""
    auction.to_commit()
    order = auction.buy(home, ENERGY, 0)
    auction.commit(home, order)
    auction.auction.call(UTILITY, "setTariff", 2**88 - 1, 0)
    auction.to_place()
    auction.place([order])
    auction.auction.call(UTILITY, "setTariff", 2**88 - 1, 2**88 - 1)
    auction.to_clear()
    slot = auction.slot
    auction.evm.mine(3 * SLOT)
    auction.clear([order.order], slot=slot)
    assert auction.purse(home) == PURSE - FEE - ENERGY * TARIFF.grid_buy // 10**9


@pytest.mark.parametrize(
    "tariff", [Tariff(0, 0), Tariff(2**88 - 1, 0), Tariff(2**88 - 1, 2**88 - 1)]
)
def test_extreme_tariffs_block_no_round(tariff: Tariff) -> None:
    auction = AuctionWorld(commits=False, tariff=tariff)
    seller, buyer = auction.household("seller"), auction.household("buyer")
    bids = [(seller, 1, ENERGY, 1)]
    book = auction.enter(bids if tariff.grid_buy else [*bids, (buyer, 0, 2 * ENERGY, 0)])
    auction.clear(book)
    assert auction.purse(seller) + auction.owed(seller) >= PURSE - FEE
    assert auction.stage() == 2


INNER = ("place", "clear", "pay", "collect", "deposit", "withdraw", "fund", "draw")


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("outer", ["deposit", "withdraw", "clear", "fund", "draw"])
def test_a20_reentrancy_gains_nothing(outer: str, inner: str) -> None:
    """While tokens move, nothing that moves money works."""
    auction = AuctionWorld(commits=False, token="HookToken")
    home = auction.household("home")
    for account in (UTILITY, home.account):
        auction.rich(account, 10)
    book = auction.enter([(home, 1, 1, 1)])
    words = {
        "place": (auction.slot, [auction.sell(home, 1, 1).words]),
        "clear": (auction.slot, b"\0" * 41, b"\0\0", 1),
        "pay": (auction.slot, b"\0" * 48, b"\0" * 27),
        "collect": (home.meter,),
        "deposit": (home.meter, 1),
        "withdraw": (home.meter, 1),
        "fund": (1,),
        "draw": (1,),
    }
    call = auction.auction.data(inner, *words[inner])
    auction.token.call(STRANGER, "arm", auction.auction.address, call)
    if outer == "clear":
        auction.clear(book)
    else:
        who = UTILITY if outer in ("fund", "draw") else home.account
        auction.auction.call(who, outer, *words[outer])
    assert auction.token.view("attempts") == 1
    refusal = bytes(auction.token.view("refusal"))[:4]
    unauthorised = keccak(text="OwnableUnauthorizedAccount(address)")[:4]
    assert refusal == (unauthorised if inner == "draw" else GUARD)
    assert not auction.token.view("succeeded")


def test_a25_a_relayed_wallet_signs_for_nobody(auction: AuctionWorld, home: Household) -> None:
    """A page that calls on in the visitor's name: the contract sees the page, not the visitor."""
    from tests.contracts.abi import Contract, Refused

    relay = Contract(auction.evm, "Relay")
    slot = auction.to_commit()
    calls = {
        "commit": (slot, home.meter, b"\x01" * 18),
        "withdraw": (home.meter, 1),
    }
    for name, words in calls.items():
        data = auction.auction.data(name, *words)
        with pytest.raises(Refused) as caught:
            relay.call(home.account, "relay", auction.auction.address, data)
        assert caught.value.name == "NotMeterAccount"
