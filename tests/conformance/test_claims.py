"""Claims over the wire: each µWh once, the same answer for ever, nothing without the owner."""

import random

import pytest

from tests.conformance import answers, structures
from tests.conformance.kit import (
    EXPORT,
    IMPORT,
    OWNER,
    PIN,
    RATED_POWER_W,
    RULES,
    Kit,
    asked,
    trade,
    trade_id,
)
from tests.conformance.ledger import Book
from tests.conformance.owner import AUCTION, CHAIN, MARKET, REGISTRY, ClaimRule, Rules
from tests.conformance.rlp import Value
from tests.conformance.wire import Code, Command

OPERATOR = b"\x0f" * 20
CLAIMS = Rules(
    **{
        **RULES.__dict__,
        "registry": REGISTRY,
        "claims": [
            ClaimRule(AUCTION, EXPORT, 5, 10),
            ClaimRule(AUCTION, IMPORT, 1, 2**96 - 1),
            ClaimRule(OPERATOR, EXPORT, 0, 0),
        ],
    }
)


@pytest.fixture(name="ruled")
def _ruled(kit: Kit) -> Kit:
    kit.set_policy(CLAIMS)
    return kit


def claim(kit: Kit, fields: list[Value]) -> answers.SignedClaim:
    """An answer whose signature is the meter's, over what eth_account makes of it."""
    found = kit.claim_energy(fields)
    _, way, consumer, reference, price, _ = fields
    assert isinstance(consumer, bytes) and isinstance(reference, int) and isinstance(price, int)
    purpose = structures.purpose(consumer, reference, price)
    hashed = structures.digest(CHAIN, REGISTRY, "Claim", kit.meter, way, *found[:2], purpose)
    assert structures.signer(hashed, found.signature) == kit.meter
    return found


def code(kit: Kit, fields: list[Value]) -> Code:
    return kit.refused(Command.SIGN_CLAIM, *fields)


def test_claims_of_both_directions_follow_each_other(ruled: Kit) -> None:
    ruled.count(40, 100)
    assert claim(ruled, asked(7))[:2] == (0, 100)
    assert claim(ruled, asked(7, IMPORT, price=2**96 - 1))[:2] == (0, 40)
    ruled.count(40, 101)
    assert claim(ruled, asked(1, consumer=OPERATOR, price=0))[:2] == (100, 101)
    assert code(ruled, asked(8)) is Code.CLAIM_EMPTY
    assert code(ruled, asked(8, IMPORT)) is Code.CLAIM_EMPTY


def test_the_same_question_has_one_answer(ruled: Kit) -> None:
    ruled.count(0, 100)
    first = claim(ruled, asked(7))
    ruled.count(0, 150)
    assert claim(ruled, asked(7)) == first
    assert claim(ruled, asked(7, least_from_uwh=120)) == first
    assert code(ruled, asked(7, price=6)) is Code.CLAIM_CHANGED
    ruled.restart()
    ruled.open(trade(1))
    assert claim(ruled, asked(7)) == first
    assert code(ruled, asked(7, price=6)) is Code.CLAIM_CHANGED


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (asked(7, chain_id=CHAIN + 1), Code.POLICY_CHAIN),
        (asked(7, consumer=MARKET), Code.CLAIM_POLICY),
        (asked(7, price=4), Code.CLAIM_POLICY),
        (asked(7, price=11), Code.CLAIM_POLICY),
        (asked(7, IMPORT, price=0), Code.CLAIM_POLICY),
        (asked(7, IMPORT, consumer=OPERATOR, price=0), Code.CLAIM_POLICY),
        (asked(7, least_from_uwh=100), Code.CLAIM_EMPTY),
    ],
)
def test_what_is_refused_changes_nothing(ruled: Kit, fields: list[Value], expected: Code) -> None:
    ruled.count(50, 100)
    assert code(ruled, fields) is expected
    assert claim(ruled, asked(7))[:2] == (0, 100)


def test_claims_and_trades_take_turns(ruled: Kit) -> None:
    ruled.count(0, 100)
    ruled.open(trade(1))
    assert code(ruled, asked(7)) is Code.CLAIM_OPEN
    ruled.read(trade_id(1), (0, 140), final=True)
    assert code(ruled, asked(7)) is Code.CLAIM_EMPTY
    ruled.count(0, 150)
    assert claim(ruled, asked(7))[:2] == (140, 150)
    assert ruled.open(trade(2)).from_uwh == 150


def test_a_policy_that_names_no_claims_allows_none(blank: Kit) -> None:
    blank.restore_key()
    blank.count(0, 100)
    assert code(blank, asked(7)) is Code.POLICY_MISSING
    blank.claim()
    blank.set_policy(RULES)
    assert code(blank, asked(7)) is Code.CLAIM_POLICY


def test_energy_of_a_claim_is_the_days(kit: Kit) -> None:
    kit.set_policy(Rules(**{**CLAIMS.__dict__, "max_trade_uwh": 10, "max_day_uwh": 100}))
    kit.count(0, 101)
    assert code(kit, asked(7)) is Code.POLICY_DAY_ENERGY
    assert claim(kit, asked(7, least_from_uwh=31))[:2] == (31, 101)
    assert claim(kit, asked(7))[:2] == (31, 101)
    assert answers.policy(kit.ask(Command.GET_POLICY)).day_left_uwh == 30


def test_a_locked_device_claims_nothing(ruled: Kit) -> None:
    ruled.count(0, 100)
    ruled.ask(Command.LOCK)
    assert code(ruled, asked(7)) is Code.LOCKED
    ruled.ask(Command.UNLOCK, PIN)
    assert claim(ruled, asked(7))[:2] == (0, 100)


def test_references_are_used_up_in_the_end_and_a_policy_gives_room(ruled: Kit) -> None:
    first = None
    for number in range(300):
        ruled.count(0, number + 1)
        first = first or claim(ruled, asked(1000))
        assert claim(ruled, asked(1000 + number))[1] == number + 1
    ruled.count(0, 301)
    assert code(ruled, asked(1000)) is Code.CLAIM_PAST
    assert code(ruled, asked(999)) is Code.CLAIM_PAST
    latest = claim(ruled, asked(1299))
    ruled.set_policy(CLAIMS)
    assert claim(ruled, asked(1299)) == latest
    assert claim(ruled, asked(999))[:2] == (300, 301)


def test_rules_of_claims_have_one_form(kit: Kit) -> None:
    row = ClaimRule(AUCTION, EXPORT, 5, 10)
    for changes in (
        {"registry": REGISTRY},
        {"claims": [row]},
        {"registry": REGISTRY, "claims": [row] * 9},
        {"registry": REGISTRY, "claims": [ClaimRule(AUCTION, EXPORT, 6, 5)]},
        {"registry": REGISTRY, "claims": [ClaimRule(AUCTION, 2, 5, 6)]},
        {"registry": REGISTRY, "claims": [ClaimRule(AUCTION, EXPORT, 5, 2**96)]},
        {"registry": b"\1" * 19, "claims": [row]},
    ):
        rules = Rules(**{**RULES.__dict__, **changes})
        fields, _ = OWNER.policy(kit.meter, rules, kit.version + 1, kit.previous)
        assert kit.refused(Command.SET_POLICY, *fields) is Code.POLICY_RULES
    kit.set_policy(Rules(**{**RULES.__dict__, "registry": REGISTRY, "claims": [row] * 8}))


def test_a_device_given_up_does_not_give_its_energy_on(ruled: Kit) -> None:
    ruled.count(0, 100)
    ruled.ask(Command.ZEROISE, PIN)
    ruled.version, ruled.previous = 0, b"\0" * 32
    ruled.prepare(CLAIMS)
    assert code(ruled, asked(7)) is Code.CLAIM_EMPTY
    ruled.count(0, 5, session=9)
    assert claim(ruled, asked(7))[:2] == (100, 105)


def test_no_energy_twice_over_kills(ruled: Kit) -> None:
    """Killed with claims under way: what was answered stays, and what comes is new energy."""
    book, source, total = Book(CLAIMS, ruled.meter, RATED_POWER_W), random.Random(3), 0
    for reference in range(40):
        total += source.randint(1, 50)
        ruled.count(0, total)
        client = ruled.client(next(role for role in ruled.clients if role.value == "node"))
        fields = asked(reference)
        if source.random() < 0.5:
            book.claim(fields, claim(ruled, fields), uptime_s=60)
        if source.random() < 0.3:
            ruled.restart(ruled.home.kill)
            ruled.home.pass_s(1)
        client.ask(Command.INFO)
        found = claim(ruled, fields)
        book.claim(fields, found, uptime_s=60)
        assert found.to_uwh == total
    book.settle()
    assert len(book.claims) == 40
