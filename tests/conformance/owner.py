"""The owner with a key of its own, off the device: rules, policies, manifests."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from coincurve import PrivateKey
from eth_utils.crypto import keccak

from tests.conformance import rlp, structures
from tests.conformance.rlp import Value

NATIVE, FEES = b"\0" * 20, b"\xff" * 20
ONE = 255
NO_POLICY = b"\0" * 32
CHAIN, MARKET, TOKEN = 31337, b"\x0a" * 20, b"\x0b" * 20
REGISTRY, AUCTION = b"\x0d" * 20, b"\x0e" * 20
ETHER = 10**18


@dataclass(frozen=True)
class Bound:
    """Argument word in low…high."""

    word: int
    low: int
    high: int


@dataclass(frozen=True)
class Charge:
    """What a call spends."""

    asset: bytes
    word: int
    times: int
    most: int


@dataclass(frozen=True)
class Call:
    """A function that may be called."""

    to: bytes
    selector: bytes
    max_value: int = 0
    max_words: int = 8
    bounds: Sequence[Bound] = ()
    charges: Sequence[Charge] = ()

    def fields(self) -> Value:
        """As on the wire."""
        bounds: list[Value] = [[b.word, b.low, b.high] for b in self.bounds]
        charges: list[Value] = [[c.asset, c.word, c.times, c.most] for c in self.charges]
        return [self.to, self.selector, self.max_value, self.max_words, bounds, charges]


@dataclass(frozen=True)
class Allowance:
    """A bucket."""

    asset: bytes
    capacity: int
    per_hour: int


@dataclass(frozen=True)
class ClaimRule:
    """Claims of a direction for a contract, at a price in low…high."""

    consumer: bytes
    direction: int
    low: int
    high: int


@dataclass(frozen=True)
class Rules:
    """What a policy says."""

    owner: bytes
    chain_id: int = CHAIN
    market: bytes = MARKET
    release: bytes | None = None
    calls: Sequence[Call] = ()
    allowances: Sequence[Allowance] = ()
    max_fee_wei: int = ETHER
    max_trade_uwh: int = 10**9
    max_day_uwh: int = 10**12
    tamper_marks: int = 0
    registry: bytes | None = None
    claims: Sequence[ClaimRule] = ()

    def encode(self) -> bytes:
        """RLP, as signed; without claims there is no word of them."""
        rows: list[Value] = [[c.consumer, c.direction, c.low, c.high] for c in self.claims]
        more: list[Value] = [self.registry, rows] if rows or self.registry else []
        return rlp.encode(
            [
                self.chain_id,
                self.market,
                self.owner,
                self.release,
                [call.fields() for call in self.calls],
                [[a.asset, a.capacity, a.per_hour] for a in self.allowances],
                self.max_fee_wei,
                self.max_trade_uwh,
                self.max_day_uwh,
                self.tamper_marks,
                *more,
            ]
        )


@dataclass(frozen=True)
class Owner:
    """A person with a secp256k1 key."""

    key: bytes = b"\x77" * 32
    public_key: bytes = field(init=False)
    address: bytes = field(init=False)

    def __post_init__(self) -> None:
        public = PrivateKey(self.key).public_key
        object.__setattr__(self, "public_key", public.format())
        object.__setattr__(self, "address", structures.address(public))

    def policy(
        self, meter: bytes, rules: Rules, version: int = 1, previous: bytes = NO_POLICY
    ) -> tuple[list[Value], bytes]:
        """Fields of SET_POLICY, and the policy's digest."""
        data = rules.encode()
        return self.policy_of(meter, data, version, previous, (rules.chain_id, rules.market))

    def policy_of(
        self, meter: bytes, data: bytes, version: int, previous: bytes, place: tuple[int, bytes]
    ) -> tuple[list[Value], bytes]:
        """The same for rules that are bytes already, in the domain of `place`."""
        hashed = structures.digest(*place, "Policy", meter, version, previous, keccak(data))
        return [version, previous, data, structures.sign(self.key, hashed)], hashed

    def manifest(self, version: int, floor: int, measurement: bytes) -> list[Value]:
        """Fields of ENROLL_MANIFEST, signed as the release key."""
        hashed = keccak(rlp.encode(["Evlock manifest 1", version, floor, measurement]))
        return [version, floor, measurement, structures.sign(self.key, hashed)]
