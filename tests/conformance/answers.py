"""Answers of the secure world as tuples with names."""

from typing import Any, NamedTuple, TypeVar, get_type_hints

from tests.conformance import rlp
from tests.conformance.rlp import Item


class Info(NamedTuple):
    home: str
    version: str
    provisioned: bool
    account: bytes
    meter: bytes
    boot_count: int
    policy_version: int
    import_uwh: int
    export_uwh: int
    rated_power_w: int
    open_import: bytes
    open_export: bytes
    locked: bool
    sealed: bool
    measurement: bytes
    enrolled: bool
    owner: bytes
    pin_wait_s: int
    tampered: int
    entropy: str
    isolation: str
    audit_count: int
    audit_head: bytes
    attestation_key: bytes
    link_key: bytes


class Provisioned(NamedTuple):
    mnemonic: str
    account: bytes
    meter: bytes


class Restored(NamedTuple):
    account: bytes
    meter: bytes


class Ready(NamedTuple):
    trade: bytes
    meter: bytes
    from_uwh: int
    self_check: bytes
    signature: bytes


class Reading(NamedTuple):
    trade: bytes
    meter: bytes
    from_uwh: int
    to_uwh: int
    sequence: int
    state: int
    signature: bytes


class SignedClaim(NamedTuple):
    from_uwh: int
    to_uwh: int
    signature: bytes


class Register(NamedTuple):
    import_uwh: int
    export_uwh: int


class Policy(NamedTuple):
    version: int
    digest: bytes
    rules: bytes
    left: dict[bytes, int]
    day_left_uwh: int


class Entry(NamedTuple):
    number: int
    boot_count: int
    uptime_ms: int
    event: str
    detail: str


class Quote(NamedTuple):
    nonce: bytes
    home: str
    version: str
    measurement: bytes
    boot_count: int
    meter: bytes
    policy_version: int
    policy_digest: bytes
    import_uwh: int
    export_uwh: int
    tampered: int
    isolation: str
    audit_count: int
    audit_head: bytes
    signature: bytes


class Backup(NamedTuple):
    account: bytes
    owner: bytes
    sealed: bytes


T = TypeVar("T")


def named(kind: type[T], fields: list[Item]) -> T:
    """The fields by their annotations: int, bool, str, bytes. Raises ValueError."""
    hints = get_type_hints(kind)
    if len(hints) != len(fields):
        raise ValueError(f"{kind.__name__}: {len(fields)} fields, expected {len(hints)}")
    return kind(*[_read(hint, field) for hint, field in zip(hints.values(), fields, strict=True)])


def policy(fields: list[Item]) -> Policy:
    """The answer to SET_POLICY and GET_POLICY."""
    version, digest, rules, left, day = fields
    assert isinstance(digest, bytes) and isinstance(rules, bytes) and isinstance(left, list)
    assets: dict[bytes, int] = {}
    for row in left:
        assert isinstance(row, list)
        asset, amount = row
        assert isinstance(asset, bytes) and len(asset) == 20 and asset not in assets
        assets[asset] = rlp.uint(amount)
    return Policy(rlp.uint(version), digest, rules, assets, rlp.uint(day))


def page(fields: list[Item]) -> tuple[bytes, list[list[Item]]]:
    """The answer to AUDIT: the hash before, and the entries as they are hashed."""
    before, entries = fields
    assert isinstance(before, bytes) and isinstance(entries, list)
    return before, [entry for entry in entries if isinstance(entry, list)]


def _read(hint: Any, field: Item) -> Any:
    if hint is int:
        return rlp.uint(field)
    assert isinstance(field, bytes), f"a list: {field!r:.80}"
    if hint is bool:
        assert field in (b"", b"\1")
        return field == b"\1"
    return field.decode("utf-8") if hint is str else field
