"""Commands of the secure world: ids, who may give them, request and response layouts, limits."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique
from typing import Annotated

from secure_world.fields import Octets, Uint
from secure_world.message import (
    U24,
    U32,
    U64,
    U256,
    Address,
    Boolean,
    ChainId,
    Direction,
    Hash,
    ListOf,
    MaybeAddress,
    MaybeHash,
    Message,
    Name,
    Phrase,
    RatedPower,
    Selector,
)
from secure_world.structures import SignedReading, SignedReady

PROTOCOL_VERSION = 2
MAX_MESSAGE = 16 * 1024
MAX_TRANSACTION = 8 * 1024
MAX_RULES = 64
SEQUENCE_BLOCK = 64  # readings of one trade between two durable reservations
WORDS = (12, 15, 18, 21, 24)  # BIP-39


@unique
class Role(StrEnum):
    """Who speaks: each role has a socket of its own, whose mode is the permission."""

    ADMIN = "admin"
    METER = "meter"
    NODE = "node"

    @property
    def socket_name(self) -> str:
        """File name of the role's socket in the run folder."""
        return f"secured-{self.value}.sock"


@unique
class Command(IntEnum):
    """Ids on the wire; they never change their meaning."""

    INFO = 1
    PROVISION = 2
    CONFIRM = 3
    RESTORE = 4
    SET_POLICY = 5
    LOCK = 6
    SIGN_TRANSACTION = 16
    OPEN_TRADE = 32
    COUNT = 33
    SIGN_READING = 34


@dataclass(frozen=True, slots=True)
class Empty(Message):
    """No fields."""


@dataclass(frozen=True, slots=True)
class Info(Message):
    """What everybody may know; no account and no meter before provisioning."""

    home: Name
    version: Name
    provisioned: Boolean
    account: MaybeAddress
    meter: MaybeAddress
    boot_count: U64
    policy_version: U32
    import_uwh: U64
    export_uwh: U64
    rated_power_w: U24
    open_import: MaybeHash
    open_export: MaybeHash
    locked: Boolean


@dataclass(frozen=True, slots=True)
class Provision(Message):
    """New keys from `words` words of fresh entropy."""

    words: Annotated[int, Uint(8)]
    passphrase: Phrase
    rated_power_w: RatedPower


@dataclass(frozen=True, slots=True)
class Provisioned(Message):
    """The mnemonic, for the only time, and the addresses of both keys."""

    mnemonic: Phrase
    account: Address
    meter: Address


@dataclass(frozen=True, slots=True)
class Confirm(Message):
    """The answer to Provision has arrived: from now on these keys count."""

    account: Address


@dataclass(frozen=True, slots=True)
class Restore(Message):
    """The account key of a mnemonic, and a new meter key."""

    mnemonic: Phrase
    passphrase: Phrase
    rated_power_w: RatedPower


@dataclass(frozen=True, slots=True)
class Restored(Message):
    """Addresses of both keys."""

    account: Address
    meter: Address


@dataclass(frozen=True, slots=True)
class PolicyRule(Message):
    """One call that may be signed: `max_value` wei is the most it may carry."""

    chain_id: ChainId
    to: Address
    selector: Selector
    max_value: U256


@dataclass(frozen=True, slots=True)
class SetPolicy(Message):
    """All rules, replacing those before; `max_fee_wei` bounds gas × price of a transaction."""

    rules: Annotated[tuple[PolicyRule, ...], ListOf(PolicyRule, MAX_RULES)]
    max_fee_wei: U256


@dataclass(frozen=True, slots=True)
class PolicyVersion(Message):
    """Counts the policies that this device has had."""

    version: U32


@dataclass(frozen=True, slots=True)
class Lock(Message):
    """Nothing is signed while the device is locked; the registers go on counting."""

    locked: Boolean


@dataclass(frozen=True, slots=True)
class Transaction(Message):
    """Unsigned in the request, signed in the response."""

    raw: Annotated[bytes, Octets(MAX_TRANSACTION + 128, shorter=True)]


@dataclass(frozen=True, slots=True)
class OpenTrade(Message):
    """Everything that a trade's readings are bound to from now on."""

    chain_id: ChainId
    market: Address
    trade: Hash
    direction: Direction
    amount_uwh: Annotated[int, Uint(64, low=1)]
    counterpart: Address
    self_check: Hash


@dataclass(frozen=True, slots=True)
class Count(Message):
    """Energy since `session` (one run of the meter program) began: totals, never differences."""

    session: U64
    imported_uwh: U64
    exported_uwh: U64


@dataclass(frozen=True, slots=True)
class Register(Message):
    """The device's own registers: they only grow."""

    import_uwh: U64
    export_uwh: U64


@dataclass(frozen=True, slots=True)
class SignReading(Message):
    """Count, then sign the next reading of `trade`."""

    trade: Hash
    final: Boolean
    session: U64
    imported_uwh: U64
    exported_uwh: U64


@dataclass(frozen=True, slots=True)
class Layout:
    """A command's request and response, and the roles that may give it."""

    request: type[Message]
    response: type[Message]
    roles: frozenset[Role]


LAYOUTS = {
    Command.INFO: Layout(Empty, Info, frozenset(Role)),
    Command.PROVISION: Layout(Provision, Provisioned, frozenset({Role.ADMIN})),
    Command.CONFIRM: Layout(Confirm, Empty, frozenset({Role.ADMIN})),
    Command.RESTORE: Layout(Restore, Restored, frozenset({Role.ADMIN})),
    Command.SET_POLICY: Layout(SetPolicy, PolicyVersion, frozenset({Role.ADMIN})),
    Command.LOCK: Layout(Lock, Empty, frozenset({Role.ADMIN})),
    Command.SIGN_TRANSACTION: Layout(Transaction, Transaction, frozenset({Role.NODE})),
    Command.OPEN_TRADE: Layout(OpenTrade, SignedReady, frozenset({Role.METER})),
    Command.COUNT: Layout(Count, Register, frozenset({Role.METER})),
    Command.SIGN_READING: Layout(SignReading, SignedReading, frozenset({Role.METER})),
}
