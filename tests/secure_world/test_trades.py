"""Trades and readings: pinned at the start, no sequence twice, FINAL once and then for ever."""

from typing import Any

import pytest

from secure_world.commands import Command, Count, Empty, OpenTrade, Role, SignReading
from secure_world.errors import SecureWorldRefused
from secure_world.protocol import EXPORT, IMPORT, SEQUENCE_BLOCK, SignedReading, SignedReady
from secure_world.trades import KEPT_TRADES
from tests.secure_world.rig import CHAIN, MARKET, Rig, energy

TRADE = OpenTrade(CHAIN, MARKET, b"\1" * 32, EXPORT, 1000, b"\x0c" * 20, b"\5" * 32)


def opened(rig: Rig, trade: OpenTrade = TRADE) -> SignedReady:
    ready: SignedReady = rig.ask(Role.METER, Command.OPEN_TRADE, trade)
    ready.verify(CHAIN, MARKET)
    return ready


def read(
    rig: Rig,
    exported: int,
    *,
    final: bool = False,
    trade: OpenTrade = TRADE,
    imported: int = 0,
    session: int = 1,
) -> SignedReading:
    request = SignReading(trade.trade, final, session, imported, exported)
    reading: SignedReading = rig.ask(Role.METER, Command.SIGN_READING, request)
    reading.verify(CHAIN, MARKET)
    return reading


def refusal(rig: Rig, command: Command, request: Any) -> str:
    with pytest.raises(SecureWorldRefused) as caught:
        rig.ask(Role.METER, command, request)
    return str(caught.value.code)


def test_a_trade_from_ready_to_final(rig: Rig) -> None:
    rig.ask(Role.METER, Command.COUNT, Count(1, 0, 300))
    ready = opened(rig)
    assert (ready.from_uwh, ready.self_check) == (300, TRADE.self_check)
    first, second = read(rig, 400), read(rig, 450)
    assert (energy(first), energy(second)) == ((300, 400), (300, 450))
    assert 0 < first.sequence < second.sequence
    final = read(rig, 460, final=True)
    assert (energy(final), final.is_final) == ((300, 460), True)
    assert final.sequence > second.sequence
    info = rig.ask(Role.METER, Command.INFO, Empty())
    assert (info.import_uwh, info.export_uwh, info.open_export) == (0, 460, None)


def test_what_is_received_is_never_claimed_beyond_the_trade(rig: Rig) -> None:
    bought = TRADE.replace(direction=IMPORT)
    opened(rig, bought)
    assert energy(read(rig, 0, imported=1500)) == (0, 1000)
    assert energy(read(rig, 0, imported=1600, final=True)) == (0, 1000)
    assert rig.ask(Role.METER, Command.INFO, Empty()).import_uwh == 1600


def test_what_is_sent_is_said_in_full_with_the_lines_losses(rig: Rig) -> None:
    opened(rig)
    assert energy(read(rig, 1015, final=True)) == (0, 1015)


def test_the_direction_chooses_the_register(rig: Rig) -> None:
    bought = TRADE.replace(trade=b"\2" * 32, direction=IMPORT)
    opened(rig)
    opened(rig, bought)
    assert energy(read(rig, 20, imported=30, trade=bought)) == (0, 30)
    assert energy(read(rig, 20, imported=30)) == (0, 20)
    info = rig.ask(Role.METER, Command.INFO, Empty())
    assert (info.open_import, info.open_export) == (bought.trade, TRADE.trade)


def test_opening_again_is_the_very_same_ready(rig: Rig) -> None:
    ready = opened(rig)
    read(rig, 500)
    assert opened(rig) == ready
    rig.restart()
    assert opened(rig) == ready


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": CHAIN + 1},
        {"market": b"\x0b" * 20},
        {"direction": IMPORT},
        {"amount_uwh": 1001},
        {"counterpart": b"\x0d" * 20},
        {"self_check": b"\6" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_pinned_does_not_change(rig: Rig, change: dict[str, Any]) -> None:
    opened(rig)
    assert refusal(rig, Command.OPEN_TRADE, TRADE.replace(**change)) == "TRADE-MISMATCH"


def test_one_open_trade_a_direction(rig: Rig) -> None:
    other = TRADE.replace(trade=b"\2" * 32)
    opened(rig)
    assert refusal(rig, Command.OPEN_TRADE, other) == "TRADE-OPEN"
    read(rig, 5, final=True)
    assert opened(rig, other).from_uwh == 5


def test_no_trade_with_oneself(rig: Rig) -> None:
    mine = TRADE.replace(counterpart=rig.device.keys.meter)
    assert refusal(rig, Command.OPEN_TRADE, mine) == "TRADE-MISMATCH"


def test_final_once_and_nothing_after_it(rig: Rig) -> None:
    opened(rig)
    final = read(rig, 400, final=True)
    assert read(rig, 900, final=True) == final
    rig.restart()
    assert read(rig, 950, final=True, session=9) == final
    later = SignReading(TRADE.trade, False, 1, 0, 950)
    assert refusal(rig, Command.SIGN_READING, later) == "TRADE-FINAL"
    assert refusal(rig, Command.OPEN_TRADE, TRADE) == "TRADE-FINAL"
    assert rig.ask(Role.METER, Command.INFO, Empty()).export_uwh == 400


def test_unknown_trades_are_refused(rig: Rig) -> None:
    request = SignReading(TRADE.trade, False, 1, 0, 5)
    assert refusal(rig, Command.SIGN_READING, request) == "TRADE-UNKNOWN"
    assert rig.ask(Role.METER, Command.INFO, Empty()).export_uwh == 0


def test_a_refused_count_spends_no_reading(rig: Rig) -> None:
    opened(rig)
    read(rig, 400)
    fallen = SignReading(TRADE.trade, True, 1, 0, 399)
    assert refusal(rig, Command.SIGN_READING, fallen) == "REGISTER-BACKWARDS"
    assert energy(read(rig, 401)) == (0, 401)


def test_sequences_are_not_reused_after_a_restart(rig: Rig) -> None:
    opened(rig)
    seen = [read(rig, 1).sequence for _ in range(SEQUENCE_BLOCK + 3)]
    rig.restart()
    seen += [read(rig, 1).sequence for _ in range(3)]
    assert seen == sorted(set(seen))
    assert seen[-1] <= 3 * SEQUENCE_BLOCK + 3


def test_readings_within_a_block_write_nothing(rig: Rig) -> None:
    opened(rig)
    read(rig, 1)
    before = rig.device.store.changes
    read(rig, 1)
    assert rig.device.store.changes == before  # a card need not be synced each second for nothing
    read(rig, 2)
    assert rig.device.store.changes > before


def test_the_last_sequence_is_kept_for_final(rig: Rig) -> None:
    opened(rig)
    rig.device.store.write("UPDATE trade SET reserved = ?", 2**32 - 2)
    rig.device.store.commit()
    rig.device.load()
    assert read(rig, 1).sequence == 2**32 - 2
    more = SignReading(TRADE.trade, False, 1, 0, 1)
    assert refusal(rig, Command.SIGN_READING, more) == "SEQUENCE-END"
    assert read(rig, 1, final=True).sequence == 2**32 - 1


def test_the_latest_ended_trades_stay_and_an_open_one_always(rig: Rig) -> None:
    bought = TRADE.replace(trade=b"\2" * 32, direction=IMPORT)
    opened(rig, bought)
    opened(rig)
    row = rig.device.store.row("SELECT opened FROM trade WHERE id = ?", TRADE.trade)
    for number in range(KEPT_TRADES + 10):
        rig.device.store.write(
            "INSERT INTO trade VALUES (?, 1, ?, 0, 1, x'c0')", number.to_bytes(8, "big"), *row or ()
        )
    rig.device.store.commit()
    read(rig, 1, final=True)
    rows = rig.device.store.row("SELECT count(*) FROM trade")
    assert rows is not None
    assert rows[0] <= KEPT_TRADES + 2
    assert opened(rig, bought).from_uwh == 0
