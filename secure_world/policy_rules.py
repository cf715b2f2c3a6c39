"""What an owner's policy says: the calls, bounds, allowances and ceilings that it signs."""

from typing import Annotated, Self

from secure_world import rlp
from secure_world.errors import FieldInvalid
from secure_world.fields import Octets, Uint
from secure_world.message import (
    U8,
    U32,
    U64,
    U96,
    U256,
    Address,
    ChainId,
    Direction,
    ListOf,
    MaybeAddress,
    Message,
)

NATIVE = b"\0" * 20  # asset: the chain's coin, as value of a transaction
FEES = b"\xff" * 20  # asset: the chain's coin, as gas times price
ENERGY = b"energy".rjust(20, b"\0")  # asset of max_day_uwh; a policy cannot name it otherwise
TRADES = b"trades".rjust(20, b"\0")  # how many may be opened; of no policy's choice
ONE = 255  # no second factor
MAX_CALLS, MAX_BOUNDS, MAX_CHARGES, MAX_ALLOWANCES = 32, 16, 4, 16
MAX_CLAIMS = 8
_OF_CLAIMS = 2  # fields, the last of Rules


class Bound(Message):
    """Argument word `word` (32 bytes each, after the selector) lies in `low`…`high`.

    Bounds on the same word are alternatives; all words that have bounds must meet one.
    """

    word: U8
    low: U256
    high: U256


class Charge(Message):
    """A call spends argument `word` of `asset`, at most `most` a call.

    With a second factor `times` (ONE: none) it is the product over 10⁹, rounded up: µWh by price.
    """

    asset: Address
    word: U8
    times: U8
    most: U256


class Call(Message):
    """A function of a contract that may be called; at most `max_words` argument words."""

    to: Address
    selector: Annotated[bytes, Octets(4)]
    max_value: U256  # wei; charged to NATIVE
    max_words: Annotated[int, Uint(16)]
    bounds: Annotated[tuple[Bound, ...], ListOf(Bound, MAX_BOUNDS)]
    charges: Annotated[tuple[Charge, ...], ListOf(Charge, MAX_CHARGES)]


class Allowance(Message):
    """At most `capacity` of an asset at once; `per_hour` of the secure world's uptime refills it.

    An asset that is spent and has no allowance cannot be spent.
    """

    asset: Address
    capacity: U256
    per_hour: U256


class ClaimRule(Message):
    """Claims of a direction for a contract, at a price (base units per kWh) in min…max."""

    consumer: Address
    direction: Direction
    min_price: U96
    max_price: U96


class Rules(Message):
    """One chain, one market: all that the device signs while this policy is in force.

    Rules that allow no claims are written without the last two fields, as they were before there
    were claims: so every policy has one form, and those of before keep bytes and digest.
    """

    chain_id: ChainId
    market: Address  # verifying contract of readings, and of the policy itself
    owner: Address  # who signs the next policy
    release: MaybeAddress  # who signs manifests of updates
    calls: Annotated[tuple[Call, ...], ListOf(Call, MAX_CALLS)]
    allowances: Annotated[tuple[Allowance, ...], ListOf(Allowance, MAX_ALLOWANCES)]
    max_fee_wei: U256  # gas times price of one transaction
    max_trade_uwh: U64
    max_day_uwh: U64  # capacity of both directions together; 24 h of uptime refill it
    tamper_marks: U32  # bit n: Finding n destroys the keys
    registry: MaybeAddress = None  # verifying contract of claims; there with them only
    claims: Annotated[tuple[ClaimRule, ...], ListOf(ClaimRule, MAX_CLAIMS)] = ()

    def __post_init__(self) -> None:
        if (self.registry is None) != (not self.claims):
            raise FieldInvalid("registry: expected with claims, and with claims only")

    def to_rlp(self) -> list[rlp.Item]:
        """Its one form. Raises FieldInvalid."""
        items = super().to_rlp()
        return items if self.claims else items[:-_OF_CLAIMS]

    @classmethod
    def from_rlp(cls, item: rlp.Item) -> Self:
        """The rules of exactly these items. Raises FieldInvalid."""
        if not isinstance(item, bytes) and len(item) == len(cls.rows) - _OF_CLAIMS:
            return super().from_rlp([*item, b"", []])
        made = super().from_rlp(item)
        if not made.claims:
            raise FieldInvalid("claims: none, expected neither registry nor claims then")
        return made
