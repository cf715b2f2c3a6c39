"""Commitments and orders: who may give them, when, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.abi import Contract
from tests.contracts.auction_world import (
    COMMIT,
    DEPOSIT,
    FEE,
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

PRICE = 2 * 10**17
ENERGY = KWH // 20
NOBODY = b"\0" * 20


@pytest.fixture
def auction() -> AuctionWorld:
    return AuctionWorld()


@pytest.fixture
def plain() -> AuctionWorld:
    """Without commitments."""
    return AuctionWorld(commits=False)


@pytest.fixture
def home(auction: AuctionWorld) -> Household:
    return auction.household("home")


def test_a_committed_order_is_placed_by_anyone(auction: AuctionWorld, home: Household) -> None:
    slot = auction.to_commit()
    order = auction.buy(home, ENERGY, PRICE)
    assert events(auction.commit(home, order), "Committed") == [{"slot": slot, "meter": home.meter}]
    assert auction.purse(home) == PURSE - DEPOSIT  # locked
    assert auction.auction.view("givenOf", home.meter, slot) == (True, auction.commitment(order))
    auction.to_place()
    (placed,) = events(auction.place([order]), "Placed")
    assert placed == {
        "slot": slot, "meter": home.meter, "direction": 0, "energyUwh": ENERGY, "price": PRICE,
    }  # fmt: skip
    maximum = ENERGY * TARIFF.grid_buy // 10**9  # dearer than its own price
    assert auction.purse(home) == PURSE - maximum - FEE  # the deposit is free again
    assert auction.auction.view("givenOf", home.meter, slot) == (True, b"\0" * 18)
    assert auction.registry.view("claimedUpTo", home.meter, 0) == ENERGY


def test_a_dear_buyer_is_held_at_its_own_price(plain: AuctionWorld) -> None:
    home = plain.household("home")
    plain.to_commit()
    plain.place([plain.buy(home, 7, 3 * TARIFF.grid_buy + 1)])
    assert plain.purse(home) == PURSE - 7 * (3 * TARIFF.grid_buy + 1) // 10**9 - FEE


def test_the_commitment_is_the_stated_hash(auction: AuctionWorld, home: Household) -> None:
    slot = auction.to_commit()
    order = auction.sell(home, ENERGY, PRICE)
    words = (slot, *order.words[:6])
    assert auction.auction.view("commitmentOf", *words) == auction.commitment(order)


@pytest.mark.parametrize("block", [-1, COMMIT])
def test_commitments_come_within_their_window(
    auction: AuctionWorld, home: Household, block: int, refused: RefusedWith
) -> None:
    slot = auction.to_commit()
    end = (slot + 1) * SLOT
    auction.evm.block = end + block
    with refused("WindowClosed", slot, end, end + COMMIT):
        auction.auction.call(home.account, "commit", slot, home.meter, b"\x01" * 18)


@pytest.mark.parametrize("block", [COMMIT - 1, COMMIT + REVEAL])
def test_orders_come_within_their_window(
    auction: AuctionWorld, home: Household, block: int, refused: RefusedWith
) -> None:
    slot = auction.to_commit()
    order = auction.sell(home, ENERGY, PRICE)
    auction.commit(home, order)
    end = (slot + 1) * SLOT
    auction.evm.block = end + block
    with refused("WindowClosed", slot, end + COMMIT, end + COMMIT + REVEAL):
        auction.place([order], slot)


@pytest.mark.parametrize("slot", [0, 2**24, 2**63, 2**64 - 1])
def test_slots_far_away_are_closed(
    auction: AuctionWorld, home: Household, slot: int, refused: RefusedWith
) -> None:
    auction.to_commit()
    with refused("WindowClosed"):
        auction.auction.call(home.account, "commit", slot, home.meter, b"\x01" * 18)
    auction.to_place()
    with refused("WindowClosed"):
        auction.place([auction.placement(home, 1, ENERGY, PRICE, slot=slot)], slot)
    assert auction.auction.view("tariffOf", slot) == TARIFF


def test_only_the_meter_s_account_commits(
    auction: AuctionWorld, home: Household, refused: RefusedWith
) -> None:
    slot = auction.to_commit()
    with refused("NotMeterAccount", home.meter, STRANGER):
        auction.auction.call(STRANGER, "commit", slot, home.meter, b"\x01" * 18)
    with refused("NotMeterAccount"):
        auction.auction.call(NOBODY + b"", "commit", slot, home.meter, b"\x01" * 18)
    with refused("ZeroCommitment"):
        auction.auction.call(home.account, "commit", slot, home.meter, b"\0" * 18)


def test_a_commitment_stands(auction: AuctionWorld, home: Household, refused: RefusedWith) -> None:
    slot = auction.to_commit()
    first, second = (auction.sell(home, ENERGY, price) for price in (PRICE, PRICE + 1))
    auction.commit(home, first)
    with refused("OrderGiven", home.meter, slot):
        auction.commit(home, second)
    auction.to_place()
    with refused("NotCommitted", home.meter, slot):
        auction.place([second])


def test_what_was_not_committed_to_is_refused(auction: AuctionWorld, refused: RefusedWith) -> None:
    """No commitment, another's, or one changed in any part."""
    home, other = auction.household("home"), auction.household("other")
    slot = auction.to_commit()
    order = auction.sell(home, ENERGY, PRICE)
    auction.commit(home, order)
    auction.auction.call(other.account, "commit", slot, other.meter, auction.commitment(order))
    interval = (home.meter, 1, order.from_, order.to)
    auction.to_place()
    changed = [
        auction.signed(home, interval, PRICE - 1, order.salt, slot),
        auction.signed(home, (home.meter, 0, *interval[2:]), PRICE, order.salt, slot),
        auction.signed(home, (*interval[:3], order.to - 1), PRICE, order.salt, slot),
        auction.signed(home, interval, PRICE, order.salt + 1, slot),
        auction.signed(other, (other.meter, *interval[1:]), PRICE, order.salt, slot),
    ]
    for placement in changed:
        with refused("NotCommitted", placement.meter, slot):
            auction.place([placement])
    fresh = auction.household("fresh")
    with refused("NotCommitted", fresh.meter, slot):
        auction.place([auction.sell(fresh, ENERGY, PRICE)])
    auction.place([order])


def test_an_order_is_placed_once(
    auction: AuctionWorld, home: Household, refused: RefusedWith
) -> None:
    slot = auction.to_commit()
    order = auction.sell(home, ENERGY, PRICE)
    auction.commit(home, order)
    auction.to_place()
    with refused("OrderGiven", home.meter, slot):
        auction.place([order, order])
    auction.place([order])
    with refused("OrderGiven", home.meter, slot):
        auction.place([order])


def test_without_commitments_a_meter_orders_once_a_slot(
    plain: AuctionWorld, refused: RefusedWith
) -> None:
    home = plain.household("home")
    slot = plain.to_commit()
    plain.place([plain.sell(home, ENERGY, PRICE)])
    with refused("OrderGiven", home.meter, slot):
        plain.place([plain.buy(home, ENERGY, PRICE)])
    with refused("NoCommitments"):
        plain.auction.call(home.account, "commit", slot, home.meter, b"\x01" * 18)
    plain.to_commit()
    with refused("SaltWithoutCommitment", home.meter):
        plain.place([replace(plain.sell(home, ENERGY, PRICE), salt=1)])
    plain.place([plain.buy(home, ENERGY, PRICE)])


def test_a_claim_is_for_one_auction_slot_and_price(
    plain: AuctionWorld, refused: RefusedWith
) -> None:
    home = plain.household("home")
    slot = plain.to_commit()
    interval = (home.meter, 1, 0, ENERGY)
    good = plain.signed(home, interval, PRICE, 0, slot)
    wrong = [
        plain.signed(home, interval, PRICE, 0, slot - 1),
        plain.signed(home, interval, PRICE, 0, slot, consumer=plain.gate.address),
        replace(good, price=PRICE + 1),
        replace(good, to=ENERGY - 1),
        replace(good, direction=0),
        replace(good, r=good.vs, vs=good.r),
        plain.signed(Household("thief"), interval, PRICE, 0, slot),
    ]
    for placement in wrong:
        with refused("ClaimSignatureInvalid"):
            plain.place([placement])
    plain.place([good])


def test_energy_is_claimed_once_wherever(plain: AuctionWorld, refused: RefusedWith) -> None:
    """Auction, then auction again or a market; and what a market claimed is not auctioned."""
    home, other = plain.household("home"), plain.household("other")
    market = b"\x3a" * 20
    plain.registry.call(OPERATOR, "setClaimer", market, True)
    plain.to_commit()
    plain.place([plain.signed(home, (home.meter, 1, 0, ENERGY), PRICE, 0, plain.slot)])
    with refused("IntervalClaimed", home.meter, 1, ENERGY - 1, ENERGY):
        plain.registry.call(market, "claim", home.meter, 1, ENERGY - 1, ENERGY + 1)
    plain.registry.call(market, "claim", other.meter, 1, 0, ENERGY)
    with refused("IntervalClaimed"):
        plain.place([plain.signed(other, (other.meter, 1, 0, ENERGY), PRICE, 0, plain.slot)])
    plain.to_commit()
    with refused("IntervalClaimed"):
        plain.place([plain.signed(home, (home.meter, 1, 0, ENERGY), PRICE, 0, plain.slot)])


def test_orders_of_no_energy_or_no_direction(plain: AuctionWorld, refused: RefusedWith) -> None:
    home = plain.household("home")
    slot = plain.to_commit()
    for interval in ((5, 5), (6, 5)):
        with refused("NoEnergy", home.meter, *interval):
            plain.place([plain.signed(home, (home.meter, 1, *interval), PRICE, 0, slot)])
    with refused("DirectionUnknown", 2):
        plain.place([plain.signed(home, (home.meter, 2, 0, 5), PRICE, 0, slot)])
    with refused("ClaimTooLarge"):
        plain.place([plain.signed(home, (home.meter, 1, 0, 2**64 - 1), PRICE, 0, slot)])
    with refused("NothingPlaced"):
        plain.place([])


def test_the_gate_decides_who_bids(plain: AuctionWorld, refused: RefusedWith) -> None:
    """A meter of another feeder, a retired one, one that never was."""
    away, gone = plain.household("away", feeder=8), plain.household("gone")
    plain.registry.call(OPERATOR, "retire", gone.meter)
    plain.to_commit()
    for home in (away, gone, Household("unknown")):
        with refused("BidderRefused", home.meter):
            plain.place([plain.sell(home, ENERGY, PRICE)])


def test_a_purse_must_hold_the_maximum_and_the_fee(
    plain: AuctionWorld, refused: RefusedWith
) -> None:
    maximum = ENERGY * TARIFF.grid_buy // 10**9
    poor, exact = (
        plain.household(name, purse=maximum + FEE - short)
        for name, short in (("poor", 1), ("exact", 0))
    )
    plain.to_commit()
    with refused("PurseTooSmall", poor.meter, maximum + FEE - 1, maximum + FEE):
        plain.place([plain.buy(poor, ENERGY, 0)])
    plain.place([plain.buy(exact, ENERGY, 0)])
    assert plain.purse(exact) == 0
    broke = plain.household("broke", purse=0)
    with refused("PurseTooSmall", broke.meter, 0, FEE):  # spam is charged: sells too
        plain.place([plain.sell(broke, ENERGY, 0)])


def test_a_price_beyond_all_money_is_refused(plain: AuctionWorld, refused: RefusedWith) -> None:
    home = plain.household("home")
    plain.to_commit()
    with refused("PurseTooSmall"):
        plain.place([plain.buy(home, ENERGY, 2**96 - 1)])
    plain.place([plain.sell(home, ENERGY, 2**96 - 1)])


def test_a_batch_is_placed_whole_or_not_at_all(plain: AuctionWorld, refused: RefusedWith) -> None:
    homes = [plain.household(str(n)) for n in range(3)]
    plain.to_commit()
    orders = [plain.sell(home, ENERGY, PRICE) for home in homes]
    with refused("ClaimSignatureInvalid"):
        plain.place([*orders[:2], replace(orders[2], price=1)])
    assert plain.auction.view("roundOf", plain.slot)[1:3] == (0, 0)
    plain.place(orders)
    assert plain.auction.view("roundOf", plain.slot)[1:3] == (3, 0)


def test_a_full_round_takes_no_more(plain: AuctionWorld, refused: RefusedWith) -> None:
    """1,999 of 2,000 orders written straight into the round's word."""
    homes = [plain.household(str(n)) for n in range(2)]
    slot = plain.to_commit()
    (entry,) = [row for row in layout() if row["label"] == "rounds"]
    key = slot.to_bytes(32, "big") + int(entry["slot"]).to_bytes(32, "big")
    word = int.from_bytes(keccak(b"round")[:27], "big") | 1900 << 216 | 99 << 232
    where = int.from_bytes(keccak(key), "big")
    plain.evm.state.set_storage(plain.auction.address, where, word)
    assert plain.auction.view("roundOf", slot)[1:] == (1900, 99, 0)
    orders = [plain.sell(home, ENERGY, PRICE) for home in homes]
    with refused("RoundFull", slot):
        plain.place(orders)
    plain.place(orders[:1])
    with refused("RoundFull", slot):
        plain.place(orders[1:])


def layout() -> list[dict[str, Any]]:
    from tests.contracts.abi import artefact

    rows: list[dict[str, Any]] = artefact("EnergyAuction")["storage_layout"]
    return rows


def test_calls_carry_no_padding(
    auction: AuctionWorld, home: Household, refused: RefusedWith
) -> None:
    slot = auction.to_commit()
    calls = {
        "commit": (slot, home.meter, b"\x01" * 18),
        "place": (slot, [auction.sell(home, ENERGY, PRICE).words]),
        "clear": (slot, b"\x01" * 41, b"\x01" * 2, 1),
        "pay": (slot, b"\x01" * 48, b"\0" * 27),
        "collect": (home.meter,),
        "deposit": (home.meter, 1),
        "withdraw": (home.meter, 1),
        "fund": (1,),
    }
    for name, words in calls.items():
        with refused("CalldataLength"):
            auction.auction.send(home.account, auction.auction.data(name, *words) + b"\0")
    for name, numbers in {"setTariff": (2, 1), "draw": (1,)}.items():
        with refused("CalldataLength"):
            auction.auction.send(UTILITY, auction.auction.data(name, *numbers) + b"\0")


WRONG = {
    "ZeroValue": [(0, 0, 1, 0, 0, 2, 1), (9, 0, 0, 0, 0, 2, 1), (9, 1, 1, 0, 0, 2, 1),
                  (9, 0, 1, 1, 0, 2, 1)],
    "WindowsTooLong": [(9, 5, 5, 1, 0, 2, 1), (2**32 - 1, 2**32 - 1, 1, 1, 0, 2, 1)],
    "TariffInverted": [(9, 4, 5, 1, 0, 1, 2)],
}  # fmt: skip


@pytest.mark.parametrize(("name", "settings"), [(n, s) for n, rows in WRONG.items() for s in rows])
def test_settings_that_make_no_sense(
    auction: AuctionWorld, name: str, settings: tuple[int, ...], refused: RefusedWith
) -> None:
    with refused(name):
        auction.new_auction(settings)


def test_addresses_of_zero(auction: AuctionWorld, refused: RefusedWith) -> None:
    sound = (9, 4, 5, 1, 0, 2, 1)
    places = (auction.token.address, auction.registry.address, auction.gate.address)
    for n in range(3):
        with refused("ZeroAddress"):
            Contract(
                auction.evm, "EnergyAuction",
                *(NOBODY if i == n else place for i, place in enumerate(places)), UTILITY, sound,
            )  # fmt: skip
    with refused("ZeroAddress"):
        Contract(auction.evm, "RegistryGate", NOBODY, 1)
    with refused("ZeroFeeder"):
        Contract(auction.evm, "RegistryGate", auction.registry.address, 0)


def test_where_the_windows_stand(auction: AuctionWorld) -> None:
    slot = auction.to_commit()
    end = (slot + 1) * SLOT
    assert auction.auction.view("openSlot") == (slot, end + COMMIT, end + COMMIT + REVEAL)
    auction.evm.block = SLOT - 1
    assert auction.auction.view("openSlot") == (0, 0, 0)


def test_clocks_do_not_matter(auction: AuctionWorld, home: Household) -> None:
    """A21: nothing reads the timestamp, so a producer's skew changes nothing."""
    auction.to_commit()
    order = auction.sell(home, ENERGY, PRICE)
    auction.evm.timestamp += 900
    auction.commit(home, order)
    auction.to_place()
    auction.evm.timestamp -= 1800
    auction.place([order])
    auction.to_clear()
    auction.evm.timestamp += 10**9
    auction.clear([order.order])
    assert auction.stage() == 2
