"""Commands of the secure world: ids, who may give them, request and response layouts, limits."""

from enum import IntEnum, StrEnum, unique
from typing import Annotated

from secure_world.fields import Octets, Text, Uint
from secure_world.message import (
    U24,
    U32,
    U64,
    U96,
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
    SecretKey,
    Signature,
)
from secure_world.record import Record, Secret
from secure_world.structures import SignedReading, SignedReady

PROTOCOL_VERSION = 4
MAX_MESSAGE = 16 * 1024
MAX_TRANSACTION = 8 * 1024
MAX_RULES = 12 * 1024  # bytes of a policy's rules
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
    UNLOCK = 7
    CLAIM = 8
    CHANGE_PIN = 9
    GET_POLICY = 10
    AUDIT = 11
    ATTEST = 12
    BACKUP = 13
    RESTORE_KEY = 14
    ZEROISE = 15
    SIGN_TRANSACTION = 16
    SIGN_LINK = 17
    LINK_REQUEST = 18
    LINK_SESSION = 19
    SET_PASSPHRASE = 20
    UNSEAL = 21
    ENROLL_MANIFEST = 22
    OPEN_TRADE = 32
    COUNT = 33
    SIGN_READING = 34
    TAMPER = 35
    SIGN_CLAIM = 36


Pin = Annotated[str, Text(64), Secret()]
PublicKey = Annotated[bytes, Octets(33)]  # secp256k1, compressed (SEC 1)
Point = Annotated[bytes | None, Octets(64, optional=True)]  # P-256: x, y
Certificate = Annotated[bytes, Octets(2048, shorter=True)]  # DER


class Empty(Message):
    """No fields."""


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
    locked: Boolean  # by a person
    sealed: Boolean  # waits for its passphrase, or runs code that is not enrolled
    measurement: Hash  # of the code that runs
    enrolled: Boolean  # whether this measurement may use the keys
    owner: MaybeAddress  # who signs the next policy
    pin_wait_s: U32  # until the next attempt is heard
    tampered: U32  # mask of the findings that were reported (Finding)
    entropy: Name  # where random numbers come from
    isolation: Annotated[str, Text(256)]  # what weakens it, by name and comma; empty: nothing
    audit_count: U64
    audit_head: Hash
    attestation_key: Point
    link_key: Point


class Provision(Message):
    """New keys from `words` words of fresh entropy."""

    words: Annotated[int, Uint(8)]
    passphrase: Phrase
    rated_power_w: RatedPower


class Provisioned(Message):
    """The mnemonic, for the only time, and the addresses of both keys."""

    mnemonic: Phrase
    account: Address
    meter: Address


class Confirm(Message):
    """The answer to Provision has arrived: from now on these keys count."""

    account: Address


class Restore(Message):
    """The account key of a mnemonic, and a new meter key."""

    mnemonic: Phrase
    passphrase: Phrase
    rated_power_w: RatedPower


class RestoreKey(Message):
    """The account key of an opened backup, and a new meter key."""

    account_key: SecretKey
    rated_power_w: RatedPower


class Restored(Message):
    """Addresses of both keys."""

    account: Address
    meter: Address


class Claim(Message):
    """Who owns the device from now on, and the PIN of the person beside it; once."""

    owner_key: PublicKey
    pin: Pin


class WithPin(Message):
    """A person acts."""

    pin: Pin


class ChangePin(Message):
    """The PIN of before, and the one from now on."""

    pin: Pin
    new_pin: Pin


class SetPolicy(Message):
    """The owner's next policy: `rules` is RLP of policy_rules.Rules, the signature EIP-2098."""

    version: U32
    previous: Hash  # digest of the policy before; zero for the first
    rules: Annotated[bytes, Octets(MAX_RULES, shorter=True)]
    signature: Signature


class Left(Message):
    """What may still be spent of an asset now (base units)."""

    asset: Address
    left: U256


class PolicyState(Message):
    """The policy in force (version 0 and no rules: none), and what is left under it."""

    version: U32
    digest: Hash
    rules: Annotated[bytes, Octets(MAX_RULES, shorter=True)]
    left: Annotated[tuple[Left, ...], ListOf(Left, 16)]
    day_left_uwh: U64


class AuditFrom(Message):
    """Entries from this number on."""

    first: U64


class AuditEntry(Message):
    """One line of the log; its hash is SHA-256 over the hash before and RLP of these fields."""

    number: U64
    boot_count: U64
    uptime_ms: U64
    event: Name
    detail: Annotated[str, Text(200)]


class AuditPage(Message):
    """Entries in their order; `before` is the hash of the entry before the first of them."""

    before: Hash
    entries: Annotated[tuple[AuditEntry, ...], ListOf(AuditEntry, 40)]


class Nonce(Message):
    """What makes a quote fresh."""

    nonce: Hash


class Quote(Message):
    """What the device says of itself, under its attestation key (P-256, r and s)."""

    nonce: Hash
    home: Name
    version: Name
    measurement: Hash
    boot_count: U64
    meter: Address
    policy_version: U32
    policy_digest: Hash
    import_uwh: U64
    export_uwh: U64
    tampered: U32
    isolation: Annotated[str, Text(256)]
    audit_count: U64
    audit_head: Hash
    signature: Signature


class Backup(Message):
    """The account key, sealed to the owner: ephemeral key (33), nonce (12), AES-256-GCM."""

    account: Address
    owner: Address
    sealed: Annotated[bytes, Octets(256, shorter=True)]


class Passphrase(Message):
    """Without it the keys stay sealed at the next start; an empty one takes it away."""

    pin: Pin
    passphrase: Phrase


class Unseal(Message):
    """Typed once after a start."""

    passphrase: Phrase


class EnrollManifest(Message):
    """The next version's code, signed by the release key that the policy names."""

    version: U32
    floor: U32  # no version below it may use the keys any more
    measurement: Hash
    signature: Signature


class Lock(Message):
    """Nothing is signed while the device is locked; the registers go on counting."""


class Transaction(Message):
    """Unsigned in the request, signed in the response."""

    raw: Annotated[bytes, Octets(MAX_TRANSACTION + 128, shorter=True)]


class SignLink(Message):
    """One connection, as both ends see it; hashes are SHA-256 of the certificates' DER."""

    server: Boolean  # which end this device is
    exporter: Hash  # TLS exporter, label EXPORTER-evlock-link
    client_certificate: Hash
    server_certificate: Hash
    nonce: Hash  # the server's


class LinkSignature(Message):
    """P-256 signature (r and s) of the link identity key."""

    signature: Signature


class LinkRequest(Message):
    """PKCS #10 request for the device's CA certificate."""

    request: Certificate


class LinkSession(Message):
    """A short certificate for the link process's own key (P-256 point)."""

    key: Annotated[bytes, Octets(64)]
    not_before_s: U64  # Unix time: a label, the secure world has no clock to judge it by
    lifetime_s: Annotated[int, Uint(32, low=1, high=86_400)]


class SessionCertificate(Message):
    """DER, signed by the link identity key."""

    certificate: Certificate


class OpenTrade(Message):
    """Everything that a trade's readings are bound to from now on."""

    chain_id: ChainId
    market: Address
    trade: Hash
    direction: Direction
    amount_uwh: Annotated[int, Uint(64, low=1)]
    counterpart: Address
    self_check: Hash


class Count(Message):
    """Energy since `session` (one run of the meter program) began: totals, never differences."""

    session: U64
    imported_uwh: U64
    exported_uwh: U64


class Register(Message):
    """The device's own registers: they only grow."""

    import_uwh: U64
    export_uwh: U64


class SignReading(Message):
    """Count, then sign the next reading of `trade`."""

    trade: Hash
    final: Boolean
    session: U64
    imported_uwh: U64
    exported_uwh: U64


class SignClaim(Message):
    """Energy since the last claim or trade of this direction, for `consumer` to use once.

    `least_from_uwh` gives up what was counted below it; it can only shorten the claim.
    """

    chain_id: ChainId
    direction: Direction
    consumer: Address  # the contract that uses it
    reference: U64  # the consumer's: a slot, or a running number
    price: U96  # base units per kWh, as the consumer means it
    least_from_uwh: U64


class SignedClaim(Message):
    """The interval of the register, and the signature (structures.EnergyClaim)."""

    from_uwh: U64
    to_uwh: U64
    signature: Signature


@unique
class Finding(IntEnum):
    """Signs of tampering; bit `value` of a policy's `tamper_marks` says that it destroys keys."""

    CASE_OPENED = 0
    DEBUGGER = 1
    REWIRED = 2
    SENSOR_CHANGED = 3
    CONVERTER_CHANGED = 4


class Tamper(Message):
    """What the meter has found."""

    finding: Annotated[int, Uint(8, high=max(Finding))]


class Tampered(Message):
    """Whether the keys are gone."""

    destroyed: Boolean


class Layout(Record):
    """A command's request and response, the roles that may give it, and who works on it.

    `apart`: read and answered by a forked child (jobs.py), for it needs secrets that the
    long-running process shall not see, or libraries that are too big for it.
    """

    request: type[Message]
    response: type[Message]
    roles: frozenset[Role]
    apart: bool = False


_ALL, _ADMIN, _METER, _NODE = (
    frozenset(Role),
    frozenset({Role.ADMIN}),
    frozenset({Role.METER}),
    frozenset({Role.NODE}),
)

LAYOUTS = {
    Command.INFO: Layout(Empty, Info, _ALL),
    Command.PROVISION: Layout(Provision, Provisioned, _ADMIN, apart=True),
    Command.CONFIRM: Layout(Confirm, Empty, _ADMIN),
    Command.RESTORE: Layout(Restore, Restored, _ADMIN, apart=True),
    Command.SET_POLICY: Layout(SetPolicy, PolicyState, _ADMIN),
    Command.LOCK: Layout(Lock, Empty, _ADMIN),
    Command.UNLOCK: Layout(WithPin, Empty, _ADMIN, apart=True),
    Command.CLAIM: Layout(Claim, Empty, _ADMIN, apart=True),
    Command.CHANGE_PIN: Layout(ChangePin, Empty, _ADMIN, apart=True),
    Command.GET_POLICY: Layout(Empty, PolicyState, _ALL),
    Command.AUDIT: Layout(AuditFrom, AuditPage, _ADMIN),
    Command.ATTEST: Layout(Nonce, Quote, _ADMIN | _NODE, apart=True),
    Command.BACKUP: Layout(WithPin, Backup, _ADMIN, apart=True),
    Command.RESTORE_KEY: Layout(RestoreKey, Restored, _ADMIN, apart=True),
    Command.ZEROISE: Layout(WithPin, Empty, _ADMIN, apart=True),
    Command.SIGN_TRANSACTION: Layout(Transaction, Transaction, _NODE),
    Command.SIGN_LINK: Layout(SignLink, LinkSignature, _NODE, apart=True),
    Command.LINK_REQUEST: Layout(Empty, LinkRequest, _ADMIN, apart=True),
    Command.LINK_SESSION: Layout(LinkSession, SessionCertificate, _NODE, apart=True),
    Command.SET_PASSPHRASE: Layout(Passphrase, Empty, _ADMIN, apart=True),
    Command.UNSEAL: Layout(Unseal, Empty, _ADMIN, apart=True),
    Command.ENROLL_MANIFEST: Layout(EnrollManifest, Empty, _ADMIN, apart=True),
    Command.OPEN_TRADE: Layout(OpenTrade, SignedReady, _METER),
    Command.COUNT: Layout(Count, Register, _METER),
    Command.SIGN_READING: Layout(SignReading, SignedReading, _METER),
    Command.TAMPER: Layout(Tamper, Tampered, _METER),
    Command.SIGN_CLAIM: Layout(SignClaim, SignedClaim, _NODE),
}
