"""Settling: both FINAL readings, pay what the buyer's meter received, refund the rest."""

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.abi import Refused
from tests.contracts.conftest import RefusedWith
from tests.contracts.evm import CHAIN_ID
from tests.contracts.world import (
    AMOUNT,
    BLOCK_UWH,
    BURST_BLOCKS,
    CREDIT,
    DELIVERING,
    EXPORT,
    IMPORT,
    MONEY,
    PRICE,
    STRANGER,
    Household,
    Reading,
    Terms,
    World,
    event,
)

# secp256k1's order: s and n - s are both signatures of the same message.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def finals(
    world: World, terms: Terms, seller: Household, buyer: Household, energy_uwh: int = AMOUNT
) -> tuple[tuple[Reading, Household], tuple[Reading, Household]]:
    """FINAL readings of both meters that agree."""
    sent = world.reading(terms, seller, 500, 500 + energy_uwh)
    received = world.reading(terms, buyer, 90, 90 + energy_uwh)
    return (sent, seller), (received, buyer)


def test_full_delivery(world: World, terms: Terms, seller: Household, buyer: Household) -> None:
    done = world.settle(terms, *finals(world, terms, seller, buyer))
    assert event(done, "Settled") == {
        "trade": world.id_of(terms),
        "energyUwh": AMOUNT,
        "paid": terms.escrow,
        "refunded": 0,
    }
    assert world.purse(seller) == MONEY + terms.escrow
    assert world.purse(buyer) == MONEY - terms.escrow
    assert (world.credit(seller), world.credit(buyer)) == (CREDIT + 1, CREDIT + 1)
    assert world.claimed(seller, EXPORT) == 500 + AMOUNT
    assert world.claimed(buyer, IMPORT) == 90 + AMOUNT
    assert not world.is_open(terms)
    assert event(done, "TradeClaimed") == {
        "seller": seller.meter,
        "buyer": buyer.meter,
        "exportFrom": 500,
        "exportTo": 500 + AMOUNT,
        "importFrom": 90,
        "importTo": 90 + AMOUNT,
        "sellerCredit": CREDIT + 1,
        "buyerCredit": CREDIT + 1,
    }


@settings(max_examples=40, deadline=None)
@given(received=st.integers(0, 2 * AMOUNT), sent=st.integers(0, 2 * AMOUNT))
def test_the_buyers_meter_decides_within_the_escrow(received: int, sent: int) -> None:
    world = World()
    seller, buyer = world.household("seller"), world.household("buyer")
    terms = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    sides = world.reading(terms, seller, 0, sent), world.reading(terms, buyer, 0, received)
    done = event(world.settle(terms, (sides[0], seller), (sides[1], buyer)), "Settled")
    energy_uwh = min(received, AMOUNT)
    assert done["energyUwh"] == energy_uwh
    assert done["paid"] == energy_uwh * PRICE // 10**9
    assert done["paid"] + done["refunded"] == terms.escrow
    assert world.purse(buyer) == MONEY - done["paid"]
    assert world.purse(seller) == MONEY + done["paid"]
    assert world.claimed(seller, EXPORT) == min(sent, AMOUNT)


def test_money_goes_to_the_purses_whoever_calls(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    sides = [world.final(*side) for side in finals(world, terms, seller, buyer)]
    world.market.call(STRANGER, "settle", terms.words, *sides)
    assert world.tokens(STRANGER) == 0
    assert world.purse(seller) == MONEY + terms.escrow


def test_a_trade_ends_once(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    sides = finals(world, terms, seller, buyer)
    world.settle(terms, *sides)
    trade = world.id_of(terms)
    with refused("TradeNotOpen", trade):
        world.settle(terms, *sides)
    with refused("TradeNotOpen", trade):
        world.report(terms, *sides[0])
    with refused("TradeNotOpen", trade):
        world.close(terms)
    with refused("TradeNotOpen", trade):
        world.market.view("closableFrom", terms.words)


def test_terms_that_nobody_bought(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    other = replace(terms, amount_uwh=2 * AMOUNT)
    with refused("TradeNotOpen", world.id_of(other)):
        world.settle(other, *finals(world, other, seller, buyer))
    assert not world.is_open(other)


@pytest.mark.parametrize(("changes", "error"), [
    ({"trade": b"\x01" * 32}, "SignatureInvalid"),
    ({"meter": b"\x01" * 20}, "SignatureInvalid"),
    ({"state": DELIVERING}, "SignatureInvalid"),
    ({"to": 1}, "ReadingBackwards"),
])  # fmt: skip
@pytest.mark.parametrize("side", [0, 1])
def test_a_reading_that_does_not_fit(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith,
    side: int, changes: dict[str, int], error: str,
) -> None:  # fmt: skip
    sides = list(finals(world, terms, seller, buyer))
    sides[side] = (sides[side][0].but(**changes), sides[side][1])
    with refused(error):
        world.settle(terms, sides[0], sides[1])


def test_only_the_meter_itself_signs(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    (sent, _), received = finals(world, terms, seller, buyer)
    with refused("SignatureInvalid", seller.meter, buyer.meter):
        world.settle(terms, (sent, buyer), received)


def test_bent_signatures_are_refused(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    (sent, _), (received, _) = finals(world, terms, seller, buyer)
    r, vs = world.sign(sent, seller)
    s = int.from_bytes(vs, "big") & (1 << 255) - 1
    high = (ORDER - s).to_bytes(32, "big")
    other_parity = bytes([vs[0] ^ 0x80]) + vs[1:]
    words, buyers = (500, 500 + AMOUNT, 1), world.final(received, buyer)
    for bad in ((bytes(32), bytes(32)), (r, other_parity), (r, high), (vs, r)):
        with refused("SignatureInvalid"):
            world.market.call(seller.account, "settle", terms.words, (*words, *bad), buyers)


def test_the_signature_is_eip_712(world: World, terms: Terms, seller: Household) -> None:
    """Another implementation hashes the same message to the same bytes."""
    reading = world.reading(terms, seller, 3, 9)
    names = ("trade", "meter", "from", "to", "sequence", "state")
    kinds = ("bytes32", "address", "uint64", "uint64", "uint32", "uint8")
    market = "0x" + world.market.address.hex()
    signable = encode_typed_data(
        {"name": "Evlock", "version": "1", "chainId": CHAIN_ID, "verifyingContract": market},
        {"Reading": [{"name": n, "type": k} for n, k in zip(names, kinds, strict=True)]},
        {**dict(zip(names, reading.words, strict=True)), "meter": "0x" + seller.meter.hex()},
    )
    parts = (b"\x19", signable.version, signable.header, signable.body)
    assert keccak(b"".join(parts)) == world.digest(reading)


def test_exported_energy_is_sold_once(
    world: World, terms: Terms, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    world.settle(terms, *finals(world, terms, seller, buyer))
    again = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    with refused("IntervalClaimed", seller.meter, EXPORT, 500, 500 + AMOUNT):
        world.settle(again, *finals(world, again, seller, buyer))
    assert world.is_open(again)


def test_more_than_rated_power_is_not_settled_yet(
    world: World, seller: Household, buyer: Household, refused: RefusedWith
) -> None:
    terms = world.trade(seller, buyer, AMOUNT)
    sides = finals(world, terms, seller, buyer)
    most = BURST_BLOCKS * BLOCK_UWH
    with refused("ClaimTooLarge", seller.meter, EXPORT, AMOUNT, most):
        world.settle(terms, *sides)
    world.evm.mine(20 - BURST_BLOCKS)
    world.settle(terms, *sides)


def test_a_buyer_cannot_block_the_settlement_with_its_own_register(
    world: World, terms: Terms, seller: Household, buyer: Household
) -> None:
    """Energy that the buyer's meter received is paid, even if another trade claimed past it."""
    accomplice = world.household("accomplice")
    other = world.trade(accomplice, buyer, 10)
    later = world.reading(other, buyer, 90 + AMOUNT, 100 + AMOUNT)
    world.settle(other, (world.reading(other, accomplice, 0, 10), accomplice), (later, buyer))
    done = world.settle(terms, *finals(world, terms, seller, buyer))
    assert event(done, "Settled")["paid"] == terms.escrow
    assert world.claimed(buyer, IMPORT) == 100 + AMOUNT


@settings(max_examples=60, deadline=None)
@given(word=st.integers(0, 14), bit=st.integers(0, 255))
def test_a_bit_changed_anywhere_settles_nothing(word: int, bit: int) -> None:
    """Whether it makes other terms, another reading, a bad signature, or no value of its type."""
    world = World()
    seller, buyer = world.household("seller"), world.household("buyer")
    terms = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    sides = [world.final(*side) for side in finals(world, terms, seller, buyer)]
    call = bytearray(world.market.data("settle", terms.words, *sides))
    call[4 + 32 * word + bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        world.market.send(STRANGER, bytes(call))
    assert world.is_open(terms)
    assert world.purse(seller) == MONEY


def test_the_dearest_trade_that_a_purse_can_hold(
    world: World, seller: Household, buyer: Household
) -> None:
    """2^64 - 1 µWh at a price whose product is near the whole supply."""
    most = 2**64 - 1
    price = MONEY * 10**9 // most
    (terms,) = world.buy(buyer, [world.offer(seller, most, price)], most, price)
    assert world.purse(buyer) == MONEY - most * price // 10**9
    world.evm.mine(30)
    world.settle(terms, *finals(world, terms, seller, buyer))
    paid = AMOUNT * price // 10**9
    assert (world.purse(seller), world.purse(buyer)) == (MONEY + paid, MONEY - paid)
