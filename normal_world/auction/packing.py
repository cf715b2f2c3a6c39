"""Bytes of the auction: commitments, packed orders, ranks (IEnergyAuction.sol, "The clearing")."""

from collections.abc import Sequence
from typing import NamedTuple

from eth_abi.abi import encode
from eth_utils.crypto import keccak

BUY, SELL = 0, 1  # directions: import, export
COMMITMENT_BYTES, ORDER_BYTES, PAYOUT_BYTES = 18, 41, 48
_COMMITTED = ("uint256", "address", "uint64", "address", "uint8", "uint64", "uint64")
UWH_PER_KWH = 10**9


class Order(NamedTuple):
    """An order as it was placed; `number` counts those of its slot from 0."""

    number: int
    meter: str
    direction: int
    energy_uwh: int
    price: int


class Payout(NamedTuple):
    """Base units: into the meter's purse, and still owed by the utility."""

    meter: str
    amount: int
    owed: int


def commitment(
    chain_id: int,
    auction: str,
    slot: int,
    meter: str,
    direction: int,
    interval: tuple[int, int],
    price: int,
    salt: int,
) -> bytes:
    """What hides an order until it is placed; computed here: asking a node would tell it."""
    types = [*_COMMITTED, "uint96", "uint128"]
    values = [chain_id, auction, slot, meter, direction, *interval, price, salt]
    return bytes(keccak(encode(types, values)))[:COMMITMENT_BYTES]


def packed(orders: Sequence[Order]) -> bytes:
    """All orders of a round, in the order of placing."""
    return b"".join(
        bytes.fromhex(order.meter[2:])
        + order.price.to_bytes(12, "big")
        + order.direction.to_bytes(1, "big")
        + order.energy_uwh.to_bytes(8, "big")
        for order in orders
    )


def ranks(orders: Sequence[Order]) -> bytes:
    """Numbers of the sells, cheapest first, then of the buys, dearest first; ties by number."""
    sells = sorted((o.price, o.number) for o in orders if o.direction == SELL)
    buys = sorted((-o.price, o.number) for o in orders if o.direction == BUY)
    return b"".join(number.to_bytes(2, "big") for _, number in (*sells, *buys))


def payouts(data: bytes) -> list[Payout]:
    """Packed payouts, one for each order."""
    pieces = [data[at : at + PAYOUT_BYTES] for at in range(0, len(data), PAYOUT_BYTES)]
    return [
        Payout(
            "0x" + piece[:20].hex(),
            int.from_bytes(piece[20:32], "big"),
            int.from_bytes(piece[32:], "big"),
        )
        for piece in pieces
    ]


def held_rounded_down(energy_uwh: int, price: int) -> int:
    """What a buy of this energy is charged at most, base units."""
    return energy_uwh * price // UWH_PER_KWH
