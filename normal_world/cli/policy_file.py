"""policy.json: a policy on its way from the device to its owner and back.

`rules` are the bytes that count. Words and typed data are made from them again wherever the file
is read, and a file whose words say something else is refused: nobody signs what he has not read.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normal_world.cli import policy_words
from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from secure_world.protocol import Rules

FORMAT = 1
KEYS = ("evlock_policy", "device", "version", "previous", "words", "rules", "typed_data")
SIGNATURE = "signature"
_DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
_POLICY_FIELDS = (
    ("device", "address"),
    ("version", "uint32"),
    ("previous", "bytes32"),
    ("rules", "bytes32"),
)


@dataclass(frozen=True)
class Proposal:
    """The next policy of the meter `device`; the signature is EIP-2098, or not there yet."""

    device: bytes
    version: int
    previous: bytes
    rules_bytes: bytes
    signature: bytes | None = None

    @property
    def rules(self) -> "Rules":
        """What the bytes say; raises SecureWorldRefused (POLICY-RULES)."""
        from secure_world.protocol import read_rules

        return read_rules(self.rules_bytes)

    @property
    def digest(self) -> bytes:
        """What the owner signs."""
        from secure_world.protocol import policy_digest

        return policy_digest(self.device, self.version, self.previous, self.rules_bytes, self.rules)

    def words(self) -> dict[str, Any]:
        """The rules for people."""
        return policy_words.words(self.rules, self.device)

    def to_json(self) -> dict[str, Any]:
        """The file's content."""
        values = (
            FORMAT,
            _hex(self.device),
            self.version,
            _hex(self.previous),
            self.words(),
            _hex(self.rules_bytes),
            self.typed_data(),
        )
        told: dict[str, Any] = dict(zip(KEYS, values, strict=True))
        return told | ({SIGNATURE: _hex(self.signature)} if self.signature else {})

    def typed_data(self) -> dict[str, Any]:
        """For eth_signTypedData_v4 of any wallet."""
        from secure_world.protocol import keccak256

        rules = self.rules
        where = {"chainId": rules.chain_id, "verifyingContract": _hex(rules.market)}
        return {
            "types": {"EIP712Domain": _fields(_DOMAIN_FIELDS), "Policy": _fields(_POLICY_FIELDS)},
            "primaryType": "Policy",
            "domain": {"name": "Evlock", "version": "1", **where},
            "message": {
                "device": _hex(self.device),
                "version": self.version,
                "previous": _hex(self.previous),
                "rules": _hex(keccak256(self.rules_bytes)),
            },
        }

    def signed(self, signature: bytes) -> "Proposal":
        """The same with its signature."""
        return replace(self, signature=signature)


def write(path: Path, proposal: Proposal) -> None:
    """Whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(proposal.to_json(), indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def read(path: Path) -> Proposal:
    """Raises UsageInvalid, OSError, SecureWorldRefused (POLICY-RULES)."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _wrong(path, f"not JSON ({error})") from None
    if not isinstance(found, dict) or found.keys() - {SIGNATURE} != set(KEYS):
        raise _wrong(path, f"the keys {', '.join(KEYS)} expected")
    if found["evlock_policy"] != FORMAT:
        raise _wrong(path, f"evlock_policy {found['evlock_policy']!r:.20}: {FORMAT} expected")
    try:
        proposal = _proposal(found)
    except (TypeError, ValueError):
        raise _wrong(path, "0x and hexadecimal digits, and a version from 1, expected") from None
    for key, value in proposal.to_json().items():
        if found[key] != value:
            expected = "the same, by the same version of evlock, expected"
            raise _wrong(path, f"{key}: something else than the rules say, {expected}")
    return proposal


def signature_of(text: str) -> bytes:
    """EIP-2098 of a wallet's answer: 65 bytes (r, s, v) or 64 already; raises UsageInvalid."""
    try:
        raw = bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) == 64:
        return raw
    if len(raw) != 65 or raw[64] not in (0, 1, 27, 28):
        raise UsageInvalid("signature: 0x and 130 hexadecimal digits of a wallet expected")
    parity = raw[64] % 27
    return raw[:32] + bytes([raw[32] | parity << 7]) + raw[33:64]


def _proposal(found: dict[str, Any]) -> Proposal:
    version, signature = found["version"], found.get(SIGNATURE)
    if type(version) is not int or not 0 < version < 2**32:
        raise ValueError(version)
    return Proposal(
        _bytes(found["device"], 20),
        version,
        _bytes(found["previous"], 32),
        _bytes(found["rules"], None),
        _bytes(signature, 64) if signature is not None else None,
    )


def _bytes(text: object, size: int | None) -> bytes:
    if not isinstance(text, str):
        raise TypeError(text)
    data = bytes.fromhex(text.removeprefix("0x"))
    if size is not None and len(data) != size:
        raise ValueError(text)
    return data


def _fields(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields]


def _wrong(path: Path, what: str) -> UsageInvalid:
    return UsageInvalid(f"{path}: {what}")


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
