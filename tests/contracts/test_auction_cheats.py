"""Whoever clears or pays can only do it right: each way of cheating is really tried."""

from typing import Any

import pytest

from tests.contracts import auction_reference as reference
from tests.contracts.abi import Refused
from tests.contracts.auction_reference import Order
from tests.contracts.auction_world import (
    CLEARER,
    FEE,
    FUNDS,
    KWH,
    REVEAL,
    SLOT,
    STRANGER,
    TARIFF,
    AuctionWorld,
    events,
)
from tests.contracts.conftest import RefusedWith
from tests.contracts.world import Household

CENT = 10**16
# home, direction, energy, price: ties on both sides, a sell and a buy left over
BIDS = [(1, 30, 10), (0, 20, 25), (1, 30, 10), (0, 50, 25), (1, 10, 20), (0, 10, 9), (1, 5, 40)]


@pytest.fixture
def auction() -> AuctionWorld:
    return AuctionWorld(commits=False)


@pytest.fixture
def homes(auction: AuctionWorld) -> list[Household]:
    return [auction.household(str(n)) for n in range(len(BIDS))]


@pytest.fixture
def book(auction: AuctionWorld, homes: list[Household]) -> list[Order]:
    """A round that may be cleared."""
    return auction.enter(
        [(home, d, e * KWH // 1000, p * CENT) for home, (d, e, p) in zip(homes, BIDS, strict=True)]
    )


@pytest.fixture
def payouts(auction: AuctionWorld, book: list[Order]) -> bytes:
    """What must be paid."""
    return reference.pack_payouts(book, reference.clear(book, TARIFF, auction.funds()).payouts)


def rank(numbers: list[int]) -> bytes:
    return b"".join(n.to_bytes(2, "big") for n in numbers)


def parts(packed: bytes) -> list[bytes]:
    """Payouts one by one."""
    return [packed[i : i + 48] for i in range(0, len(packed), 48)]


def test_the_round_clears_once_and_all_are_paid(
    auction: AuctionWorld, book: list[Order], payouts: bytes, refused: RefusedWith
) -> None:
    done = auction.clear(book)
    told = [(p["meter"], p["amount"]) for p in events(done, "Paid")]
    assert told == [(part[:20], int.from_bytes(part[20:32], "big")) for part in parts(payouts)]
    assert auction.tokens(CLEARER) == FEE * len(book)
    with refused("RoundNotOpen", auction.slot):
        auction.clear(book)
    with refused("RoundNotPaying", auction.slot):
        auction.pay(payouts)


def test_orders_left_out_added_repeated_or_moved(
    auction: AuctionWorld, book: list[Order], refused: RefusedWith
) -> None:
    with refused("PackedLength", 41 * 7, 41 * 6):
        auction.clear(book[:-1])
    with refused("PackedLength", 41 * 7, 41 * 8):
        auction.clear([*book, book[0]])
    swapped = [book[2], book[1], book[0], *book[3:]]
    for wrong in ([*book[:-1], book[0]], book[::-1], swapped):
        with refused("OrdersDiffer"):
            auction.clear(wrong)


@pytest.mark.parametrize("change", range(4))
@pytest.mark.parametrize("which", [0, 3, 6])
def test_changed_orders(
    auction: AuctionWorld, book: list[Order], which: int, change: int, refused: RefusedWith
) -> None:
    order = book[which]
    changed = [
        order._replace(meter=book[1 if which != 1 else 0].meter),
        order._replace(price=order.price + 1),
        order._replace(is_sell=not order.is_sell),
        order._replace(energy_uwh=order.energy_uwh - 1),
    ][change]
    with refused("OrdersDiffer"):
        auction.clear([*book[:which], changed, *book[which + 1 :]])


def test_the_standing_cannot_be_chosen(
    auction: AuctionWorld, book: list[Order], refused: RefusedWith
) -> None:
    """Every other arrangement of the ranks is refused: ties, repetitions, other sides too."""
    sells, buys = reference.standing(book)
    assert (sells, buys) == ([0, 2, 4, 6], [1, 3, 5])
    wrong = {
        "tie of sells": ([2, 0, 4, 6], buys),
        "tie of buys": (sells, [3, 1, 5]),
        "dear sell first": ([6, 0, 2, 4], buys),
        "low buy first": (sells, [5, 1, 3]),
        "sell twice": ([0, 0, 2, 4], buys),
        "last sell twice": ([0, 2, 4, 4], buys),
        "buy twice": (sells, [1, 3, 3]),
    }
    for sells_, buys_ in wrong.values():
        with refused("RanksOutOfOrder"):
            auction.clear(book, ranks=rank(sells_ + buys_))
    others = ([0, 2, 4, 1], buys), (sells, [1, 3, 6]), ([0, 2, 4, 7], buys), (sells, [1, 3, 65535])
    for sells_, buys_ in others:
        with refused("RankOfOtherSide"):
            auction.clear(book, ranks=rank(sells_ + buys_))
    for numbers in (sells, sells + buys + [0], []):
        with refused("PackedLength"):
            auction.clear(book, ranks=rank(numbers))
    auction.clear(book)


@pytest.mark.parametrize("seed", range(5))
def test_no_random_ranks_pass(auction: AuctionWorld, book: list[Order], seed: int) -> None:
    import random

    chooser = random.Random(seed)
    right = reference.ranks(book)
    for _ in range(40):
        wrong = rank([chooser.randrange(9) for _ in book])
        if wrong != right:
            with pytest.raises(Refused):
                auction.clear(book, ranks=wrong)


def test_clearing_waits_for_the_last_order(auction: AuctionWorld, refused: RefusedWith) -> None:
    home = auction.household("early")
    slot = auction.to_commit()
    order = auction.sell(home, KWH, CENT)
    auction.place([order])
    auction.evm.block = (slot + 1) * SLOT + REVEAL - 1
    with refused("TooEarlyToClear", slot, (slot + 1) * SLOT + REVEAL):
        auction.clear([order.order])
    for future in (slot + 1, 2**64 - 1):
        with refused("TooEarlyToClear"):
            auction.clear([order.order], slot=future)
    auction.evm.mine(1)
    auction.clear([order.order])


def test_empty_rounds_are_not_cleared(auction: AuctionWorld, refused: RefusedWith) -> None:
    auction.to_commit()
    auction.to_clear()
    with refused("RoundEmpty", auction.slot):
        auction.clear([])
    with refused("RoundNotPaying", auction.slot):
        auction.pay(b"\0" * 48)


def test_a_round_is_cleared_however_late(auction: AuctionWorld, book: list[Order]) -> None:
    slot = auction.slot
    auction.evm.mine(1000 * SLOT)
    auction.clear(book, slot=slot)
    assert auction.stage(slot) == 2


@pytest.mark.parametrize("pay_now", range(len(BIDS) + 1))
@pytest.mark.parametrize("each", [1, 3])
def test_anybody_finishes_what_a_clearer_left(
    auction: AuctionWorld, homes: list[Household], book: list[Order], payouts: bytes, pay_now: int,
    each: int, refused: RefusedWith,
) -> None:  # fmt: skip
    """A clearer stalls after any number of payouts; a stranger asks the contract and pays on."""
    before = [auction.purse(home) for home in homes]
    (cleared,) = events(auction.clear(book, pay_now), "Cleared")
    slot = auction.slot
    words = (slot, reference.pack(book), reference.ranks(book), cleared["funds"])
    assert auction.auction.view("payoutsOf", *words) == payouts
    waiting = parts(payouts)[pay_now:]
    assert auction.stage() == (1 if waiting else 2)
    with refused("RoundNotOpen", slot):
        auction.clear(book)
    auction.evm.mine(5 * SLOT)
    while waiting:
        chunk, waiting = waiting[:each], waiting[each:]
        auction.pay(b"".join(chunk), b"".join(waiting), slot)
    assert auction.stage(slot) == 2
    for home, was, part in zip(homes, before, parts(payouts), strict=True):
        assert auction.purse(home) == was + int.from_bytes(part[20:32], "big")


def test_payouts_cannot_be_changed(
    auction: AuctionWorld, book: list[Order], payouts: bytes, refused: RefusedWith
) -> None:
    """Twice, out of turn, to another, too much, too little, with a wrong rest, cut short."""
    auction.clear(book, 1)
    first, *due = parts(payouts)
    rest = b"".join(due)
    more = (int.from_bytes(due[0][20:32], "big") + 1).to_bytes(12, "big")
    owed = (1).to_bytes(16, "big")
    wrong = {
        "already paid": (first, rest),
        "out of turn": (due[1], b"".join(due[2:])),
        "repeated": (due[0] + due[0], b"".join(due[1:])),
        "to another": (first[:20] + due[0][20:], b"".join(due[1:])),
        "too much": (due[0][:20] + more + due[0][32:], b"".join(due[1:])),
        "said to be owed": (due[0][:32] + owed, b"".join(due[1:])),
        "wrong rest": (due[0], b"".join(due[2:])),
        "no rest": (due[0], b""),
        "invented": (STRANGER + due[0][20:], b""),
    }
    for chunk, after in wrong.values():
        with refused("PayoutsDiffer"):
            auction.pay(chunk, after)
    with refused("NothingPaid"):
        auction.pay(b"", rest)
    for odd in (rest[:-1], b"\0" * 47):
        with refused("PackedLength" if len(odd) > 48 else "NothingPaid"):
            auction.pay(odd)
    auction.pay(due[0], b"".join(due[1:]))
    with refused("PayoutsDiffer"):
        auction.pay(due[0], b"".join(due[1:]))
    auction.pay(b"".join(due[1:]))
    with refused("RoundNotPaying", auction.slot):
        auction.pay(due[-1])


def test_payouts_are_of_one_slot(
    auction: AuctionWorld, homes: list[Household], refused: RefusedWith
) -> None:
    """Payouts of one round fit no other round, though both are being paid."""
    books = []
    for energy in (10**6, 2 * 10**6):
        books.append((auction.enter([(homes[0], 1, energy, CENT)]), auction.slot, auction.funds()))
        auction.clear(books[-1][0], 0)
    (one, slot, funds), (_, other, _) = books
    told = reference.pack_payouts(one, reference.clear(one, TARIFF, funds).payouts)
    with refused("PayoutsDiffer"):
        auction.pay(told, b"", other)
    auction.pay(told, b"", slot)


def test_front_running_a_clearer_takes_its_fees_only(
    auction: AuctionWorld, homes: list[Household], book: list[Order], payouts: bytes
) -> None:
    """A22: who clears first has the fees; nobody's payout depends on who it is."""
    before = [auction.purse(home) for home in homes]
    auction.clear(book, by=STRANGER)
    assert auction.tokens(STRANGER) == FEE * len(book)
    for home, was, part in zip(homes, before, parts(payouts), strict=True):
        assert auction.purse(home) - was == int.from_bytes(part[20:32], "big")


def test_clearing_without_paying_earns_nothing(
    auction: AuctionWorld, book: list[Order], payouts: bytes
) -> None:
    """Who clears and stalls leaves the fees to those who pay, each for its payouts."""
    auction.clear(book, 1)
    assert auction.tokens(CLEARER) == FEE
    rest = parts(payouts)[1:]
    auction.pay(b"".join(rest))
    assert auction.tokens(STRANGER) == FEE * len(rest)


def test_copying_a_placement_gains_nothing(auction: AuctionWorld, refused: RefusedWith) -> None:
    """A22: a front-runner's copy is the same order of the same meter."""
    home = auction.household("home")
    auction.to_commit()
    order = auction.sell(home, KWH, CENT)
    auction.auction.call(CLEARER, "place", auction.slot, [order.words])
    with refused("OrderGiven"):
        auction.place([order])
    auction.to_clear()
    auction.clear([order.order])
    assert auction.purse(home) > 10**17 - FEE


def test_spam_pays_for_its_clearing(auction: AuctionWorld) -> None:
    """Orders of 1 µWh: one a meter and slot, each with its fee, which its clearer has."""
    spammers = [auction.household(f"spam {n}") for n in range(5)]
    book = auction.enter([(home, 1, 1, 0) for home in spammers])
    was = auction.held()
    auction.clear(book)
    assert auction.tokens(CLEARER) == 5 * FEE
    assert auction.held() == was - 5 * FEE
    assert auction.funds() == FUNDS - 5 * (TARIFF.feed_in // 10**9)


def test_selectors_outside_the_interface_do_not_exist(auction: AuctionWorld) -> None:
    """A24: what is internal cannot be called."""
    inside: Any = auction.auction.functions
    for name in ("_pay", "_place", "_take", "_put", "_touched", "_keepFunds", "purses", "rounds"):
        assert name not in inside
