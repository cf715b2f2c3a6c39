"""What meters sign (EIP-712, name "Evlock", version "1") and the terms of a trade."""

import struct
from functools import lru_cache
from typing import Annotated

from secure_world.errors import FieldInvalid, SignatureInvalid
from secure_world.fields import Octets, Uint
from secure_world.keys import keccak256, recover
from secure_world.message import (
    U32,
    U64,
    U96,
    U256,
    Address,
    Direction,
    Flag,
    Hash,
    Key,
    Message,
    Signature,
    layout,
)

DELIVERING, FINAL = 0, 1
IMPORT, EXPORT = 0, 1
_PRICE_SCALE = 10**9  # µWh in a kWh: prices are per kWh

_DOMAIN_TYPE = keccak256(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_NAME, _VERSION = keccak256(b"Evlock"), keccak256(b"1")
_READY_TYPE = keccak256(b"Ready(bytes32 trade,address meter,uint64 from,bytes32 selfCheck)")
READING_TYPE = keccak256(
    b"Reading(bytes32 trade,address meter,uint64 from,uint64 to,uint32 sequence,uint8 state)"
)
_CLAIM_TYPE = keccak256(
    b"Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose)"
)
_POLICY_TYPE = keccak256(b"Policy(address device,uint32 version,bytes32 previous,bytes32 rules)")
# The same, every word of 32 bytes; x is a zero byte. What does not fit goes the long way, `words`.
_READY_WORDS = struct.Struct(">32s 32s 12x20s 24xQ 32s")
_READING_WORDS = struct.Struct(">32s 32s 12x20s 24xQ 24xQ 28xI 31xB")

FromUwh = Annotated[int, Uint(64), Key("from")]
ToUwh = Annotated[int, Uint(64), Key("to")]


def payment_rounded_down(energy_uwh: int, price: int) -> int:
    """Base units for `energy_uwh` at `price` base units per kWh; the remainder is not paid."""
    return energy_uwh * price // _PRICE_SCALE


class Terms(Message):
    """The terms of one trade, as the contract's struct of the same name and order.

    `ref` names the offer and its version: seller's meter (160 bits), number (32), version (32).
    """

    ref: U256
    buyer_meter: Address
    amount_uwh: U64
    price: U96  # base units per kWh
    salt: U64

    @property
    def seller_meter(self) -> bytes:
        """Whose offer it is: the part of `ref` that is an address."""
        return (self.ref >> 64 & (1 << 160) - 1).to_bytes(20, "big")

    def trade_id(self, chain_id: int, market: bytes) -> bytes:
        """keccak256(abi.encode(chainid, market, Terms)): seven words."""
        head = chain_id.to_bytes(32, "big") + market.rjust(32, b"\0")
        return keccak256(head + words(self, Terms))

    @property
    def escrow(self) -> int:
        """Base units that the buyer deposits."""
        return payment_rounded_down(self.amount_uwh, self.price)


class Ready(Message):
    """`meter` stands at `from_uwh` of its register, passed its self-check and may start."""

    trade: Hash
    meter: Address
    from_uwh: FromUwh
    self_check: Hash

    def digest(self, chain_id: int, market: bytes) -> bytes:
        """What is signed (EIP-712)."""
        fits = len(self.trade) == len(self.self_check) == 32 and len(self.meter) == 20
        fields = (self.trade, self.meter, self.from_uwh, self.self_check)
        packed = _packed(_READY_WORDS, _READY_TYPE, fields) if fits else b""
        return _digest(chain_id, market, packed or _READY_TYPE + words(self, Ready))


class Reading(Message):
    """Energy of `trade` so far: the interval `from_uwh`…`to_uwh` of the meter's register."""

    trade: Hash
    meter: Address
    from_uwh: FromUwh
    to_uwh: ToUwh
    sequence: U32
    state: Flag  # DELIVERING or FINAL

    def __post_init__(self) -> None:
        if self.to_uwh < self.from_uwh:
            raise FieldInvalid(f"to: {self.to_uwh}, expected at least from = {self.from_uwh}")

    @property
    def energy_uwh(self) -> int:
        """µWh claimed."""
        return self.to_uwh - self.from_uwh

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self.state == FINAL

    def digest(self, chain_id: int, market: bytes) -> bytes:
        """What is signed (EIP-712)."""
        trade, meter, state = self.trade, self.meter, self.state
        fits = len(trade) == 32 and len(meter) == 20 and state <= FINAL
        fields = (trade, meter, self.from_uwh, self.to_uwh, self.sequence, state)
        packed = _packed(_READING_WORDS, READING_TYPE, fields) if fits else b""
        return _digest(chain_id, market, packed or READING_TYPE + words(self, Reading))


class SignedReady(Ready):
    """A Ready and its EIP-2098 signature."""

    signature: Signature

    def verify(self, chain_id: int, market: bytes) -> None:
        """Raises SignatureInvalid unless `meter` itself signed this."""
        _verify(self.digest(chain_id, market), self.signature, self.meter)


class SignedReading(Reading):
    """A Reading and its EIP-2098 signature."""

    signature: Signature

    def verify(self, chain_id: int, market: bytes) -> None:
        """Raises SignatureInvalid unless `meter` itself signed this."""
        _verify(self.digest(chain_id, market), self.signature, self.meter)


class EnergyClaim(Message):
    """Energy of a direction that nothing else has claimed, for one purpose; EIP-712's `Claim`."""

    meter: Address
    direction: Direction
    from_uwh: FromUwh
    to_uwh: ToUwh
    purpose: Hash  # claim_purpose()

    def digest(self, chain_id: int, registry: bytes) -> bytes:
        """What is signed (EIP-712): the verifying contract is the registry of meters."""
        return _digest(chain_id, registry, _CLAIM_TYPE + words(self, EnergyClaim))

    def verify(self, chain_id: int, registry: bytes, signature: bytes) -> None:
        """Raises SignatureInvalid unless `meter` itself signed this."""
        _verify(self.digest(chain_id, registry), signature, self.meter)


def claim_purpose(consumer: bytes, reference: int, price: int) -> bytes:
    """keccak256(abi.encode(address consumer, uint64 reference, uint96 price))."""
    numbers = (reference << 256 | price).to_bytes(64, "big")
    return keccak256(consumer.rjust(32, b"\0") + numbers)


class PolicyHead(Message):
    """What an owner signs of a policy: `rules` is the hash of its bytes."""

    device: Address  # the meter's
    version: U32
    previous: Hash  # digest of the policy before; zero for the first
    rules: Hash

    def digest(self, chain_id: int, market: bytes) -> bytes:
        """What is signed (EIP-712), and what names this policy from then on."""
        return _digest(chain_id, market, _POLICY_TYPE + words(self, PolicyHead))


def words(message: Message, structure: type[Message]) -> bytes:
    """ABI words of the static fields that `structure` names. Raises FieldInvalid."""
    parts = []
    for attribute, name, kind in layout(structure):
        assert isinstance(kind, Uint | Octets)
        parts.append(kind.word(name, getattr(message, attribute)))
    return b"".join(parts)


@lru_cache(maxsize=64)
def domain(chain_id: int, market: bytes) -> bytes:
    """EIP-712 domain separator of the market at `market`."""
    where = chain_id.to_bytes(32, "big") + market.rjust(32, b"\0")
    return keccak256(_DOMAIN_TYPE + _NAME + _VERSION + where)


def _packed(form: struct.Struct, head: bytes, fields: tuple[object, ...]) -> bytes:
    """Nothing for a number that does not fit."""
    try:
        return form.pack(head, *fields)
    except struct.error:
        return b""


def _digest(chain_id: int, market: bytes, structure: bytes) -> bytes:
    return keccak256(b"\x19\x01" + domain(chain_id, market) + keccak256(structure))


def _verify(digest: bytes, signature: bytes, meter: bytes) -> None:
    signer = recover(digest, signature)
    if signer != meter:
        raise SignatureInvalid(f"signature: by 0x{signer.hex()}, expected 0x{meter.hex()}")
