"""An order on its way to a relay: the eight words of the contract's struct, and the meter's word.

Nothing of it can be changed on the way: the Claim is signed over meter, direction, interval, slot,
auction and price, and the salt opens one commitment only.
"""

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from normal_world.auction.packing import BUY, SELL
from normal_world.auction.relay.errors import PlacementRefused
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings.auction import Placement
from secure_world.protocol import EnergyClaim, SignatureInvalid, claim_purpose

PLACEMENT_BYTES = 256
TYPES = ("address", "uint8", "uint64", "uint64", "uint96", "uint128", "bytes32", "bytes32")


def packed(placement: Placement) -> bytes:
    """256 bytes: the struct as the contract's ABI has it."""
    return encode(TYPES, placement)


def read(data: bytes) -> Placement:
    """The order in these bytes; PlacementRefused PLACE-FORM if a field is out of its range."""
    if len(data) != PLACEMENT_BYTES:
        told = f"order of {len(data)} bytes, expected {PLACEMENT_BYTES}"
        raise PlacementRefused(told, "PLACE-FORM")
    try:
        placement = Placement(*decode(TYPES, data))
    except (DecodingError, ValueError, OverflowError) as error:
        told = "order: a field does not fit its type, expected the contract's Placement"
        raise PlacementRefused(told, "PLACE-FORM") from error
    if placement.direction not in (BUY, SELL):
        told = f"order: direction {placement.direction}, expected {BUY} or {SELL}"
        raise PlacementRefused(told, "PLACE-FORM")
    if placement.to <= placement.from_:
        told = f"order: register from {placement.from_} to {placement.to} µWh, expected to rise"
        raise PlacementRefused(told, "PLACE-FORM")
    return placement


def require_signed(placement: Placement, slot: int, book: AddressBook) -> None:
    """PlacementRefused PLACE-SIGNATURE unless the meter itself made this claim for this slot."""
    purpose = claim_purpose(bytes.fromhex(book.auction[2:]), slot, placement.price)
    meter = bytes.fromhex(placement.meter[2:])
    ends = (placement.from_, placement.to)
    claim = EnergyClaim(meter, placement.direction, *ends, purpose)
    try:
        claim.verify(book.chain_id, bytes.fromhex(book.registry[2:]), placement.r + placement.vs)
    except SignatureInvalid as error:
        told = f"{placement.meter}: {error}, expected its Claim for slot {slot}"
        raise PlacementRefused(told, "PLACE-SIGNATURE") from error
