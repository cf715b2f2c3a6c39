"""Trades and readings: pinned, in sequence, FINAL once, nothing twice over any number of deaths."""

import random

import pytest

from tests.conformance import structures
from tests.conformance.answers import Reading, Ready
from tests.conformance.kit import EXPORT, IMPORT, RATED_POWER_W, RULES, Kit, trade, trade_id
from tests.conformance.ledger import Book
from tests.conformance.owner import CHAIN, MARKET
from tests.conformance.rlp import Value
from tests.conformance.wire import Code, Command

DELIVERING, FINAL = 0, 1


def verify(kit: Kit, signed: Ready | Reading) -> None:
    """By the meter key, over what eth_account makes of it."""
    name = type(signed).__name__
    hashed = structures.digest(CHAIN, MARKET, name, *signed[:-1])
    assert structures.signer(hashed, signed.signature) == kit.meter == signed.meter


def open_code(kit: Kit, fields: list[Value]) -> Code:
    return kit.refused(Command.OPEN_TRADE, *fields)


def read_code(kit: Kit, number: int, *rest: int, final: bool = False) -> Code:
    return kit.refused(Command.SIGN_READING, trade_id(number), final, *(rest or (1, 0, 0)))


def test_a_whole_trade(kit: Kit) -> None:
    kit.count(40, 100)
    ready = kit.open(trade(1))
    verify(kit, ready)
    assert (ready.trade, ready.from_uwh, ready.self_check) == (trade_id(1), 100, b"\5" * 32)
    assert kit.info().open_export == trade_id(1) and kit.info().open_import == b""
    readings = [kit.read(trade_id(1), (40, 100 + n)) for n in range(1, 6)]
    final = kit.read(trade_id(1), (40, 200), final=True)
    for reading in [*readings, final]:
        verify(kit, reading)
        assert (reading.from_uwh, reading.trade) == (100, trade_id(1))
    assert [reading.to_uwh for reading in readings] == [101, 102, 103, 104, 105]
    sequences = [reading.sequence for reading in [*readings, final]]
    assert sequences == sorted(set(sequences)) and sequences[0] >= 1
    assert [r.state for r in readings] == [DELIVERING] * 5 and final.state == FINAL
    assert kit.info().open_export == b""
    info = kit.info()
    assert (info.import_uwh, info.export_uwh) == (40, 200)


def test_final_once_and_nothing_after_it(kit: Kit) -> None:
    kit.open(trade(1))
    final = kit.read(trade_id(1), (0, 50), final=True)
    assert kit.read(trade_id(1), (0, 70), final=True) == final
    assert kit.read(trade_id(1), (9, 0), final=True, session=2) == final
    assert read_code(kit, 1, 1, 0, 80) is Code.TRADE_FINAL
    assert open_code(kit, trade(1)) is Code.TRADE_FINAL
    kit.restart()
    assert kit.read(trade_id(1), (0, 90), final=True) == final
    assert read_code(kit, 1, 1, 0, 80) is Code.TRADE_FINAL
    assert open_code(kit, trade(1, amount_uwh=5)) is Code.TRADE_FINAL
    assert kit.open(trade(2)).from_uwh == 50


def test_one_trade_a_direction(kit: Kit) -> None:
    kit.open(trade(1, EXPORT))
    assert open_code(kit, trade(2, EXPORT)) is Code.TRADE_OPEN
    kit.open(trade(2, IMPORT))
    assert open_code(kit, trade(3, IMPORT)) is Code.TRADE_OPEN
    kit.restart()
    assert open_code(kit, trade(3, EXPORT)) is Code.TRADE_OPEN
    kit.read(trade_id(1), final=True)
    kit.open(trade(3, EXPORT))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_uwh": 10**6 - 1},
        {"counterpart": b"\1" * 20},
        {"self_check": b"\6" * 32},
        {"direction": IMPORT},
        {"market": b"\1" * 20},
        {"chain_id": CHAIN + 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_is_pinned(shared: Kit, changes: dict[str, Value]) -> None:
    shared.open(trade(1))
    assert open_code(shared, trade(1, **changes)) is Code.TRADE_MISMATCH  # type: ignore[arg-type]
    assert shared.open(trade(1)) == shared.open(trade(1))


def test_a_trade_with_oneself(kit: Kit) -> None:
    assert open_code(kit, trade(1, counterpart=kit.meter)) is Code.TRADE_MISMATCH


def test_unknown_trades(kit: Kit) -> None:
    assert read_code(kit, 9) is Code.TRADE_UNKNOWN
    assert read_code(kit, 9, final=True) is Code.TRADE_UNKNOWN
    assert kit.count(0, 0) == (0, 0)


def test_what_is_received_is_claimed_up_to_the_amount(kit: Kit) -> None:
    kit.open(trade(1, IMPORT, amount_uwh=100))
    assert kit.read(trade_id(1), (70, 0)).to_uwh == 70
    assert kit.read(trade_id(1), (150, 0)).to_uwh == 100
    assert kit.read(trade_id(1), (160, 0), final=True).to_uwh == 100
    assert kit.open(trade(2, IMPORT)).from_uwh == 160


def test_what_is_sent_is_said_in_full(kit: Kit) -> None:
    kit.open(trade(1, EXPORT, amount_uwh=100))
    assert kit.read(trade_id(1), (0, 150), final=True).to_uwh == 150


def test_a_reading_that_is_refused_counts_nothing(kit: Kit) -> None:
    kit.open(trade(1))
    kit.read(trade_id(1), (5, 10))
    assert read_code(kit, 1, 1, 5, 9) is Code.REGISTER_BACKWARDS
    assert read_code(kit, 1, 1, 4, 11) is Code.REGISTER_BACKWARDS
    assert read_code(kit, 1, 1, 5, 10**12) is Code.REGISTER_GROWTH
    assert read_code(kit, 2, 1, 5, 20) is Code.TRADE_UNKNOWN
    info = kit.info()
    assert (info.import_uwh, info.export_uwh) == (5, 10)


def test_readings_of_the_same_totals_have_new_sequences(kit: Kit) -> None:
    kit.open(trade(1))
    found = [kit.read(trade_id(1), (0, 10)) for _ in range(200)]
    assert len({reading.sequence for reading in found}) == 200
    assert len({reading.signature for reading in found}) == 200


def test_no_sequence_twice_over_kills(kit: Kit) -> None:
    """Killed before, amid and after readings: what was answered stays, what comes is new."""
    book, source, total = Book(RULES, kit.meter, RATED_POWER_W), random.Random(1), 0
    book.open(trade(1), kit.open(trade(1)))
    for _ in range(12):
        for _ in range(source.randint(0, 90)):
            total += 1
            book.read(kit.read(trade_id(1), (0, total)), uptime_s=60)
        client = kit.clients[next(role for role in kit.clients if role.value == "meter")]
        client.ask(Command.INFO)
        kit.restart(kit.home.stop if source.random() < 0.3 else kit.home.kill)
        kit.home.pass_s(1)
    book.read(kit.read(trade_id(1), (0, total), final=True), uptime_s=60)
    assert kit.info().export_uwh == total
    assert len(book.trades[trade_id(1)].readings) == total + 1


def test_a_locked_device_counts_but_signs_nothing(kit: Kit) -> None:
    from tests.conformance.kit import PIN
    from tests.conformance.transactions import Tx

    kit.open(trade(1))
    kit.ask(Command.LOCK)
    assert kit.ask(Command.LOCK) == [] and kit.info().locked
    for _ in range(2):
        assert open_code(kit, trade(1)) is Code.LOCKED
        assert read_code(kit, 1) is Code.LOCKED
        assert kit.refused_tx(Tx()) is Code.LOCKED
        kit.restart()
    assert kit.count(3, 4) == (3, 4)
    kit.ask(Command.UNLOCK, PIN)
    assert kit.read(trade_id(1), (3, 4)).to_uwh == 4
    assert not kit.info().locked
