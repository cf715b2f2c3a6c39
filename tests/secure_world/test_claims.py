"""Claims: each µWh once, one answer a reference, nothing that the owner does not allow."""

from pathlib import Path
from typing import Any

import pytest

from secure_world import destruction, rlp
from secure_world.claims import KEPT_CLAIMS, KEPT_OVER_POLICIES
from secure_world.commands import Command, Count, Empty, Lock, Role, SignClaim, SignedClaim
from secure_world.device import Device
from secure_world.errors import FieldInvalid, SecureWorldRefused
from secure_world.policy_paper import read_rules
from secure_world.policy_rules import ClaimRule, Rules
from secure_world.structures import EXPORT, IMPORT, EnergyClaim, claim_purpose
from tests.secure_world import owner, version_3
from tests.secure_world.owner import law
from tests.secure_world.rig import CHAIN, METER, Rig, StandingClock
from tests.secure_world.test_trades import TRADE, opened, read

REGISTRY, AUCTION, OPERATOR = (bytes([number]) * 20 for number in (0x0D, 0x0E, 0x0F))
RULED = law(
    registry=REGISTRY,
    claims=(
        ClaimRule(AUCTION, EXPORT, 5, 10),
        ClaimRule(AUCTION, IMPORT, 1, 20),
        ClaimRule(OPERATOR, EXPORT, 0, 0),
    ),
)
ASKED = SignClaim(CHAIN, EXPORT, AUCTION, 7, 8, 0)


@pytest.fixture(name="ruled")
def _ruled(rig: Rig) -> Rig:
    rig.rule(RULED)
    return rig


def counted(rig: Rig, imported: int, exported: int, session: int = 1) -> None:
    rig.ask(Role.METER, Command.COUNT, Count(session, imported, exported))


def claimed(rig: Rig, asked: SignClaim = ASKED, **changes: Any) -> SignedClaim:
    """A claim whose signature is the meter's own."""
    request = asked.replace(**changes)
    made: SignedClaim = rig.ask(Role.NODE, Command.SIGN_CLAIM, request)
    purpose = claim_purpose(request.consumer, request.reference, request.price)
    claim = EnergyClaim(METER, request.direction, made.from_uwh, made.to_uwh, purpose)
    claim.verify(CHAIN, REGISTRY, made.signature)
    return made


def span(made: SignedClaim) -> tuple[int, int]:
    return made.from_uwh, made.to_uwh


def code(rig: Rig, asked: SignClaim = ASKED, **changes: Any) -> str:
    with pytest.raises(SecureWorldRefused) as caught:
        rig.ask(Role.NODE, Command.SIGN_CLAIM, asked.replace(**changes))
    return str(caught.value.code)


def day_left_uwh(rig: Rig) -> int:
    return rig.device.policy.state().day_left_uwh


def test_a_claim_is_all_that_was_not_claimed_before(ruled: Rig) -> None:
    counted(ruled, 30, 100)
    assert span(claimed(ruled)) == (0, 100)
    counted(ruled, 30, 150)
    assert span(claimed(ruled, reference=8)) == (100, 150)
    assert span(claimed(ruled, direction=IMPORT, price=20)) == (0, 30)
    counted(ruled, 30, 151)
    assert span(claimed(ruled, consumer=OPERATOR, reference=1, price=0)) == (150, 151)


def test_asked_again_it_is_the_very_same(ruled: Rig) -> None:
    counted(ruled, 0, 100)
    first, left = claimed(ruled), day_left_uwh(ruled)
    counted(ruled, 0, 500)
    changes = ruled.device.store.changes
    assert claimed(ruled) == first
    assert claimed(ruled, least_from_uwh=400) == first
    assert ruled.device.store.changes == changes
    ruled.restart()
    opened(ruled)
    assert claimed(ruled) == first
    assert day_left_uwh(ruled) == left - TRADE.amount_uwh


def test_a_reference_keeps_its_price(ruled: Rig) -> None:
    counted(ruled, 0, 100)
    claimed(ruled)
    counted(ruled, 0, 200)
    assert code(ruled, price=9) == "CLAIM-CHANGED"
    ruled.restart()
    assert code(ruled, price=9) == "CLAIM-CHANGED"
    assert span(claimed(ruled, reference=8, price=9)) == (100, 200)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"chain_id": CHAIN + 1}, "POLICY-CHAIN"),
        ({"consumer": b"\1" * 20}, "CLAIM-POLICY"),
        ({"consumer": OPERATOR}, "CLAIM-POLICY"),  # at its price only
        ({"consumer": OPERATOR, "direction": IMPORT, "price": 0}, "CLAIM-POLICY"),
        ({"price": 4}, "CLAIM-POLICY"),
        ({"price": 11}, "CLAIM-POLICY"),
        ({"direction": IMPORT, "price": 0}, "CLAIM-POLICY"),
        ({"direction": IMPORT, "price": 21}, "CLAIM-POLICY"),
        ({"least_from_uwh": 100}, "CLAIM-EMPTY"),
        ({"least_from_uwh": 2**64 - 1}, "CLAIM-EMPTY"),
    ],
)
def test_what_is_not_claimed(ruled: Rig, changes: dict[str, Any], expected: str) -> None:
    counted(ruled, 50, 100)
    assert code(ruled, **changes) == expected
    assert span(claimed(ruled)) == (0, 100)  # and it has changed nothing
    assert code(ruled, reference=8) == "CLAIM-EMPTY"


def test_without_rules_for_it_nothing_is_claimed(rig: Rig) -> None:
    counted(rig, 0, 100)
    assert code(rig) == "CLAIM-POLICY"
    rig.device.policy.forget()
    assert code(rig) == "POLICY-MISSING"


def test_a_locked_device_signs_no_claim(ruled: Rig) -> None:
    counted(ruled, 0, 100)
    ruled.ask(Role.ADMIN, Command.LOCK, Lock())
    assert code(ruled) == "LOCKED"


def test_a_beginning_moves_up_only(ruled: Rig) -> None:
    counted(ruled, 0, 100)
    assert span(claimed(ruled, least_from_uwh=40)) == (40, 100)
    counted(ruled, 0, 200)
    assert span(claimed(ruled, reference=8, least_from_uwh=40)) == (100, 200)


def test_no_claim_while_a_trade_of_its_direction_is_open(ruled: Rig) -> None:
    counted(ruled, 20, 100)
    opened(ruled)
    assert code(ruled) == "CLAIM-OPEN"
    assert span(claimed(ruled, direction=IMPORT)) == (0, 20)
    read(ruled, 150, imported=20)
    assert code(ruled) == "CLAIM-OPEN"
    assert read(ruled, 160, imported=20, final=True).to_uwh == 160
    assert code(ruled) == "CLAIM-EMPTY"
    ruled.restart()
    counted(ruled, 20, 170)
    assert span(claimed(ruled)) == (160, 170)
    assert opened(ruled, TRADE.replace(trade=b"\2" * 32)).from_uwh == 170


def test_what_was_received_beyond_a_trade_can_be_claimed(ruled: Rig) -> None:
    opened(ruled, TRADE.replace(direction=IMPORT))
    final = read(ruled, 0, imported=1500, final=True)
    assert final.to_uwh == 1000
    ruled.restart()
    assert span(claimed(ruled, direction=IMPORT)) == (1000, 1500)


def test_a_claim_counts_as_a_trade_does(ruled: Rig) -> None:
    ruled.rule(RULED.replace(max_trade_uwh=10, max_day_uwh=100))
    counted(ruled, 0, 60)
    claimed(ruled)
    claimed(ruled)
    assert day_left_uwh(ruled) == 40
    counted(ruled, 0, 101)
    assert code(ruled, reference=8) == "POLICY-DAY-ENERGY"
    assert day_left_uwh(ruled) == 40
    assert span(claimed(ruled, reference=8, least_from_uwh=61)) == (61, 101)
    assert day_left_uwh(ruled) == 0


def test_what_the_next_policy_forbids_is_not_signed_again(ruled: Rig) -> None:
    counted(ruled, 0, 100)
    first = claimed(ruled)
    ruled.rule(RULED.replace(claims=RULED.claims[1:]))
    assert code(ruled) == "CLAIM-POLICY"
    ruled.rule(RULED)
    assert claimed(ruled) == first


def test_another_registry_has_references_of_its_own_but_the_same_energy(ruled: Rig) -> None:
    counted(ruled, 0, 100)
    claimed(ruled)
    ruled.rule(RULED.replace(registry=b"\1" * 20))
    assert code(ruled) == "CLAIM-EMPTY"


def full(rig: Rig) -> list[SignedClaim]:
    """As many claims as are remembered, of references from 1000 on."""
    found = []
    for number in range(KEPT_CLAIMS):
        counted(rig, 0, number + 1)
        found.append(claimed(rig, reference=1000 + number))
    return found


def test_the_latest_references_are_remembered_and_older_ones_used_up(ruled: Rig) -> None:
    made = full(ruled)
    counted(ruled, 0, KEPT_CLAIMS + 1)
    assert code(ruled, reference=999) == "CLAIM-PAST"
    assert span(claimed(ruled, consumer=OPERATOR, reference=1, price=0))[1] == KEPT_CLAIMS + 1
    counted(ruled, 0, KEPT_CLAIMS + 2)
    claimed(ruled, reference=5000)
    counted(ruled, 0, KEPT_CLAIMS + 3)
    assert code(ruled, reference=1000) == "CLAIM-PAST"
    ruled.restart()
    assert claimed(ruled, reference=1001) == made[1]
    row = ruled.device.store.row("SELECT count(*) FROM claim")
    assert row == (KEPT_CLAIMS + 1,)


def test_the_next_policy_makes_room_again(ruled: Rig) -> None:
    made = full(ruled)
    counted(ruled, 0, KEPT_CLAIMS + 1)
    ruled.rule(RULED)
    kept = range(KEPT_CLAIMS - KEPT_OVER_POLICIES, KEPT_CLAIMS)
    assert [claimed(ruled, reference=1000 + number) for number in kept] == made[kept.start :]
    assert span(claimed(ruled, reference=3)) == (KEPT_CLAIMS, KEPT_CLAIMS + 1)


def test_the_next_life_of_a_device_claims_nothing_of_this_one(ruled: Rig) -> None:
    counted(ruled, 20, 100)
    claimed(ruled)
    counted(ruled, 20, 130)
    destruction.zeroise(ruled.device)
    ruled.device.commit()
    ruled._provision()
    ruled.rule(RULED)
    ruled.restart()
    assert code(ruled) == "CLAIM-EMPTY"
    assert code(ruled, direction=IMPORT) == "CLAIM-EMPTY"
    counted(ruled, 21, 131)
    assert span(claimed(ruled)) == (130, 131)
    assert span(claimed(ruled, direction=IMPORT)) == (20, 21)


def test_claims_are_told_in_the_audit_log_but_not_each(ruled: Rig) -> None:
    for number in range(1, 6):
        counted(ruled, 0, number)
        claimed(ruled, reference=number)
    rows = ruled.device.store.rows("SELECT entry FROM audit")
    told = [entry for (entry,) in rows if b"ENERGY-CLAIM" in entry]
    assert len(told) == 1
    assert "export 1 µWh for 0x0e0e".encode() in told[0]


# -- the rules, and policies of before --------------------------------------------------------


def test_rules_without_claims_are_those_of_before() -> None:
    assert len(law().to_rlp()) == 10
    assert Rules.from_rlp(law().to_rlp()) == law()
    assert len(RULED.to_rlp()) == 12
    assert Rules.from_rlp(RULED.to_rlp()) == RULED


def test_rules_have_one_form() -> None:
    row = [AUCTION, b"\1", b"\5", b"\4"]
    for tail in ([b"", []], [REGISTRY, []], [b"", [row]], [REGISTRY], [REGISTRY, [row]]):
        with pytest.raises(SecureWorldRefused) as caught:
            read_rules(rlp.encode([*law().to_rlp(), *tail]))
        assert caught.value.code == "POLICY-RULES"
    good = rlp.encode([*law().to_rlp(), REGISTRY, [[AUCTION, b"\1", b"\4", b"\5"]]])
    assert rlp.encode(read_rules(good).to_rlp()) == good


@pytest.mark.parametrize("changes", [{"registry": REGISTRY}, {"claims": RULED.claims}], ids=str)
def test_registry_and_claims_come_together(changes: dict[str, Any]) -> None:
    with pytest.raises(FieldInvalid, match="registry"):
        law(**changes)


def test_a_state_of_before_claims_goes_on(tmp_path: Path) -> None:
    meter = version_3.state_of_version_3(tmp_path / "state")
    rig = Rig.__new__(Rig)
    rig.folder, rig.clock = tmp_path / "state", StandingClock()
    rig.device = Device(rig.folder, rig.clock)
    state = rig.device.policy.state()
    assert (state.version, state.rules) == (1, version_3.RULES)
    assert state.digest == version_3.digest(meter)
    assert state.day_left_uwh == version_3.LEFT_UWH
    info = rig.ask(Role.NODE, Command.INFO, Empty())
    registers = (info.import_uwh, info.export_uwh)
    assert registers == (version_3.IMPORTED_UWH, version_3.EXPORTED_UWH)
    assert code(rig) == "CLAIM-POLICY"
    rig.rule(RULED)  # the digest of before is what the next policy names
    assert code(rig) == "CLAIM-EMPTY"  # what was counted before is never claimed
    counted(rig, 0, 5)
    assert span(claimed(rig)) == (300, 305)
    rig.device.close()


def test_the_owner_signs_the_same_bytes_as_before() -> None:
    rules = read_rules(version_3.RULES)
    assert rules.claims == ()
    request = owner.signed(METER, rules)
    assert request.rules == version_3.RULES
