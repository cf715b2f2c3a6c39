"""The way of a policy: made for a device, signed by its owner, put in force."""

from pathlib import Path
from typing import TYPE_CHECKING

from normal_world.cli import owner_keys, policy_file
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import note
from normal_world.cli.policy_file import Proposal
from normal_world.cli.rules import NUMBER_BITS, REF_BITS, owned, rules_for
from normal_world.cli.wishes import Wishes
from normal_world.errors import StateError

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook
    from secure_world.protocol import SecureWorld


def owner_of(client: "SecureWorld") -> bytes:
    """Address of the device's owner; StateError before there is one."""
    owner = client.info().owner
    if owner is None:
        text = "nobody owns this device yet, expected: evlock secure-world claim"
        raise StateError(text, "OWNER-MISSING")
    return owner


def proposed(client: "SecureWorld", wishes: Wishes, book: "AddressBook") -> Proposal:
    """The next policy of this device; StateError before it has keys."""
    from secure_world.protocol import encode_rlp

    meter, state = client.info().meter, client.get_policy()
    if meter is None:
        raise StateError("no keys yet, made by: evlock key provision", "KEY-MISSING")
    rules = encode_rlp(rules_for(wishes, book, meter).to_rlp())
    return Proposal(meter, state.version + 1, state.digest, rules)


def signed(proposal: Proposal, key_file: Path, passphrase_file: Path | None) -> Proposal:
    """The same, signed by the key of a file; a keystore's passphrase is asked for."""
    key = owner_keys.opened(key_file, passphrase_file)
    signer, owner = owner_keys.address_of(owner_keys.public(key)), f"0x{proposal.rules.owner.hex()}"
    if signer != owner:
        note(f"signed by {signer}\nthe policy after it is signed by another: {owner}")
    return proposal.signed(owner_keys.sign(key, proposal.digest))


def put_in_force(client: "SecureWorld", proposal: Proposal) -> None:
    """Raises SecureWorldRefused; one that was made for another device is told as such."""
    from secure_world.protocol import SecureWorldRefused

    assert proposal.signature is not None
    parts = (proposal.version, proposal.previous, proposal.rules_bytes, proposal.signature)
    try:
        client.set_policy(*parts)
    except SecureWorldRefused as refused:
        meter = client.info().meter
        if meter in (None, proposal.device):
            raise
        text = f"policy for meter 0x{proposal.device.hex()}, expected one for this, 0x{meter.hex()}"
        raise SecureWorldRefused(refused.code, text) from None


def moved(rules: bytes, before: bytes, now: bytes) -> bytes:
    """The same rules for a new meter: bounds that named the one of before name it."""
    from secure_world.protocol import Bound, Call, encode_rlp, read_rules

    old, new = (int.from_bytes(meter, "big") for meter in (before, now))
    found = read_rules(rules)
    ranges = {owned(old, bits): owned(new, bits) for bits in (0, NUMBER_BITS, REF_BITS)}

    def bound(one: Bound) -> Bound:
        low, high = ranges.get((one.low, one.high), (one.low, one.high))
        return one.replace(low=low, high=high)

    def call(one: Call) -> Call:
        return one.replace(bounds=tuple(map(bound, one.bounds)))

    return encode_rlp(found.replace(calls=tuple(map(call, found.calls))).to_rlp())


def keep(path: Path, proposal: Proposal) -> None:
    """Write the file, unless something else than a proposal stands there (UsageInvalid)."""
    if path.exists():
        try:
            policy_file.read(path)
        except ValueError:
            raise UsageInvalid(f"{path}: exists and is no policy, a new file expected") from None
    policy_file.write(path, proposal)
