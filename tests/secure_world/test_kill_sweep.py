"""kill -9 before and after every durable step of every command that changes anything.

Each step of the story is played from the same state again and again, the program dying one moment
later each time; it is started again, and the client repeats what was not answered. What was
acknowledged must hold, and the step must have happened once.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from coincurve import PrivateKey

from secure_world.derivation import account_key
from secure_world.keys import address_of, sign_compact
from secure_world.manifest import manifest_digest
from secure_world.protocol import (
    ClaimRule,
    EnergyClaim,
    Finding,
    OpenTrade,
    Provisioned,
    ProvisioningUnconfirmed,
    Rules,
    SecureWorldRefused,
    SignClaim,
    claim_purpose,
)
from tests.secure_world import owner
from tests.secure_world.calls import unsigned
from tests.secure_world.process import Secured
from tests.secure_world.story import TRADES, Facts, Story

LAUNCHER = ("-m", "tests.secure_world.launcher")
POWER_W = 2**24 - 1  # the burst alone covers the story: the clock here is the real one
TRADE, NEXT = TRADES.values()
REGISTRY, AUCTION = b"\x0d" * 20, b"\x0e" * 20
PAYLOAD, BUMP, OTHER = unsigned(3), unsigned(3, tip=11, max_fee=21), unsigned(3, gas=5)
RELEASE = PrivateKey(b"\x66" * 32)
PIN, NEW_PIN = owner.PIN, "141421"
CODE = b"\x77" * 32  # of the next version
MARKED = Finding.CASE_OPENED
LAW = owner.law(
    release=address_of(RELEASE.public_key),
    registry=REGISTRY,
    claims=(ClaimRule(AUCTION, 1, 1, 9),),
)


def provision(story: Story) -> None:
    def once() -> Provisioned:
        try:
            return story.admin.provision(12, "a passphrase", POWER_W)
        except ProvisioningUnconfirmed as error:
            made = error.provisioned
            story.insist(story.admin.info)
            story.admin.confirm(made.account)
            return made

    made = story.insist(once)
    key = PrivateKey(account_key(made.mnemonic, "a passphrase"))
    assert address_of(key.public_key) == made.account
    story.facts.account, story.facts.meter = made.account, made.meter


def claim(story: Story) -> None:
    def done() -> None:
        if story.admin.info().owner != owner.OWNER:
            raise LookupError

    story.insist(lambda: story.admin.claim(owner.PUBLIC_KEY, PIN), done)
    story.facts.owner, story.facts.pin = owner.OWNER, PIN


def set_policy(version: int, rules: Rules) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        before = story.facts.policy
        previous = before.digest if before else owner.NO_POLICY
        request = owner.signed(story.facts.meter, rules, version, previous)
        story.facts.policy = story.insist(
            lambda: story.admin.set_policy(
                request.version, request.previous, request.rules, request.signature
            )
        )
        assert story.facts.policy.version == version

    return act


def count(session: int, imported: int, exported: int) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        made = story.insist(lambda: story.meter.count(session, imported, exported))
        before = story.facts.register
        story.facts.register = made.import_uwh, made.export_uwh
        assert made.import_uwh >= before[0]
        assert made.export_uwh >= before[1]
        assert story.facts.register == (10, exported)  # all of it, once

    return act


def open_trade(trade: OpenTrade) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        ready = story.insist(lambda: story.meter.open_trade(trade))
        assert ready.from_uwh == story.facts.register[1]
        story.facts.ready[trade.trade] = ready

    return act


def read(trade: OpenTrade, exported: int, *, final: bool = False) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        facts = story.facts
        reading = story.insist(
            lambda: story.meter.sign_reading(trade.trade, final, 1, 10, exported)
        )
        reading.verify(owner.CHAIN, owner.MARKET)
        assert reading.to_uwh == exported
        earlier = [old.sequence for old in facts.readings if old.trade == trade.trade]
        assert all(sequence < reading.sequence for sequence in earlier)
        facts.readings.append(reading)
        facts.register = 10, exported
        if final:
            facts.finals[trade.trade] = reading

    return act


def sign_claim(slot: int, expected: tuple[int, int]) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        place = owner.CHAIN, 1, AUCTION
        made = story.insist(lambda: story.node.sign_claim(*place, slot, 5))
        assert (made.from_uwh, made.to_uwh) == expected
        purpose = claim_purpose(AUCTION, slot, 5)
        claim = EnergyClaim(story.facts.meter, 1, *expected, purpose)
        claim.verify(owner.CHAIN, REGISTRY, made.signature)
        story.refused(lambda: story.node.sign_claim(*place, slot, 6), "CLAIM-CHANGED")
        story.refused(lambda: story.node.sign_claim(*place, slot + 1, 5), "CLAIM-EMPTY")
        story.facts.claims[SignClaim(*place, slot, 5, 0)] = made

    return act


def sign(raw: bytes) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        story.facts.signed[raw] = story.insist(lambda: story.node.sign_transaction(raw))
        story.refused(lambda: story.node.sign_transaction(OTHER), "NONCE-USED")

    return act


def lock(story: Story) -> None:
    story.insist(story.admin.lock)
    story.facts.locked = True


def unlock(story: Story) -> None:
    story.insist(lambda: story.admin.unlock(story.facts.pin))
    story.facts.locked = False


def wrong_pin(story: Story) -> None:
    story.refused(lambda: story.admin.unlock("000999"), "PIN-WRONG")


def change_pin(story: Story) -> None:
    def done() -> None:
        try:
            story.admin.unlock(NEW_PIN)
        except SecureWorldRefused as error:
            assert error.code == "PIN-WRONG"
            raise LookupError from error

    story.insist(lambda: story.admin.change_pin(PIN, NEW_PIN), done)
    story.facts.pin = NEW_PIN


def backup(story: Story) -> None:
    made = story.insist(lambda: story.admin.backup(story.facts.pin))
    assert (made.account, made.owner) == (story.facts.account, owner.OWNER)


def attest(story: Story) -> None:
    assert story.insist(lambda: story.node.attest(b"\1" * 32)).meter == story.facts.meter


def set_passphrase(passphrase: str) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        story.facts.passphrases += (passphrase,)
        story.insist(lambda: story.admin.set_passphrase(story.facts.pin, passphrase))
        story.facts.passphrases = (passphrase,)

    return act


def enroll_manifest(story: Story) -> None:
    signature = sign_compact(RELEASE, manifest_digest(2, 1, CODE))
    story.insist(lambda: story.admin.enroll_manifest(2, 1, CODE, signature))
    assert story.admin.info().enrolled


def tamper(story: Story) -> None:
    assert not story.insist(lambda: story.meter.tamper(Finding.REWIRED))
    assert story.admin.info().tampered & 1 << Finding.REWIRED


STORY: tuple[tuple[str, Callable[[Story], None]], ...] = (
    ("provision", provision),
    ("claim", claim),
    ("policy", set_policy(1, LAW)),
    ("count", count(1, 10, 100)),
    ("open", open_trade(TRADE)),
    ("reading", read(TRADE, 200)),
    ("sign", sign(PAYLOAD)),
    ("reading again", read(TRADE, 300)),
    ("bump", sign(BUMP)),
    ("final", read(TRADE, 400, final=True)),
    ("open the next", open_trade(NEXT)),
    ("count again", count(1, 10, 450)),
    ("next final", read(NEXT, 500, final=True)),
    ("count for a claim", count(1, 10, 600)),
    ("claim energy", sign_claim(7, (500, 600))),
    ("count for another", count(1, 10, 650)),
    ("claim energy again", sign_claim(8, (600, 650))),
    (
        "next policy",
        set_policy(2, LAW.replace(tamper_marks=1 << MARKED)),
    ),
    ("lock", lock),
    ("wrong PIN", wrong_pin),
    ("unlock", unlock),
    ("change PIN", change_pin),
    ("backup", backup),
    ("attest", attest),
    ("tamper", tamper),
    ("passphrase", set_passphrase("correct horse")),
    ("no passphrase", set_passphrase("")),
    ("manifest", enroll_manifest),
)


def zeroise(story: Story) -> None:
    """After a death the PIN may be gone with the rest: then it is done."""
    facts = story.facts

    def done() -> None:
        if story.admin.info().owner is not None:
            raise LookupError

    story.insist(lambda: story.admin.zeroise(facts.pin), done)
    story.facts = gone = Facts()
    gone.register, gone.audit = facts.register, facts.audit
    story.refused(lambda: story.node.sign_transaction(PAYLOAD), "NOT-PROVISIONED")
    provision(story)  # a new life
    assert gone.meter != facts.meter


def marked_tamper(story: Story) -> None:
    """Destroyed, whatever happens to the power: no key signs any more."""
    facts = story.facts
    assert story.insist(lambda: story.meter.tamper(MARKED))
    story.refused(lambda: story.node.sign_transaction(PAYLOAD), "TAMPERED")
    facts.account = facts.meter = b""
    facts.finals.clear()
    facts.signed.clear()
    facts.claims.clear()


def sweep(base: Path, facts: Facts, act: Callable[[Story], None], at: Path) -> tuple[Facts, int]:
    """Play `act` from the state in `base`, dying at each moment; what is known, and the deaths.

    In the end `base` is the state after it.
    """
    for kill_at in range(1, 1000):
        shutil.copytree(base, at / "state", dirs_exist_ok=False)
        with Secured(at, LAUNCHER) as secured:
            story = Story(secured, facts.copy(), at / "moments")
            story.start(kill_at)
            story.unseal()
            act(story)
            story.check()
        if story.deaths == 0:
            shutil.rmtree(base)
            shutil.move(at / "state", base)
            return story.facts, kill_at - 1
        assert story.deaths == 1
        shutil.rmtree(at / "state")
    raise AssertionError("it dies for ever")


def test_every_durable_step_of_every_command_survives_kill_9(tmp_path: Path) -> None:
    base, at, facts = tmp_path / "base", tmp_path / "at", Facts()
    base.mkdir(mode=0o700)
    at.mkdir()
    deaths = {}
    for name, act in STORY:
        facts, deaths[name] = sweep(base, facts, act, at)
    for name, act in (("zeroise", zeroise), ("marked tamper", marked_tamper)):
        end = tmp_path / name
        shutil.copytree(base, end)
        _, deaths[name] = sweep(end, facts, act, at)
    assert min(deaths.values()) >= 2, deaths  # none of them was without a durable step


@pytest.mark.parametrize("state", ["new", "old"])
def test_every_durable_step_of_the_start_survives_kill_9(tmp_path: Path, state: str) -> None:
    base, facts = tmp_path / "base", Facts()
    base.mkdir(mode=0o700)
    if state == "old":
        for _, act in STORY[:5]:
            facts = whole(base, facts, act, tmp_path)
    for kill_at in range(1, 1000):
        at = tmp_path / str(kill_at)
        at.mkdir()
        shutil.copytree(base, at / "state")
        with Secured(at, LAUNCHER) as secured:
            story = Story(secured, facts.copy(), at / "moments")
            story.start(kill_at, "start")
            story.check()
        if story.deaths == 0:
            assert kill_at > 2
            return
    raise AssertionError("it dies for ever")


def whole(base: Path, facts: Facts, act: Callable[[Story], None], at: Path) -> Facts:
    """Play `act` once, without a death."""
    shutil.copytree(base, at / "state")
    with Secured(at, LAUNCHER) as secured:
        story = Story(secured, facts.copy(), at / "moments")
        story.start(0)
        act(story)
    shutil.rmtree(base)
    shutil.move(at / "state", base)
    return story.facts
