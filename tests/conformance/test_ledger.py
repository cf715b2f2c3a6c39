"""The judges themselves: what must alarm them does."""

import pytest
from coincurve import PrivateKey

from tests.conformance import structures
from tests.conformance.answers import Reading, Ready, Register
from tests.conformance.hostile import RULES
from tests.conformance.kit import EXPORT, IMPORT, trade, trade_id
from tests.conformance.ledger import Book, Breach
from tests.conformance.owner import CHAIN, MARKET

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
