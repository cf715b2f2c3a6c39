"""The judges themselves: what must alarm them does."""

import pytest
from coincurve import PrivateKey

from tests.conformance import structures
from tests.conformance.answers import Reading, Ready, Register, SignedClaim
from tests.conformance.hostile import RULES
from tests.conformance.kit import EXPORT, IMPORT, asked, trade, trade_id
from tests.conformance.ledger import Book, Breach
from tests.conformance.owner import AUCTION, CHAIN, MARKET, REGISTRY
from tests.conformance.rlp import Value

KEY = b"\x22" * 32
METER = structures.address(PrivateKey(KEY).public_key)
POWER_W = 3600


def signed(name: str, *fields: object) -> bytes:
    return structures.sign(KEY, structures.digest(CHAIN, MARKET, name, *fields))


def ready(number: int, from_uwh: int = 0) -> Ready:
    fields = trade_id(number), METER, from_uwh, b"\5" * 32
    return Ready(*fields, signed("Ready", *fields))


def reading(number: int, to_uwh: int, sequence: int, state: int = 0, from_uwh: int = 0) -> Reading:
    fields = trade_id(number), METER, from_uwh, to_uwh, sequence, state
    return Reading(*fields, signed("Reading", *fields))


def book(*readings: Reading, way: int = EXPORT, amount: int = 10**6) -> Book:
    made = Book(RULES, METER, POWER_W)
    made.open(trade(1, way, amount_uwh=amount), ready(1))
    for one in readings:
        made.read(one, uptime_s=0)
    made.settle()
    return made


def test_a_good_trade_passes_in_any_order() -> None:
    final = reading(1, 9, 3, state=1)
    book(reading(1, 5, 1), reading(1, 7, 2), final, final)
    book(final, reading(1, 7, 2), reading(1, 5, 1))


@pytest.mark.parametrize(
    "readings",
    [
        [reading(1, 5, 1), reading(1, 5, 1)],
        [reading(1, 5, 1), reading(1, 6, 1)],
        [reading(1, 5, 1), reading(1, 4, 2)],
        [reading(1, 5, 1, state=1), reading(1, 5, 2)],
        [reading(1, 5, 1, state=1), reading(1, 5, 2, state=1)],
        [reading(1, 5, 1, from_uwh=1)],
        [reading(1, 3 * 10**6, 1)],
        [reading(1, 5, 1)._replace(to_uwh=6)],
        [reading(1, 5, 1)._replace(meter=b"\1" * 20)],
    ],
)
def test_a_breach_is_seen(readings: list[Reading]) -> None:
    with pytest.raises(Breach):
        book(*readings)


def test_other_breaches_are_seen() -> None:
    with pytest.raises(Breach):
        book(reading(1, 101, 1), way=IMPORT, amount=100)
    one = book(reading(1, 100, 1, state=1))
    with pytest.raises(Breach):
        one.open(trade(1, amount_uwh=5), ready(1))
    with pytest.raises(Breach):
        one.open(trade(3, market=b"\1" * 20), ready(3))
    with pytest.raises(Breach):
        one.open(trade(3, amount_uwh=10**7), ready(3))
    one.open(trade(2), ready(2, from_uwh=99))
    with pytest.raises(Breach, match="twice"):
        one.settle()
    with pytest.raises(Breach):
        one.count(Register(10**6, 10**6 + 1), uptime_s=0)


def claim(start: int, end: int, reference: int = 7, price: int = 5) -> SignedClaim:
    purpose = structures.purpose(AUCTION, reference, price)
    hashed = structures.digest(CHAIN, REGISTRY, "Claim", METER, EXPORT, start, end, purpose)
    return SignedClaim(start, end, structures.sign(KEY, hashed))


def test_good_claims_beside_a_trade_pass() -> None:
    one = book(reading(1, 9, 1, state=1))
    for fields, found in ((asked(7), claim(9, 12)), (asked(8), claim(12, 13, 8))) * 2:
        one.claim(fields, found, uptime_s=0)
    one.settle()


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (asked(7, chain_id=1), claim(9, 12)),
        (asked(7, consumer=MARKET), claim(9, 12)),
        (asked(7, IMPORT), claim(9, 12)),
        (asked(7, price=4), claim(9, 12, price=4)),
        (asked(7, price=11), claim(9, 12, price=11)),
        (asked(7, price=6), claim(9, 12)),
        (asked(8), claim(9, 12)),
        (asked(7), claim(9, 9)),
        (asked(7), claim(9, 3 * 10**6)),
        (asked(7), claim(9, 12)._replace(to_uwh=13)),
    ],
)
def test_a_breach_of_a_claim_is_seen(fields: list[Value], found: SignedClaim) -> None:
    with pytest.raises(Breach):
        book(reading(1, 9, 1, state=1)).claim(fields, found, uptime_s=0)


def test_energy_and_references_that_are_claimed_twice_are_seen() -> None:
    one = book(reading(1, 9, 1, state=1))
    one.claim(asked(7), claim(9, 12), uptime_s=0)
    with pytest.raises(Breach, match="reference"):
        one.claim(asked(7), claim(12, 13), uptime_s=0)
    with pytest.raises(Breach, match="reference"):
        one.claim(asked(7, price=6), claim(12, 13, price=6), uptime_s=0)
    one.claim(asked(8), claim(8, 9, 8), uptime_s=0)
    with pytest.raises(Breach, match="twice"):
        one.settle()
