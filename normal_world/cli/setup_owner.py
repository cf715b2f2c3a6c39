"""The owner in `evlock setup`: claims the device, and signs what it may do.

A key file is good for trials: then both happen right here. With a public key the policy waits in
etc/policy.json until it comes back signed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from normal_world.cli import owner_keys, policy_file, policy_flow, policy_words, secret_input
from normal_world.cli.errors import SetupStopped, UsageInvalid
from normal_world.cli.output import note
from normal_world.cli.policy_file import Proposal
from normal_world.cli.programs import secure_world
from normal_world.cli.setup_source import Source
from normal_world.cli.wishes import Wishes

if TYPE_CHECKING:
    from secure_world.protocol import PolicyState, SecureWorld

WEAK = "PIN-WEAK"


def claim(source: Source) -> str:
    """Owner and PIN of a device that has none; raises SetupStopped, SecureWorldRefused."""
    with secure_world("admin") as client:
        owner = client.info().owner
        if owner is not None:
            return f"done before: owner 0x{owner.hex()}"
        text = source.answer("owner.key")
        key = owner_keys.public_given(text, "owner.key", _passphrase_file(source))
        _claim(client, key, source)
    return f"owner {owner_keys.address_of(key)}"


def policy(source: Source, etc: Path) -> str:
    """The first policy: in force, or waiting for its signature; `etc` holds contracts.json."""
    from normal_world.chain.address_book import read_address_book

    path = etc / "policy.json"
    with secure_world("admin") as client:
        state = client.get_policy()
        if state.version:
            return f"done before: version {state.version}"
        proposal = _come_back(path, client, state)
        if proposal is None:
            wishes = _wishes(source, policy_flow.owner_of(client))
            book = read_address_book(etc / "contracts.json")
            proposal = _signed(source, policy_flow.proposed(client, wishes, book))
            policy_flow.keep(path, proposal)
        if proposal.signature is None:
            note(
                f"The owner signs {path}, where the key is:\n"
                "  evlock secure-world policy sign policy.json --owner-key FILE\n"
                "and puts it back in its place."
            )
            return "later: evlock setup goes on here"
        policy_flow.put_in_force(client, proposal)
    return f"version {proposal.version} is in force: evlock secure-world policy show"


def _claim(client: "SecureWorld", key: bytes, source: Source) -> None:
    from secure_world.protocol import SecureWorldRefused

    file = source.given("owner.pin_file")
    if source.unattended and not file:
        raise SetupStopped("owner.pin_file expected in the answers")
    while True:
        try:
            client.claim(key, secret_input.new_pin(_path(file), None))
            return
        except (SecureWorldRefused, UsageInvalid) as error:
            if source.unattended or error.code not in (WEAK, UsageInvalid.code):
                raise
            note(f"{error.code} {error}")


def _wishes(source: Source, owner: bytes) -> Wishes:
    roles = tuple(source.answer("policy.roles"))
    buys, sells = "buyer" in roles, "seller" in roles
    return Wishes(
        roles=roles,
        owner=owner,
        max_price=source.answer("policy.max_price") if buys else 1,
        max_value_wei=source.answer("policy.max_value_wei") if buys else 0,
        min_price=source.answer("policy.min_price") if sells else 1,
        max_trade_uwh=source.answer("limits.max_trade_uwh"),
        max_day_uwh=source.answer("limits.max_day_uwh"),
    )


def _come_back(path: Path, client: "SecureWorld", state: "PolicyState") -> Proposal | None:
    """The proposal at `path`, if it came back signed and is the next one of this device."""
    if not path.exists():
        return None
    found = policy_file.read(path)
    fits = (found.device, found.version, found.previous) == (
        client.info().meter,
        state.version + 1,
        state.digest,
    )
    return found if fits and found.signature is not None else None


def _signed(source: Source, proposal: Proposal) -> Proposal:
    """Signed right here, if the answer names a file with the owner's own key."""
    text = source.answer("owner.key")
    if not owner_keys.is_private(text):
        return proposal
    note(policy_words.text(proposal.words()))
    return policy_flow.signed(proposal, Path(text).expanduser(), _passphrase_file(source))


def _passphrase_file(source: Source) -> Path | None:
    return _path(source.given("owner.passphrase_file"))


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None
